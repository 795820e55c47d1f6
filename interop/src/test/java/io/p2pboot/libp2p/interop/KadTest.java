package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import io.p2pboot.libp2p.interop.driver.PeerFailure;
import io.p2pboot.libp2p.multiformats.Multihash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kademlia: one peer asks, one is in the middle, one is looked for. The pairs of foreign
 * stacks tell whether a scenario is right.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class KadTest {

	private static final String PROTOCOL = "/lip/kad/1.0.0";

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final String QUIC = "/ip4/127.0.0.1/udp/0/quic-v1";

	/** Who asks, who is in the middle, and over what. */
	static Stream<Arguments> pairs() {
		List<Arguments> pairs = new ArrayList<>();
		for (String transport : List.of("tcp", "quic-v1")) {
			for (String foreign : Stacks.FOREIGN) {
				pairs.add(Arguments.of(Stacks.JAVA, foreign, transport));
				pairs.add(Arguments.of(foreign, Stacks.JAVA, transport));
			}
			pairs.add(Arguments.of(Stacks.JAVA, Stacks.JAVA, transport));
		}
		pairs.add(Arguments.of(Stacks.GO, Stacks.JS, "tcp"));
		pairs.add(Arguments.of(Stacks.JS, Stacks.GO, "tcp"));
		pairs.add(Arguments.of(Stacks.GO, Stacks.RUST, "tcp"));
		pairs.add(Arguments.of(Stacks.RUST, Stacks.GO, "tcp"));
		pairs.add(Arguments.of(Stacks.RUST, Stacks.JS, "tcp"));
		pairs.add(Arguments.of(Stacks.JS, Stacks.RUST, "tcp"));
		return pairs.stream();
	}

	private static StartedPeer start(String stack, String transport, String mode) {
		return StartedPeer.start(stack,
				Map.of("transports", List.of(transport), "listen",
						List.of(transport.equals("tcp") ? StartedPeer.TCP : QUIC), "kad",
						Map.of("proto", PROTOCOL, "mode", mode)));
	}

	private static void eventually(String what, BooleanSupplier condition) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() > end) {
				throw new AssertionError("Not within " + PATIENCE + ": " + what);
			}
			LockSupport.parkNanos(50_000_000);
		}
	}

	/** One peer dials another; both have each other in their tables then. */
	private static void meet(StartedPeer one, StartedPeer other) {
		one.dial(other);
		holds(one, other);
		holds(other, one);
	}

	private static void holds(StartedPeer holder, StartedPeer held) {
		eventually(holder.peer().stack() + " has " + held.peer().stack() + " in its table",
				() -> table(holder).contains(held.id()));
	}

	private static List<String> table(StartedPeer peer) {
		return peer.call("kadTable", Map.of()).path("peers").valueStream().map(JsonNode::stringValue).toList();
	}

	private static String hash(String content) {
		ByteBuffer encoded = Multihash.sha256(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8))).encoded();
		byte[] bytes = new byte[encoded.remaining()];
		encoded.get(bytes);
		return HexFormat.of().formatHex(bytes);
	}

	private static String hex(String text) {
		return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
	}

	private static String value(long number) {
		return HexFormat.of().toHexDigits(number) + hex("value");
	}

	@ParameterizedTest(name = "{0} asks {1}, {2}")
	@MethodSource("pairs")
	void aPeerIsFoundByItsIdThroughAnother(String askerStack, String middleStack, String transport) {
		try (StartedPeer middle = start(middleStack, transport, "server");
				StartedPeer sought = start(askerStack, transport, "server");
				StartedPeer asker = start(askerStack, transport, "server")) {
			meet(sought, middle);
			meet(asker, middle);
			assertThat(found(asker, sought)).anyMatch((address) -> sought.address().startsWith(address));
			if (askerStack.equals(Stacks.JAVA)) {
				assertThat(asker.call("dial", Map.of("peer", sought.id())).path("peer").asString())
					.isEqualTo(sought.id());
			}
		}
	}

	private static List<String> found(StartedPeer asker, StartedPeer sought) {
		return asker.call("kadFindPeer", Map.of("peer", sought.id(), "timeout", 60_000))
			.path("addrs")
			.valueStream()
			.map((address) -> address.stringValue().replaceFirst("/p2p/" + sought.id() + "$", ""))
			.toList();
	}

	@ParameterizedTest(name = "{0} asks {1}, {2}")
	@MethodSource("pairs")
	void contentThatOneProvidesTheOtherFinds(String askerStack, String otherStack, String transport) {
		try (StartedPeer other = start(otherStack, transport, "server");
				StartedPeer asker = start(askerStack, transport, "server")) {
			meet(asker, other);
			provideAndFind(asker, other, hash("by the one that asks"));
			provideAndFind(other, asker, hash("by the other"));
		}
	}

	private static void provideAndFind(StartedPeer provider, StartedPeer finder, String key) {
		JsonNode stored = provider.call("kadProvide", Map.of("key", key, "timeout", 60_000)).path("stored");
		assertThat(stored.isNull() || stored.intValue() == 1).as("stored at %s", stored).isTrue();
		eventually("found",
				() -> finder.call("kadFindProviders", Map.of("key", key, "count", 1, "timeout", 60_000))
					.path("providers")
					.valueStream()
					.anyMatch((found) -> found.path("peer").asString().equals(provider.id())));
	}

	@ParameterizedTest(name = "{0} asks {1}, {2}")
	@MethodSource("pairs")
	void valueThatOneStoresTheOtherReadsAndReplaces(String askerStack, String otherStack, String transport) {
		try (StartedPeer other = start(otherStack, transport, "server");
				StartedPeer asker = start(askerStack, transport, "server")) {
			meet(asker, other);
			put(asker, "/lip/one", 7);
			assertThat(get(other, "/lip/one")).isEqualTo(value(7));
			put(other, "/lip/one", 8);
			assertThat(get(asker, "/lip/one")).isEqualTo(value(8));
			put(other, "/lip/two", 1);
			assertThat(get(asker, "/lip/two")).isEqualTo(value(1));
		}
	}

	private static void put(StartedPeer peer, String key, long number) {
		peer.call("kadPut", Map.of("key", hex(key), "value", value(number), "timeout", 60_000));
	}

	private static String get(StartedPeer peer, String key) {
		return peer.call("kadGet", Map.of("key", hex(key), "timeout", 60_000)).path("value").asString();
	}

	@ParameterizedTest
	@ValueSource(strings = { Stacks.GO, Stacks.RUST, Stacks.JS })
	void clientsAreInNobodysTable(String stack) {
		try (StartedPeer server = start(stack, "tcp", "server");
				StartedPeer client = start(Stacks.JAVA, "tcp", "client");
				StartedPeer foreign = start(stack, "tcp", "client");
				StartedPeer ours = start(Stacks.JAVA, "tcp", "server")) {
			client.dial(server);
			foreign.dial(ours);
			holds(client, server);
			holds(foreign, ours);
			put(client, "/lip/client", 1);
			assertThat(get(client, "/lip/client")).isEqualTo(value(1));
			put(foreign, "/lip/client", 1);
			assertThat(table(server)).doesNotContain(client.id());
			assertThat(table(ours)).doesNotContain(foreign.id());
		}
	}

	@Test
	void allFourStacksMakeOneNetwork() {
		List<StartedPeer> peers = new ArrayList<>();
		try {
			for (String stack : List.of(Stacks.JAVA, Stacks.GO, Stacks.RUST, Stacks.JS, Stacks.JAVA, Stacks.GO)) {
				peers.add(start(stack, "tcp", "server"));
			}
			// A chain: each knows the one before it.
			for (int index = 1; index < peers.size(); index++) {
				meet(peers.get(index), peers.get(index - 1));
			}
			for (StartedPeer provider : peers) {
				String key = hash("of " + provider.id());
				provider.call("kadProvide", Map.of("key", key, "timeout", 60_000));
				if (provider.peer().stack().equals(Stacks.RUST)) {
					// It has sent its records then, and nobody has stored them yet,
					// perhaps.
					eventually("stored", () -> providers(peers.get(0), key).contains(provider.id()));
				}
				for (StartedPeer finder : peers) {
					assertThat(providers(finder, key))
						.as("%s finds what %s provides", finder.peer().stack(), provider.peer().stack())
						.contains(provider.id());
				}
			}
			put(peers.get(0), "/lip/all", 5);
			for (StartedPeer reader : peers) {
				assertThat(get(reader, "/lip/all")).as(reader.peer().stack()).isEqualTo(value(5));
			}
		}
		finally {
			peers.forEach(StartedPeer::close);
		}
	}

	private static List<String> providers(StartedPeer finder, String key) {
		try {
			return finder.call("kadFindProviders", Map.of("key", key, "count", 1, "timeout", 60_000))
				.path("providers")
				.valueStream()
				.map((found) -> found.path("peer").asString())
				.toList();
		}
		catch (PeerFailure failure) {
			return List.of(String.valueOf(failure.getMessage()));
		}
	}

}
