package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.crypto.KeyType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Publish and subscribe with options and sizes.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class PubSubScenariosTest extends PubSubSuite {

	/** What Rust reads at most unless told otherwise, less what is around the data. */
	private static final int RUST_MOST = 65_000;

	private static final int MEBIBYTE = 1024 * 1024;

	/** The same with each protocol alone; Rust cannot be told which. */
	static Stream<Arguments> pairsAndProtocols() {
		return Stream.of("/meshsub/1.3.0", "/meshsub/1.2.0", "/meshsub/1.1.0", "/meshsub/1.0.0", "/floodsub/1.0.0")
			.flatMap((protocol) -> pairs().filter((pair) -> !List.of(pair.get()).contains(Stacks.RUST))
				// JavaScript does not have it.
				.filter((pair) -> !protocol.endsWith("1.3.0") || !List.of(pair.get()).contains(Stacks.JS))
				.map((pair) -> Arguments.of(pair.get()[0], pair.get()[1], protocol)));
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

	/** Each stack with its own function, which ours has by name, and kinds of keys. */
	static Stream<Arguments> functions() {
		return Stream
			.of(Arguments.of(Stacks.GO, "default"), Arguments.of(Stacks.RUST, "rust"), Arguments.of(Stacks.JS, "js"))
			.flatMap((function) -> Stream.of(KeyType.ED25519, KeyType.SECP256K1, KeyType.RSA)
				.map((type) -> Arguments.of(function.get()[0], function.get()[1], type)));
	}

	@ParameterizedTest
	@MethodSource("functions")
	void theFunctionOfEachStackGivesItsIds(String stack, String ids, KeyType type) {
		StartedPeer author = start(stack, Map.of("key", key(type)), Map.of());
		StartedPeer theirs = start(stack, Map.of());
		StartedPeer ours = start(Stacks.JAVA, Map.of("ids", ids));
		author.dial(theirs);
		author.dial(ours);
		for (StartedPeer reader : List.of(theirs, ours)) {
			Topics.subscribe(reader, TOPIC);
			Topics.awaitSubscribed(author, reader, TOPIC, true);
		}
		Topics.subscribe(author, TOPIC);
		inMesh(author, theirs);
		inMesh(author, ours);
		Topics.publish(author, TOPIC, 7, 1, 16, 0);
		JsonNode told = Topics.message(theirs, TOPIC, Topics.PATIENCE).orElseThrow();
		JsonNode read = Topics.message(ours, TOPIC, Topics.PATIENCE).orElseThrow();
		assertThat(read.path("id").asString()).isEqualTo(told.path("id").asString()).isNotEmpty();
		assertThat(read.path("seqno").asString()).isEqualTo(told.path("seqno").asString());
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

	@ParameterizedTest
	@MethodSource("pairs")
	void fourMebibytesArriveWhereBothReadThem(String dialer, String listener) {
		StartedPeer one = start(dialer, Map.of("maxBytes", 4 * MEBIBYTE));
		StartedPeer other = start(listener, Map.of("maxBytes", 4 * MEBIBYTE));
		one.dial(other);
		subscribe(one, other);
		inMesh(one, other);
		eachWay(one, other, 0, 1, 4 * MEBIBYTE - 1024);
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

	/** Go's own hello is one frame; ours is as many as the strictest stack needs. */
	@Test
	void twelveThousandTopicsAreHeard() {
		StartedPeer java = start(Stacks.JAVA, Map.of());
		StartedPeer go = start(Stacks.GO, Map.of());
		for (int number = 0; number < 12_000; number++) {
			Topics.subscribe(java, "many-" + number);
		}
		java.dial(go);
		for (int number : new int[] { 0, 6000, 11_999 }) {
			Topics.awaitSubscribed(go, java, "many-" + number, true);
		}
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
