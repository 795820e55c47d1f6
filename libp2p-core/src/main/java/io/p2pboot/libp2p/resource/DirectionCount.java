package io.p2pboot.libp2p.resource;

import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.Direction;

/**
 * Counts what is inbound and what is outbound. Thread-safe.
 */
final class DirectionCount {

	private final AtomicLong inbound = new AtomicLong();

	private final AtomicLong outbound = new AtomicLong();

	private AtomicLong counter(Direction direction) {
		return (direction == Direction.INBOUND) ? this.inbound : this.outbound;
	}

	void add(Direction direction, long more) {
		counter(direction).addAndGet(more);
	}

	long of(Direction direction) {
		return counter(direction).get();
	}

	long both() {
		return this.inbound.get() + this.outbound.get();
	}

}
