package io.p2pboot.libp2p.muxer.yamux;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;

/**
 * The opens that wait until the peer has acknowledged earlier streams, in their order.
 * Event loop only.
 */
final class WaitingOpens {

	/** How many may wait. */
	static final int MAXIMUM = 4096;

	/** How many more where they are urgent. */
	static final int URGENT = 64;

	private record WaitingOpen(StreamAcceptor setup, boolean urgent, Promise<StreamChildChannel> result) {
	}

	/** Opens one that has waited. */
	interface Opener {

		void open(StreamAcceptor setup, boolean urgent, Promise<StreamChildChannel> result);

	}

	private final Deque<WaitingOpen> waiting = new ArrayDeque<>();

	/** Adds one, or fails it where too many wait. An urgent one comes first. */
	void add(StreamAcceptor setup, boolean urgent, Promise<StreamChildChannel> result) {
		if (this.waiting.size() >= MAXIMUM) {
			this.waiting.removeIf((open) -> open.result().isDone());
		}
		if (urgent && this.waiting.size() < MAXIMUM + URGENT) {
			this.waiting.addFirst(new WaitingOpen(setup, true, result));
		}
		else if (this.waiting.size() < MAXIMUM) {
			this.waiting.add(new WaitingOpen(setup, false, result));
		}
		else {
			result.tryFailure(new LimitExceeded("streams waiting for an acknowledgement", MAXIMUM + 1L, MAXIMUM));
		}
	}

	/**
	 * Lets go on who waits still.
	 * @param room whether there is room, for urgent ones or for others
	 * @param opener opens them
	 */
	void release(Predicate<Boolean> room, Opener opener) {
		while (!this.waiting.isEmpty() && room.test(this.waiting.element().urgent())) {
			WaitingOpen next = this.waiting.remove();
			if (!next.result().isDone()) {
				opener.open(next.setup(), next.urgent(), next.result());
			}
		}
	}

	/** Fails all. */
	void fail(IOException cause) {
		while (!this.waiting.isEmpty()) {
			this.waiting.remove().result().tryFailure(cause);
		}
	}

}
