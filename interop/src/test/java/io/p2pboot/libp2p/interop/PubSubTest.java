package io.p2pboot.libp2p.interop;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Publish and subscribe between two stacks, signed, each with the message ids of its own
 * default.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("pairs")
class PubSubTest extends PairSuite {

	static Stream<Pair> pairs() {
		return Stream.concat(Stream.of(new Pair(Stacks.GO, Stacks.JS, "noise")),
				Pair.all().filter((pair) -> pair.security().equals("noise")));
	}

	@Override
	Map<String, Object> layers() {
		Map<String, Object> layers = new HashMap<>(super.layers());
		layers.put("pubsub", Map.of());
		return layers;
	}

	@Test
	void messagesArriveEachWayAndOnce() {
		both("each-way");
		fromEachSide((from, to) -> {
			Topics.publish(from, "each-way", 0, 100, 200, 5);
			Topics.assertReceives(to, from, "each-way", 0, 100, 200);
		});
		fromEachSide((from, to) -> assertThat(Topics.message(to, "each-way", Duration.ofMillis(300))).isEmpty());
	}

	@Test
	void aMessageAsLongAsRustReadsArrives() {
		both("long");
		fromEachSide((from, to) -> {
			Topics.publish(from, "long", 1, 3, 57_000, 0);
			Topics.assertReceives(to, from, "long", 1, 3, 57_000);
		});
	}

	@Test
	void whoHasUnsubscribedGetsNoMore() {
		both("left");
		fromEachSide((from, to) -> {
			to.call("unsubscribe", Map.of("topic", "left"));
			Topics.awaitSubscribed(from, to, "left", false);
			Topics.subscribe(to, "left");
			Topics.awaitSubscribed(from, to, "left", true);
		});
	}

	@Test
	void whoPublishesNeedNotBeSubscribed() {
		fromEachSide((from, to) -> {
			String topic = "fanout-" + from.peer().stack() + "-" + (from == dialer());
			Topics.subscribe(to, topic);
			Topics.awaitSubscribed(from, to, topic, true);
			Topics.publish(from, topic, 5, 5, 100, 5);
			Topics.assertReceives(to, from, topic, 5, 5, 100);
		});
	}

	private void both(String topic) {
		Topics.subscribe(dialer(), topic);
		Topics.subscribe(listener(), topic);
		fromEachSide((from, to) -> {
			Topics.awaitSubscribed(from, to, topic, true);
			Topics.awaitMesh(from, to, topic);
		});
	}

}
