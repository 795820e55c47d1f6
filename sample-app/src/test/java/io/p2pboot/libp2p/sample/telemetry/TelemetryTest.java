package io.p2pboot.libp2p.sample.telemetry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.test.AutoConfigureTestLibp2pTransport;
import io.p2pboot.libp2p.test.TestPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(120)
@SpringBootTest(properties = "sample.telemetry.interval=100ms")
@AutoConfigureTestLibp2pTransport
class TelemetryTest {

	private static final JsonMapper MAPPER = JsonMapper.shared();

	@TempDir
	static Path data;

	@Autowired
	private TestPeer peer;

	@Autowired
	private TelemetryBook book;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("libp2p.identity.location", () -> data.resolve("peer.key").toUri().toString());
		registry.add("sample.files.folder", () -> data.resolve("files").toString());
	}

	@Test
	void readingsAreKeptInTheirOrderAndWhatIsNoneIsLeftOut() throws Exception {
		Reading first = new Reading(1, 0.25, 1000, 1);
		Reading last = new Reading(2, 1, 2000, 1);
		send(MAPPER.writeValueAsString(first));
		for (String none : List.of("", "null", "[]", "not json", "{\"sequence\":-1}", "{\"load\":1.01}",
				"{\"load\":\"NaN\"}", "{\"heapBytes\":-1}", "{\"connections\":-1}")) {
			send(none);
		}
		send(MAPPER.writeValueAsString(last));
		await().untilAsserted(() -> assertThat(readings()).containsExactly(first, last));
	}

	@Test
	void aPeerThatTakesTelemetryIsTold() throws Exception {
		BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();
		this.peer.serveDatagrams(TelemetryHandler.PATH, received::add);
		this.peer.connect();
		Reading first = take(received);
		assertThat(first.isPlausible()).isTrue();
		assertThat(first.connections()).isOne();
		assertThat(take(received).sequence()).isGreaterThan(first.sequence());
	}

	@Test
	void theLastReadingsOfTheLastPeersAreKept() {
		TelemetryBook full = new TelemetryBook(Clock.systemUTC());
		PeerId first = PeerId.of(PrivateKey.generate().publicKey());
		for (int sequence = 0; sequence <= TelemetryBook.MAX_READINGS; sequence++) {
			full.add(first, new Reading(sequence, 0, 0, 0));
		}
		assertThat(full.entries().get(first.toString())).hasSize(TelemetryBook.MAX_READINGS)
			.first()
			.satisfies((entry) -> assertThat(entry.reading().sequence()).isOne());
		for (int peers = 1; peers < TelemetryBook.MAX_PEERS; peers++) {
			full.add(PeerId.of(PrivateKey.generate().publicKey()), new Reading(0, 0, 0, 0));
		}
		assertThat(full.entries()).hasSize(TelemetryBook.MAX_PEERS).containsKey(first.toString());
		full.add(PeerId.of(PrivateKey.generate().publicKey()), new Reading(0, 0, 0, 0));
		assertThat(full.entries()).hasSize(TelemetryBook.MAX_PEERS).doesNotContainKey(first.toString());
	}

	private void send(String reading) throws Exception {
		this.peer.sendDatagram(TelemetryHandler.PATH, ByteBuffer.wrap(reading.getBytes(StandardCharsets.UTF_8)));
	}

	private List<Reading> readings() {
		return this.book.entries()
			.getOrDefault(this.peer.peerId().toString(), List.of())
			.stream()
			.map(TelemetryBook.Entry::reading)
			.toList();
	}

	private static Reading take(BlockingQueue<Datagram> received) throws InterruptedException {
		Datagram datagram = received.poll(30, TimeUnit.SECONDS);
		assertThat(datagram).isNotNull();
		byte[] json = new byte[datagram.payload().remaining()];
		datagram.payload().get(json);
		return MAPPER.readValue(json, Reading.class);
	}

}
