package io.p2pboot.libp2p.interop;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import tools.jackson.databind.JsonNode;

/**
 * Scenarios that run over pairs of stacks, which the suite names. Two nodes live for all
 * scenarios of a pair; each finds them connected.
 */
@ParameterizedClass(name = "{0}")
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 180, unit = TimeUnit.SECONDS)
abstract class PairSuite {

	@Parameter
	private Pair pair;

	private @Nullable StartedPeer dialer;

	private @Nullable StartedPeer listener;

	@BeforeEach
	void connect() {
		this.pair.require();
		if (this.listener == null) {
			this.listener = StartedPeer.start(this.pair.listener(), layers());
		}
		if (this.dialer == null) {
			this.dialer = StartedPeer.start(this.pair.dialer(), layers());
		}
		this.dialer.dial(this.listener);
	}

	@AfterParameterizedClassInvocation
	void close() {
		if (this.dialer != null) {
			this.dialer.close();
			this.dialer = null;
		}
		if (this.listener != null) {
			this.listener.close();
			this.listener = null;
		}
	}

	/** How both nodes are started. */
	Map<String, Object> layers() {
		return this.pair.layers();
	}

	Pair pair() {
		return this.pair;
	}

	StartedPeer dialer() {
		return started(this.dialer);
	}

	StartedPeer listener() {
		return started(this.listener);
	}

	private static StartedPeer started(@Nullable StartedPeer peer) {
		if (peer == null) {
			throw new IllegalStateException("The pair was not started");
		}
		return peer;
	}

	/** One side of the connection asks something of the other. */
	interface Scenario {

		void run(StartedPeer from, StartedPeer to);

	}

	/** Runs a scenario from the dialer's side, then from the listener's. */
	void fromEachSide(Scenario scenario) {
		scenario.run(dialer(), listener());
		scenario.run(listener(), dialer());
	}

	/** Runs a request of one peer on the other. */
	static JsonNode ask(StartedPeer from, StartedPeer to, String op, Map<String, ?> arguments) {
		return from.call(op, about(to, arguments));
	}

	static Map<String, Object> about(StartedPeer peer, Map<String, ?> arguments) {
		Map<String, Object> all = new HashMap<>(arguments);
		all.put("peer", peer.id());
		return all;
	}

}
