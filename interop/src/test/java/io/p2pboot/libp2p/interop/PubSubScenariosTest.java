package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Publish and subscribe with options, sizes and failures, each scenario with nodes of its
 * own. Go with the other foreign stacks tells whether a scenario is right.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class PubSubScenariosTest {

	private static final String TOPIC = "scenario";

	/** What Rust reads at most unless told otherwise, less what is around the data. */
	private static final int RUST_MOST = 65_000;

	private static final int MEBIBYTE = 1024 * 1024;

	private final List<StartedPeer> peers = new ArrayList<>();

	@AfterEach
	void close() {
		Collections.reverse(this.peers);
		this.peers.forEach(StartedPeer::close);
	}

	/** Ours with each foreign stack, and Go with the others. */
	static Stream<Arguments> pairs() {
		List<Arguments> pairs = new ArrayList<>();
		pairs.add(Arguments.of(Stacks.GO, Stacks.RUST));
		pairs.add(Arguments.of(Stacks.GO, Stacks.JS));
		for (String foreign : Stacks.FOREIGN) {
			pairs.add(Arguments.of(Stacks.JAVA, foreign));
			pairs.add(Arguments.of(foreign, Stacks.JAVA));
		}
		return pairs.stream();
	}

	/** The same with each protocol alone; Rust cannot be told which. */
	static Stream<Arguments> pairsAndProtocols() {
		return Stream.of("/meshsub/1.3.0", "/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0", "/floodsub/1.0.0")
			.flatMap((protocol) -> pairs().filter((pair) -> !List.of(pair.get()).contains(Stacks.RUST))
				// JavaScript does not have it.
				.filter((pair) -> !protocol.endsWith("1.3.0") || !List.of(pair.get()).contains(Stacks.JS))
				.map((pair) -> Arguments.of(pair.get()[0], pair.get()[1], protocol)));
	}

	private StartedPeer start(String stack, Map<String, ?> pubsub) {
		return start(stack, Map.of(), pubsub);
	}

	private StartedPeer start(String stack, Map<String, ?> more, Map<String, ?> pubsub) {
		Stacks.require(stack);
		Map<String, Object> arguments = new HashMap<>(more);
		arguments.put("security", List.of("noise"));
		arguments.put("pubsub", pubsub);
		StartedPeer peer = StartedPeer.start(stack, arguments);
		this.peers.add(peer);
		return peer;
	}

	private static void subscribe(StartedPeer one, StartedPeer other) {
		Topics.subscribe(one, TOPIC);
		Topics.subscribe(other, TOPIC);
		Topics.awaitSubscribed(one, other, TOPIC, true);
		Topics.awaitSubscribed(other, one, TOPIC, true);
	}

	private static void inMesh(StartedPeer one, StartedPeer other) {
		Topics.awaitMesh(one, other, TOPIC);
		Topics.awaitMesh(other, one, TOPIC);
	}

	private static void eachWay(StartedPeer one, StartedPeer other, int first, int count, int size) {
		Topics.publish(one, TOPIC, first, count, size, 2);
		Topics.assertReceives(other, one, TOPIC, first, count, size);
		Topics.publish(other, TOPIC, first + 10_000, count, size, 2);
		Topics.assertReceives(one, other, TOPIC, first + 10_000, count, size);
	}

	@ParameterizedTest
	@MethodSource("pairsAndProtocols")
	void eachProtocolAloneCarriesMessages(String dialer, String listener, String protocol) {
		Map<String, Object> options = protocol.startsWith("/floodsub") ? Map.of("router", "flood")
				: Map.of("protocols", List.of(protocol));
		StartedPeer one = start(dialer, options);
		StartedPeer other = start(listener, options);
		one.dial(other);
		subscribe(one, other);
		if (!protocol.startsWith("/floodsub")) {
			inMesh(one, other);
		}
		eachWay(one, other, 0, 20, 200);
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void oneFunctionGivesOneIdEverywhere(String dialer, String listener) {
		StartedPeer one = start(dialer, Map.of("ids", "sha256"));
		StartedPeer other = start(listener, Map.of("ids", "sha256"));
		one.dial(other);
		subscribe(one, other);
		inMesh(one, other);
		for (StartedPeer author : List.of(one, other)) {
			StartedPeer reader = (author == one) ? other : one;
			Topics.publish(author, TOPIC, (author == one) ? 1 : 2, 1, 50, 0);
			JsonNode message = Topics.message(reader, TOPIC, Topics.PATIENCE).orElseThrow();
			assertThat(message.path("id").asString()).isEqualTo(message.path("sha256").asString());
		}
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void messagesWithoutAuthorArriveWhereBothWantNone(String dialer, String listener) {
		Map<String, Object> options = Map.of("sign", false, "ids", "sha256");
		StartedPeer one = start(dialer, options);
		StartedPeer other = start(listener, options);
		one.dial(other);
		subscribe(one, other);
		inMesh(one, other);
		eachWay(one, other, 0, 20, 100);
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void policiesThatDifferAreRefusedOnBothSides(String dialer, String listener) {
		StartedPeer signing = start(dialer, Map.of("ids", "sha256"));
		StartedPeer unsigned = start(listener, Map.of("sign", false, "ids", "sha256"));
		signing.dial(unsigned);
		subscribe(signing, unsigned);
		Topics.publish(signing, TOPIC, 0, 3, 50, 0);
		Topics.publish(unsigned, TOPIC, 100, 3, 50, 0);
		for (StartedPeer peer : List.of(signing, unsigned)) {
			if (peer.peer().stack().equals(Stacks.JAVA) || peer.peer().stack().equals(Stacks.GO)) {
				JsonNode refused = peer.peer()
					.awaitEvent("rejected", (event) -> event.path("topic").asString().equals(TOPIC), Topics.PATIENCE)
					.orElseThrow();
				assertThat(refused.path("reason").asString()).contains((peer == signing) ? "missing" : "unexpected");
			}
			assertThat(Topics.message(peer, TOPIC, Duration.ofMillis(300))).isEmpty();
		}
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void messagesAsLongAsBothReadArrive(String dialer, String listener) {
		StartedPeer one = start(dialer, Map.of("maxBytes", MEBIBYTE));
		StartedPeer other = start(listener, Map.of("maxBytes", MEBIBYTE));
		one.dial(other);
		subscribe(one, other);
		inMesh(one, other);
		eachWay(one, other, 0, 2, 57_000);
		eachWay(one, other, 10, 2, RUST_MOST);
		eachWay(one, other, 20, 2, MEBIBYTE - 1024);
	}

	/** Ours with each foreign stack, signing with each kind of key. */
	static Stream<Arguments> pairsAndKeys() {
		return Stream.of(KeyType.RSA, KeyType.SECP256K1, KeyType.ECDSA)
			.flatMap((type) -> pairs()
				// js-libp2p has no such identities.
				.filter((pair) -> type != KeyType.ECDSA || !List.of(pair.get()).contains(Stacks.JS))
				.map((pair) -> Arguments.of(pair.get()[0], pair.get()[1], type)));
	}

	@ParameterizedTest
	@MethodSource("pairsAndKeys")
	void everyKindOfKeySigns(String dialer, String listener, KeyType type) {
		StartedPeer one = start(dialer, Map.of("key", key(type)), Map.of());
		StartedPeer other = start(listener, Map.of("key", key(type)), Map.of());
		one.dial(other);
		subscribe(one, other);
		inMesh(one, other);
		eachWay(one, other, 0, 5, 100);
	}

	private static String key(KeyType type) {
		ByteBuffer encoded = PrivateKey.generate(type).encoded();
		byte[] bytes = new byte[encoded.remaining()];
		encoded.duplicate().get(bytes);
		return HexFormat.of().formatHex(bytes);
	}

	@Test
	void oneThatIsTooLongFailsAtOurPublisherWithTheLimit() {
		StartedPeer java = start(Stacks.JAVA, Map.of());
		JsonNode answer = java.call("publish", Map.of("topic", TOPIC, "size", MEBIBYTE));
		assertThat(answer.path("failed").asInt()).isOne();
		assertThat(answer.path("errors").get(0).asString()).contains("1048576");
	}

	static Stream<String> senders() {
		return Stream.of(Stacks.JS, Stacks.RUST, Stacks.GO);
	}

	@ParameterizedTest
	@MethodSource("senders")
	void oneThatIsTooLongIsSkippedAndLaterOnesArriveBothWays(String sender) {
		StartedPeer java = start(Stacks.JAVA, Map.of());
		StartedPeer other = start(sender, Map.of("maxBytes", 4 * MEBIBYTE));
		other.dial(java);
		subscribe(java, other);
		inMesh(java, other);
		eachWay(java, other, 0, 5, 100);
		other.call("publish", Map.of("topic", TOPIC, "n", 500, "size", 1_500_000, "timeout", 30_000));
		eachWay(java, other, 1000, 5, 100);
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void aHelloOfManyTopicsIsHeardWhole(String dialer, String listener) {
		// Rust heeds no list of more than a hundred, nor more than a hundred topics.
		int topics = (dialer.equals(Stacks.RUST) || listener.equals(Stacks.RUST)) ? 100 : 600;
		StartedPeer one = start(dialer, Map.of());
		StartedPeer other = start(listener, Map.of());
		for (int number = 0; number < topics; number++) {
			Topics.subscribe(one, "many-" + number);
		}
		one.dial(other);
		for (int number : new int[] { 0, topics / 2, topics - 1 }) {
			Topics.awaitSubscribed(other, one, "many-" + number, true);
		}
	}

	@Test
	void tenNodesOfFourStacksHearEverythingOnce() {
		List<String> stacks = List.of(Stacks.JAVA, Stacks.GO, Stacks.RUST, Stacks.JS, Stacks.JAVA, Stacks.GO,
				Stacks.RUST, Stacks.JS, Stacks.JAVA, Stacks.GO);
		stacks.forEach((stack) -> start(stack, Map.of()));
		for (int index = 0; index < stacks.size(); index++) {
			for (int distance = 1; distance <= 3; distance++) {
				this.peers.get(index).dial(this.peers.get((index + distance) % stacks.size()));
			}
		}
		this.peers.forEach((peer) -> Topics.subscribe(peer, TOPIC));
		for (int index = 0; index < stacks.size(); index++) {
			StartedPeer next = this.peers.get((index + 1) % stacks.size());
			Topics.awaitSubscribed(this.peers.get(index), next, TOPIC, true);
			Topics.awaitSubscribed(next, this.peers.get(index), TOPIC, true);
		}
		int number = 0;
		for (StartedPeer author : this.peers) {
			Topics.publish(author, TOPIC, number, 100, 200, 2);
			for (StartedPeer other : this.peers) {
				if (other != author) {
					Topics.assertReceives(other, author, TOPIC, number, 100, 200);
				}
			}
			number += 100;
		}
		this.peers.stream()
			.filter((peer) -> peer.peer().stack().equals(Stacks.JAVA))
			.forEach((peer) -> assertThat(peer.call("mesh", Map.of("topic", TOPIC)).path("mesh").size()).isBetween(5,
					12));
	}

}
