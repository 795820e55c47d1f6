package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;

import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream that a peer has opened, and the frames of it that the router has not had time
 * for. When they are too many, reading stops. Router's thread only, but {@link #arrived}.
 */
final class InboundStream {

	private final StreamChannel stream;

	private final ReadBudget budget;

	private final Deque<byte[]> waiting = new ArrayDeque<>();

	private boolean ended;

	InboundStream(StreamChannel stream, int maxBytes) {
		this.stream = stream;
		this.budget = new ReadBudget(maxBytes, stream.eventLoop(), (on) -> stream.config().setAutoRead(on));
	}

	StreamChannel stream() {
		return this.stream;
	}

	/** A frame was read. Event loop; before it is added. */
	void arrived(byte[] frame) {
		this.budget.taken(frame.length);
	}

	/** Queues a frame that has arrived. */
	void add(byte[] frame) {
		this.waiting.addLast(frame);
	}

	/** Whether frames wait. */
	boolean isWaiting() {
		return !this.waiting.isEmpty();
	}

	/** The stream has ended; what waits of it is still read. */
	void end() {
		this.ended = true;
	}

	boolean hasEnded() {
		return this.ended;
	}

	/** Takes the next frame; null if none waits. */
	byte @Nullable [] next() {
		byte[] frame = this.waiting.pollFirst();
		if (frame != null) {
			this.budget.done(frame.length);
		}
		return frame;
	}

}
