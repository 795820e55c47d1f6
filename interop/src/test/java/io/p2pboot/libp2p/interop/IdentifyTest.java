package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scenarios I1 to I3: what peers tell of themselves.
 */
@MethodSource("io.p2pboot.libp2p.interop.Pair#all")
class IdentifyTest extends PairSuite {

	private static final Duration EVENT = Duration.ofSeconds(20);

	private static final List<String> SERVED = List.of("/lip/echo/1.0.0", "/lip/sink/1.0.0", "/lip/half/1.0.0",
			"/lip/reset/1.0.0", "/lip/slow/1.0.0", "/perf/1.0.0", "/ipfs/ping/1.0.0", "/ipfs/id/1.0.0",
			"/ipfs/id/push/1.0.0");

	@Test
	void eachSideLearnsWhoTheOtherIs() {
		Map<String, Object> layers = Map.of("security", List.of(pair().security()), "agent", "lip-agent/1.2.3");
		try (StartedPeer host = StartedPeer.start(pair().listener(), layers);
				StartedPeer guest = StartedPeer.start(pair().dialer(), layers)) {
			guest.dial(host);
			assertIdentified(guest, host);
			assertIdentified(host, guest);
			String source = guest.connections(host).get(0).path("addr").stringValue().replaceAll("/p2p/.*", "");
			JsonNode seen = event(host, guest, "observed");
			assertThat(seen.isNull() || seen.asString().contains(source)).as("observed %s", seen).isTrue();
		}
	}

	private static void assertIdentified(StartedPeer at, StartedPeer about) {
		JsonNode info = ask(at, about, "peerInfo", Map.of());
		assertThat(info.path("agent").stringValue()).isEqualTo("lip-agent/1.2.3");
		assertThat(texts(info.path("protocols"))).containsAll(SERVED);
		String bound = about.address().replace("/p2p/" + about.id(), "");
		assertThat(texts(info.path("addrs"))).anyMatch((address) -> address.startsWith(bound));
		// What a stack cannot tell is null.
		JsonNode signed = info.path("signed");
		assertThat(signed.isNull() || signed.asBoolean() == Quirks.exchangeRecords(at, about))
			.as("%s says of %s: signed %s", at.peer().stack(), about.peer().stack(), signed)
			.isTrue();
	}

	/** The observed address that an identify message brought, if the stack tells it. */
	private static JsonNode event(StartedPeer at, StartedPeer from, String field) {
		return at.peer()
			.awaitEvent("identified", (event) -> event.path("peer").asString().equals(from.id()), EVENT)
			.orElseThrow(() -> new AssertionError(at.peer().stack() + " told no event identified"))
			.path(field);
	}

	@Test
	void aProtocolThatIsAddedLaterIsPushed() {
		fromEachSide((from, to) -> {
			String name = "/lip/later-" + from.peer().stack() + "/1.0.0";
			ask(to, from, "peerInfo", Map.of());
			from.call("idPush", Map.of("add", List.of(name)));
			awaitProtocol(to, from, name, true);
			assertThat(ask(to, from, "echo", Map.of("size", 1000, "proto", name)).path("equal").asBoolean()).isTrue();
			from.call("idPush", Map.of("remove", List.of(name)));
			awaitProtocol(to, from, name, false);
		});
	}

	private static void awaitProtocol(StartedPeer at, StartedPeer about, String name, boolean listed) {
		long end = System.nanoTime() + EVENT.toNanos();
		while (texts(ask(at, about, "peerInfo", Map.of()).path("protocols")).contains(name) != listed) {
			assertThat(System.nanoTime()).as("%s does not hear of %s", at.peer().stack(), name).isLessThan(end);
			at.peer()
				.awaitEvent("identified", (event) -> event.path("peer").asString().equals(about.id()),
						Duration.ofMillis(200));
		}
	}

	@Test
	void manyProtocolsAreToldInMessagesOfABearableSize() {
		List<String> many = IntStream.range(0, 300).mapToObj((i) -> "/lip/many-" + i + "/1.0.0").toList();
		try (StartedPeer host = StartedPeer.start(pair().listener(), pair().security())) {
			host.call("idPush", Map.of("add", many));
			Assumptions.assumeTrue(Quirks.readsManyProtocols(pair().dialer(), pair().listener()),
					() -> pair().dialer() + " reads 4,096 bytes, " + pair().listener() + " sends more");
			dialer().dial(host);
			// go-libp2p keeps at most 128 of them, but tells what it has read.
			List<String> heard = texts(event(dialer(), host, "protocols"));
			// rust-libp2p reads the first message only.
			List<String> expected = pair().dialer().equals(Stacks.RUST) ? List.of("/ipfs/ping/1.0.0") : many;
			assertThat(heard).containsAll(expected);
			assertThat(ask(dialer(), host, "echo", Map.of("size", 1000)).path("equal").asBoolean()).isTrue();
		}
	}

	private static List<String> texts(JsonNode list) {
		return list.valueStream().map(JsonNode::stringValue).toList();
	}

}
