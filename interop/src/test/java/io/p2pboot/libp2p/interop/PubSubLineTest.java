package io.p2pboot.libp2p.interop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Stacks in a line, so that only ours passes messages on between the others.
 */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class PubSubLineTest {

	private static final String TOPIC = "line";

	private static final int TOO_LONG = 1_500_000;

	private final List<StartedPeer> line = new ArrayList<>();

	@AfterEach
	void close() {
		Collections.reverse(this.line);
		this.line.forEach(StartedPeer::close);
	}

	@Test
	void everythingArrivesFromEachEndToEveryNode() {
		line(Stacks.GO, Stacks.JAVA, Stacks.RUST, Stacks.JAVA, Stacks.JS);
		everybodyHearsEverybody(0);
	}

	@Test
	void aMessageThatIsTooLongMakesNobodyDeaf() {
		line(Stacks.GO, Stacks.JAVA, Stacks.RUST, Stacks.JAVA, Stacks.JS);
		everybodyHearsEverybody(0);
		StartedPeer js = this.line.get(4);
		js.call("publish", Map.of("topic", TOPIC, "n", 1, "size", TOO_LONG, "timeout", 30_000));
		everybodyHearsEverybody(1000);
	}

	private void line(String... stacks) {
		for (String stack : stacks) {
			Stacks.require(stack);
		}
		for (String stack : stacks) {
			StartedPeer peer = StartedPeer.start(stack, Map.of("security", List.of("noise"), "pubsub", Map.of()));
			if (!this.line.isEmpty()) {
				peer.dial(this.line.get(this.line.size() - 1));
			}
			this.line.add(peer);
			Topics.subscribe(peer, TOPIC);
		}
		for (int index = 1; index < this.line.size(); index++) {
			Topics.awaitMesh(this.line.get(index - 1), this.line.get(index), TOPIC);
			Topics.awaitMesh(this.line.get(index), this.line.get(index - 1), TOPIC);
		}
	}

	private void everybodyHearsEverybody(int first) {
		int number = first;
		for (StartedPeer author : this.line) {
			Topics.publish(author, TOPIC, number, 20, 300, 2);
			for (StartedPeer other : this.line) {
				if (other != author) {
					Topics.assertReceives(other, author, TOPIC, number, 20, 300);
				}
			}
			number += 20;
		}
	}

}
