package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the scenarios of publish and subscribe have in common.
 */
final class Topics {

	static final Duration PATIENCE = Duration.ofSeconds(30);

	private Topics() {
	}

	static void subscribe(StartedPeer peer, String topic) {
		peer.call("subscribe", Map.of("topic", topic));
	}

	/** Waits until a peer knows that another is subscribed, or no more. */
	static void awaitSubscribed(StartedPeer peer, StartedPeer other, String topic, boolean subscribed) {
		await(peer, topic, "peers", other, subscribed);
	}

	/** Waits until a peer has another in its mesh. */
	static void awaitMesh(StartedPeer peer, StartedPeer other, String topic) {
		await(peer, topic, "mesh", other, true);
	}

	private static void await(StartedPeer peer, String topic, String list, StartedPeer other, boolean wanted) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (ids(peer.call("mesh", Map.of("topic", topic)), list).contains(other.id()) != wanted) {
			if (System.nanoTime() > end) {
				throw new AssertionError(peer.peer().stack() + " does not have the right " + list + " after " + PATIENCE
						+ ": " + peer.call("mesh", Map.of("topic", topic)));
			}
			// No event tells of it: look again in a while.
			pause(peer, Duration.ofMillis(50));
		}
	}

	/** The peers in a peer's mesh. */
	static List<String> mesh(StartedPeer peer, String topic) {
		return ids(peer.call("mesh", Map.of("topic", topic)), "mesh");
	}

	/** Lets a while pass of which no event tells. */
	static void pause(StartedPeer peer, Duration time) {
		peer.peer().awaitEvent("none", (event) -> true, time);
	}

	private static List<String> ids(JsonNode answer, String list) {
		return answer.path(list).valueStream().map(JsonNode::stringValue).toList();
	}

	/** Publishes messages with numbers from a first one on. */
	static void publish(StartedPeer peer, String topic, int first, int count, int size, int pauseMillis) {
		JsonNode answer = peer.call("publish",
				Map.of("topic", topic, "n", first, "count", count, "size", size, "ms", pauseMillis, "timeout", 60_000));
		assertThat(answer.path("published").asInt()).as(peer.peer().stack() + ": " + answer).isEqualTo(count);
	}

	/** Waits for messages with such numbers, each once. */
	static void assertReceives(StartedPeer peer, StartedPeer author, String topic, int first, int count, int size) {
		Set<String> missing = new HashSet<>();
		for (int number = first; number < first + count; number++) {
			missing.add(sha256(number, size));
		}
		while (!missing.isEmpty()) {
			Optional<JsonNode> message = message(peer, topic, PATIENCE);
			assertThat(message)
				.as("%s misses %d of %d messages of %s", peer.peer().stack(), missing.size(), count,
						author.peer().stack())
				.isPresent();
			JsonNode fields = message.get();
			assertThat(missing.remove(fields.path("sha256").asString()))
				.as("%s got %s once", peer.peer().stack(), fields)
				.isTrue();
			assertThat(fields.path("size").asInt()).isEqualTo(size);
			if (fields.hasNonNull("from")) {
				assertThat(fields.path("from").asString()).isEqualTo(author.id());
			}
		}
	}

	static Optional<JsonNode> message(StartedPeer peer, String topic, Duration patience) {
		return peer.peer().awaitEvent("message", (event) -> event.path("topic").asString().equals(topic), patience);
	}

	private static String sha256(long number, int size) {
		ByteBuffer payload = ByteBuffer.allocate(size).putLong(number);
		for (long i = number; payload.hasRemaining(); i++) {
			payload.put((byte) (i * 167 + (i >>> 8) * 13 + (i >>> 16) * 7));
		}
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(payload.array()));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
