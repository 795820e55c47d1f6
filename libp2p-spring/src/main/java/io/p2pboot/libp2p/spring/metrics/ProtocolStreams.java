package io.p2pboot.libp2p.spring.metrics;

import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.Direction;

/**
 * How many streams of a protocol are open. Any thread.
 */
final class ProtocolStreams {

	private final String label;

	private final AtomicInteger inbound = new AtomicInteger();

	private final AtomicInteger outbound = new AtomicInteger();

	ProtocolStreams(String label) {
		this.label = label;
	}

	String label() {
		return this.label;
	}

	AtomicInteger count(Direction direction) {
		return (direction == Direction.INBOUND) ? this.inbound : this.outbound;
	}

}
