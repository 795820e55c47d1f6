package io.p2pboot.libp2p.sample.telemetry;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.MeterRegistry;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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

/**
 * Readings travel beside the streams of a QUIC connection, both ways.
 */
@Timeout(120)
@SpringBootTest(properties = { "sample.telemetry.interval=100ms", "libp2p.listen=/ip4/127.0.0.1/udp/0/quic-v1" })
class TelemetryOverQuicTest {

	private static final ProtocolPath PATH = ProtocolPath.of(TelemetryHandler.PATH);

	private static final JsonMapper MAPPER = JsonMapper.shared();

	/**
	 * What a message on a stream carries at most. A datagram carries what the path does:
	 * more where larger packets are tried, as with epoll, else less.
	 */
	private static final int LARGEST_MESSAGE = 1200;

	@TempDir
	static Path data;

	@Autowired
	private Node app;

	@Autowired
	private TelemetryBook book;

	@Autowired
	private MeterRegistry meters;

	private final BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();

	private final DatagramProtocol telemetry = DatagramProtocol.create();

	private final ExecutorService executor = Executors.newSingleThreadExecutor();

	private Node peer;

	@DynamicPropertySource
	static void properties(DynamicPropertyRegistry registry) {
		registry.add("libp2p.identity.location", () -> data.resolve("peer.key").toUri().toString());
		registry.add("sample.files.folder", () -> data.resolve("files").toString());
	}

	@BeforeEach
	void connect() throws Exception {
		this.peer = NodeBuilder.create().start();
		this.peer.mountProtocol(PATH, this.telemetry).serve(this.executor, this.received::add);
		this.peer.connect(this.app.addrInfo());
	}

	@AfterEach
	void close() {
		this.peer.close();
		this.executor.shutdown();
	}

	@Test
	void readingsAreQuicDatagramsBothWaysAndCounted() throws Exception {
		assertThat(this.peer.connections()).singleElement()
			.satisfies((connection) -> assertThat(connection.transport()).isEqualTo("quic-v1"));
		Reading ours = new Reading(1, 0.5, 1000, 1);
		await().untilAsserted(() -> {
			this.telemetry.sendDatagram(ByteBuffer.wrap(MAPPER.writeValueAsBytes(ours)), this.app.addrInfo());
			assertThat(this.book.entries().getOrDefault(this.peer.peerId().toString(), List.of()))
				.anySatisfy((entry) -> assertThat(entry.reading()).isEqualTo(ours));
		});
		assertThat(this.telemetry.maxDatagramBytes(this.app.addrInfo()).orElseThrow()).isNotEqualTo(LARGEST_MESSAGE);
		Datagram theirs = this.received.poll(30, TimeUnit.SECONDS);
		assertThat(theirs).isNotNull();
		assertThat(theirs.peer().id()).isEqualTo(this.app.peerId());
		assertThat(count("inbound")).isPositive();
		await().untilAsserted(() -> assertThat(count("outbound")).isPositive());
	}

	private double count(String direction) {
		return this.meters.get("libp2p.datagrams")
			.tags("dir", direction, "protocol", TelemetryHandler.PATH)
			.counter()
			.count();
	}

}
