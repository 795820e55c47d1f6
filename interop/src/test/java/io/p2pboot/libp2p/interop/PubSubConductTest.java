package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
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
 * Publish and subscribe where peers leave, die, misbehave, are named by others or have
 * messages already.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class PubSubConductTest extends PubSubSuite {

	private static final String SCORED = "scored";

	private static final int LARGE = 64 * 1024 - 1000;

	private static final int SMALL = 100;

	private static final int COUNT = 10;

	@ParameterizedTest
	@MethodSource("pairs")
	void nobodyGraftsWithinTheBackOffOfWhoHasLeft(String leaves, String stays) {
		StartedPeer leaving = start(leaves, Map.of());
		StartedPeer staying = start(stays, Map.of());
		leaving.dial(staying);
		subscribe(leaving, staying);
		inMesh(leaving, staying);
		leaving.call("unsubscribe", Map.of("topic", TOPIC));
		Topics.awaitSubscribed(staying, leaving, TOPIC, false);
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(7);
		Topics.subscribe(leaving, TOPIC);
		Topics.awaitSubscribed(staying, leaving, TOPIC, true);
		while (System.nanoTime() < end) {
			assertThat(Topics.mesh(leaving, TOPIC)).isEmpty();
			assertThat(Topics.mesh(staying, TOPIC)).isEmpty();
			Topics.pause(leaving, Duration.ofMillis(200));
		}
		if (!stays.equals(Stacks.RUST)) {
			// Rust keeps away for a minute from whoever unsubscribes, whatever it says.
			inMesh(leaving, staying);
		}
		eachWay(leaving, staying, 0, 5, 100);
	}

	/** Who passes messages on late, and who has them from elsewhere by then. */
	static Stream<Arguments> lateAndInTime() {
		return Stream.of(Arguments.of(Stacks.GO, Stacks.RUST), Arguments.of(Stacks.GO, Stacks.JS),
				Arguments.of(Stacks.JAVA, Stacks.GO), Arguments.of(Stacks.JAVA, Stacks.RUST),
				Arguments.of(Stacks.JAVA, Stacks.JS));
	}

	/**
	 * The author has the late one and a relay for peers, which have the other one. The
	 * late one has a message first and says so; when it would pass it on, the other one
	 * has said that it has it from the relay.
	 */
	@ParameterizedTest
	@MethodSource("lateAndInTime")
	void longMessagesAreNotSentToWhoSaysThatItHasThem(String isLate, String isInTime) {
		StartedPeer author = start(Stacks.GO, Map.of("ids", "sha256"));
		StartedPeer relay = start(Stacks.GO, Map.of("ids", "sha256", "validateMs", 200));
		StartedPeer late = start(isLate, Map.of("ids", "sha256", "validateMs", 700));
		StartedPeer inTime = start(isInTime, Map.of("ids", "sha256"));
		List.of(relay, late, inTime, author).forEach((peer) -> Topics.subscribe(peer, TOPIC));
		connect(author, relay);
		connect(author, late);
		connect(relay, inTime);
		connect(late, inTime);
		int[] small = copies(author, late, inTime, 0, SMALL);
		int[] large = copies(author, late, inTime, 1000, LARGE);
		// At most one of what the other one publishes, each time.
		assertThat(small[0]).as("copies of short ones").isGreaterThanOrEqualTo(COUNT);
		assertThat(large[0] - small[0]).as("copies of long ones").isLessThanOrEqualTo(2);
		if (isLate.equals(Stacks.JAVA)) {
			assertThat(small[1]).as("short ones that it did not send").isZero();
			assertThat(large[1]).as("long ones that it did not send").isEqualTo(COUNT);
		}
	}

	private static void connect(StartedPeer one, StartedPeer other) {
		one.dial(other);
		inMesh(one, other);
	}

	/** Has some messages published; how many copies came, and how many were not sent. */
	private static int[] copies(StartedPeer author, StartedPeer late, StartedPeer inTime, int first, int size) {
		Topics.publish(author, TOPIC, first, COUNT, size, 20);
		Topics.assertReceives(inTime, author, TOPIC, first, COUNT, size);
		Topics.assertReceives(late, author, TOPIC, first, COUNT, size);
		// What it has passed on comes before what it publishes then.
		Topics.publish(inTime, TOPIC, first + 500, 1, SMALL, 0);
		Topics.assertReceives(late, inTime, TOPIC, first + 500, 1, SMALL);
		JsonNode counts = late.call("mesh", Map.of("topic", TOPIC));
		return new int[] { counts.path("duplicates").asInt(), counts.path("saved").asInt() };
	}

	/** Rust sends no peers with a PRUNE, and dials none. */
	static Stream<Arguments> pruningAndPruned() {
		return Stream.of(Arguments.of(Stacks.GO, Stacks.JS), Arguments.of(Stacks.JAVA, Stacks.GO),
				Arguments.of(Stacks.JAVA, Stacks.JS), Arguments.of(Stacks.GO, Stacks.JAVA),
				Arguments.of(Stacks.JS, Stacks.JAVA));
	}

	@ParameterizedTest
	@MethodSource("pruningAndPruned")
	void whoIsPrunedDialsThePeersThatItIsNamed(String prunes, String isPruned) {
		StartedPeer pruning = start(prunes, Map.of("degree", 2, "peerExchange", true));
		Topics.subscribe(pruning, TOPIC);
		List<StartedPeer> pruned = new ArrayList<>();
		for (int number = 0; number < 5; number++) {
			StartedPeer peer = start(isPruned, Map.of("peerExchange", true));
			peer.dial(pruning);
			Topics.subscribe(peer, TOPIC);
			Topics.awaitSubscribed(pruning, peer, TOPIC, true);
			pruned.add(peer);
		}
		long end = System.nanoTime() + Topics.PATIENCE.toNanos();
		while (pruned.stream().noneMatch((peer) -> knowsAnother(peer, pruned))) {
			assertThat(System.nanoTime()).as("nobody has dialled another").isLessThan(end);
			Topics.pause(pruning, Duration.ofMillis(100));
		}
	}

	private static boolean knowsAnother(StartedPeer peer, List<StartedPeer> peers) {
		return peers.stream().anyMatch((other) -> other != peer && !peer.connections(other).isEmpty());
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void whoHasSentInvalidMessagesIsNotHeardAlsoAfterItsReturn(String bad, String judging) {
		StartedPeer judge = start(judging, Map.of("ids", "sha256", "score", true));
		Topics.subscribe(judge, SCORED);
		Map<String, Object> key = Map.of("key", key(KeyType.ED25519));
		StartedPeer invalid = start(bad, key, Map.of("ids", "sha256", "sign", false, "floodPublish", true));
		invalid.dial(judge);
		Topics.awaitSubscribed(invalid, judge, SCORED, true);
		Topics.publish(invalid, SCORED, 0, 30, SMALL, 5);
		Topics.pause(judge, Duration.ofSeconds(1));
		this.peers.remove(invalid);
		invalid.close();
		judge.awaitNoConnection(invalid);
		Map<String, Object> signing = Map.of("ids", "sha256", "floodPublish", true);
		StartedPeer returned = start(bad, key, signing);
		StartedPeer good = start(bad, signing);
		for (StartedPeer peer : List.of(returned, good)) {
			peer.dial(judge);
			Topics.awaitSubscribed(peer, judge, SCORED, true);
		}
		Topics.publish(returned, SCORED, 100, 5, SMALL, 5);
		Topics.publish(good, SCORED, 200, 5, SMALL, 5);
		Topics.assertReceives(judge, good, SCORED, 200, 5, SMALL);
		assertThat(Topics.message(judge, SCORED, Duration.ofSeconds(1))).as("of the one that was bad").isEmpty();
	}

	@ParameterizedTest
	@MethodSource("pairs")
	void aPeerThatDiedComesBackWithTheSameKey(String dies, String stays) {
		StartedPeer staying = start(stays, Map.of());
		Map<String, Object> key = Map.of("key", key(KeyType.ED25519));
		StartedPeer first = start(dies, key, Map.of());
		first.dial(staying);
		subscribe(first, staying);
		inMesh(first, staying);
		// Not the other way: what it has heard would be gossiped to it once it is back.
		Topics.publish(first, TOPIC, 0, 5, SMALL, 2);
		Topics.assertReceives(staying, first, TOPIC, 0, 5, SMALL);
		this.peers.remove(first);
		first.peer().kill();
		first.close();
		staying.awaitNoConnection(first);
		StartedPeer again = start(dies, key, Map.of());
		assertThat(again.id()).isEqualTo(first.id());
		again.dial(staying);
		Topics.subscribe(again, TOPIC);
		Topics.awaitSubscribed(staying, again, TOPIC, true);
		Topics.awaitSubscribed(again, staying, TOPIC, true);
		if (!dies.equals(Stacks.JAVA)) {
			// Ours ends with a farewell: it has left its topics, with the back-off of
			// that.
			inMesh(again, staying);
		}
		eachWay(again, staying, 2000, 5, SMALL);
	}

	/**
	 * Who cuts the streams with the other one. Between Go and the others it is for good:
	 * JavaScript opens no second stream, and neither does Rust.
	 */
	static Stream<Arguments> cuttingAndCut() {
		return Stream.of(Arguments.of(Stacks.GO, Stacks.GO), Arguments.of(Stacks.GO, Stacks.JAVA),
				Arguments.of(Stacks.JS, Stacks.JAVA));
	}

	@ParameterizedTest
	@MethodSource("cuttingAndCut")
	void streamsThatAreResetComeBack(String cuts, String isCut) {
		StartedPeer cutting = start(cuts, Map.of());
		StartedPeer cut = start(isCut, Map.of());
		cut.dial(cutting);
		subscribe(cutting, cut);
		inMesh(cutting, cut);
		eachWay(cutting, cut, 0, 5, SMALL);
		assertThat(cutting.call("cut", Map.of("peer", cut.id())).path("streams").asInt()).isEqualTo(2);
		awaitHeard(cut, cutting, 1_000_000);
		awaitHeard(cutting, cut, 2_000_000);
		inMesh(cutting, cut);
		eachWay(cutting, cut, 1000, 5, SMALL);
	}

	/** Publishes until one message arrives, and takes those that arrive with it. */
	private static void awaitHeard(StartedPeer author, StartedPeer reader, int first) {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
		for (int number = first; Topics.message(reader, TOPIC, Duration.ofMillis(500)).isEmpty(); number++) {
			assertThat(System.nanoTime()).as("nothing arrives any more").isLessThan(end);
			author.call("publish", Map.of("topic", TOPIC, "n", number, "size", SMALL));
		}
		boolean more = true;
		while (more) {
			more = Topics.message(reader, TOPIC, Duration.ofSeconds(2)).isPresent();
		}
	}

	/** JavaScript has no parts. */
	static Stream<Arguments> withParts() {
		return pairs().filter((pair) -> !List.of(pair.get()).contains(Stacks.JS));
	}

	@ParameterizedTest
	@MethodSource("withParts")
	void partsTakeThePlaceOfMessagesWhereBothWantThem(String dialer, String listener) {
		StartedPeer one = start(dialer, Map.of("partial", true));
		StartedPeer other = start(listener, Map.of("partial", true));
		one.dial(other);
		subscribe(one, other);
		inMesh(one, other);
		assertSendsPart(one, other, Map.of("group", "00aa", "part", "0102", "metadata", "ff"));
		assertSendsPart(other, one, Map.of("group", "00bb", "part", "03"));
		assertSendsPart(one, other, Map.of("group", "00cc", "metadata", "01"));
		// One that wants whole messages gets them all the same, and no parts.
		StartedPeer whole = start(listener, Map.of());
		Topics.subscribe(whole, TOPIC);
		one.dial(whole);
		inMesh(one, whole);
		Topics.publish(one, TOPIC, 0, 3, SMALL, 0);
		Topics.assertReceives(whole, one, TOPIC, 0, 3, SMALL);
		assertThat(Topics.message(other, TOPIC, Duration.ofSeconds(1))).isEmpty();
	}

	private static void assertSendsPart(StartedPeer from, StartedPeer to, Map<String, String> parts) {
		Map<String, Object> arguments = new HashMap<>(parts);
		arguments.putAll(Map.of("peer", to.id(), "topic", TOPIC));
		from.call("sendPart", arguments);
		JsonNode event = to.peer().awaitEvent("part", (any) -> true, Topics.PATIENCE).orElseThrow();
		assertThat(event.path("via").asString()).isEqualTo(from.id());
		assertThat(event.path("topic").asString()).isEqualTo(TOPIC);
		assertThat(event.path("group").asString()).isEqualTo(parts.get("group"));
		assertThat(event.path("part").asString()).isEqualTo(parts.getOrDefault("part", ""));
		assertThat(event.path("metadata").asString()).isEqualTo(parts.getOrDefault("metadata", ""));
	}

	/** Not the other way too: one that is new is told by gossip what was before. */
	@Test
	void everythingPassesTheCheckOfNumbersAlsoAfterARestart() {
		StartedPeer go = start(Stacks.GO, Map.of("replay", true));
		Topics.subscribe(go, TOPIC);
		Map<String, Object> key = Map.of("key", key(KeyType.ED25519));
		for (int life = 0; life < 2; life++) {
			StartedPeer java = start(Stacks.JAVA, key, Map.of("replay", true));
			java.dial(go);
			Topics.subscribe(java, TOPIC);
			Topics.awaitSubscribed(java, go, TOPIC, true);
			Topics.awaitSubscribed(go, java, TOPIC, true);
			Topics.publish(java, TOPIC, 100 * life, 30, 50, 5);
			Topics.assertReceives(go, java, TOPIC, 100 * life, 30, 50);
			this.peers.remove(java);
			java.close();
			go.awaitNoConnection(java);
		}
	}

}
