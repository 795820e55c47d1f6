package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.multiformats.Varint;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenarios of {@code docs/address-book.md}: peers of which only the id is known.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AddressBookTest {

	private static final String PROTOCOL = "/p2pboot/address-book/1.0.0";

	private static final String STRANGER = "12D3KooWP5LXtVuY5mwKSCPinUmdNMjzWY9nkttkBc2MMAuLoCx8";

	private static final Duration EVENT = Duration.ofSeconds(20);

	@ParameterizedTest(name = "{0} is looked for, {1} is asked, {2}")
	@CsvSource({ "go, go, noise", "go, go, tls", "js, go, noise", "java, go, noise", "go, java, noise",
			"js, java, tls" })
	void aPeerOfWhichOnlyTheIdIsKnownIsReached(String soughtStack, String askedStack, String security) {
		try (StartedPeer asked = StartedPeer.start(askedStack, security);
				StartedPeer sought = StartedPeer.start(soughtStack, security);
				StartedPeer seeker = seeker(security, asked)) {
			assertThat(seeker.failure("dial", Map.of("peer", sought.id()))).isEqualTo("dial");
			meet(sought, asked, true);

			JsonNode found = seeker.call("dial", Map.of("peer", sought.id()));
			assertThat(found.path("peer").asString()).isEqualTo(sought.id());
			assertThat(sought.address()).isEqualTo(found.path("addr").asString() + "/p2p/" + sought.id());
			assertThat(sought.awaitConnections(seeker).get(0).path("dir").asString()).isEqualTo("in");
			assertThat(PairSuite.ask(seeker, sought, "echo", Map.of("size", 100_000)).path("equal").asBoolean())
				.isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { Stacks.GO, Stacks.JAVA })
	void aPeerThatSignsNoRecordIsNotReached(String askedStack) {
		try (StartedPeer asked = StartedPeer.start(askedStack, "noise");
				StartedPeer sought = StartedPeer.start(Stacks.RUST, "noise");
				StartedPeer seeker = seeker("noise", asked)) {
			meet(sought, asked, false);
			assertThat(seeker.failure("dial", Map.of("peer", sought.id()))).isEqualTo("dial");
			assertThat(seeker.failure("dial", Map.of("peer", STRANGER))).isEqualTo("dial");
			assertThat(seeker.connections(sought)).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { Stacks.GO, Stacks.RUST, Stacks.JS })
	void anyStackCanAskOurs(String askerStack) throws Exception {
		try (StartedPeer asked = StartedPeer.start(Stacks.JAVA, "noise");
				StartedPeer sought = StartedPeer.start(Stacks.GO, "noise");
				StartedPeer asker = StartedPeer.start(askerStack, "noise")) {
			meet(sought, asked, true);
			asker.dial(asked);
			for (StartedPeer each : List.of(sought, asked)) {
				PeerRecord record = PeerRecord.open(answer(asker, asked, each.id()));
				assertThat(record.peer()).isEqualTo(PeerId.parse(each.id()));
				assertThat(record.addresses()).anyMatch((address) -> each.address().startsWith(address.toString()));
			}
			assertThat(answer(asker, asked, STRANGER).hasRemaining()).isFalse();
		}
	}

	private static StartedPeer seeker(String security, StartedPeer asked) {
		return StartedPeer.start(Stacks.JAVA, Map.of("security", List.of(security), "books", List.of(asked.address())));
	}

	/** One peer dials another, which then has its record, if it signs any. */
	private static void meet(StartedPeer sought, StartedPeer asked, boolean signed) {
		sought.dial(asked);
		assertThat(asked.peer()
			.awaitEvent("identified", (event) -> event.path("peer").asString().equals(sought.id()), EVENT))
			.hasValueSatisfying((event) -> assertThat(event.path("signed").asBoolean()).isEqualTo(signed));
	}

	private static ByteBuffer answer(StartedPeer asker, StartedPeer asked, String peer) throws Exception {
		ByteBuffer id = PeerId.parse(peer).multihash().encoded();
		ByteBuffer question = ByteBuffer.allocate(1 + id.remaining()).put((byte) id.remaining()).put(id).flip();
		JsonNode told = PairSuite.ask(asker, asked, "exchange",
				Map.of("proto", PROTOCOL, "hex", HexFormat.of().formatHex(question.array())));
		ByteBuffer answer = ByteBuffer.wrap(HexFormat.of().parseHex(told.path("hex").asString()));
		assertThat(Varint.read(answer)).isEqualTo(answer.remaining());
		return answer;
	}

}
