package io.p2pboot.libp2p.interop;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.provider.Arguments;

/**
 * What the scenarios of publish and subscribe have in common: nodes of their own for
 * each. Go with the other foreign stacks tells whether a scenario is right.
 */
abstract class PubSubSuite {

	static final String TOPIC = "scenario";

	final List<StartedPeer> peers = new ArrayList<>();

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

	StartedPeer start(String stack, Map<String, ?> pubsub) {
		return start(stack, Map.of(), pubsub);
	}

	StartedPeer start(String stack, Map<String, ?> more, Map<String, ?> pubsub) {
		Stacks.require(stack);
		Map<String, Object> arguments = new HashMap<>(more);
		arguments.put("security", List.of("noise"));
		arguments.put("pubsub", pubsub);
		StartedPeer peer = StartedPeer.start(stack, arguments);
		this.peers.add(peer);
		return peer;
	}

	static void subscribe(StartedPeer one, StartedPeer other) {
		Topics.subscribe(one, TOPIC);
		Topics.subscribe(other, TOPIC);
		Topics.awaitSubscribed(one, other, TOPIC, true);
		Topics.awaitSubscribed(other, one, TOPIC, true);
	}

	static void inMesh(StartedPeer one, StartedPeer other) {
		Topics.awaitMesh(one, other, TOPIC);
		Topics.awaitMesh(other, one, TOPIC);
	}

	static void eachWay(StartedPeer one, StartedPeer other, int first, int count, int size) {
		Topics.publish(one, TOPIC, first, count, size, 2);
		Topics.assertReceives(other, one, TOPIC, first, count, size);
		Topics.publish(other, TOPIC, first + 10_000, count, size, 2);
		Topics.assertReceives(one, other, TOPIC, first + 10_000, count, size);
	}

	static String key(KeyType type) {
		ByteBuffer encoded = PrivateKey.generate(type).encoded();
		byte[] bytes = new byte[encoded.remaining()];
		encoded.duplicate().get(bytes);
		return HexFormat.of().formatHex(bytes);
	}

}
