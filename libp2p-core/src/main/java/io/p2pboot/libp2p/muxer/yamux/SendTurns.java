package io.p2pboot.libp2p.muxer.yamux;

import java.util.ArrayDeque;
import java.util.Deque;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Shares the connection between streams that have something to send: while several do,
 * each sends one frame and goes to the end of the line. Event loop only.
 */
final class SendTurns {

	private final Channel channel;

	private final Deque<YamuxStreamChannel> waiting = new ArrayDeque<>();

	private final Runnable next = this::runScheduled;

	private @Nullable YamuxStreamChannel current;

	private boolean scheduled;

	SendTurns(Channel channel) {
		this.channel = channel;
	}

	/**
	 * Whether a stream may send a frame now.
	 * @param child the stream
	 * @param first whether it has not sent one since it was asked to
	 */
	boolean maySend(YamuxStreamChannel child, boolean first) {
		return this.channel.isWritable() && (this.waiting.isEmpty() || (first && child == this.current));
	}

	/** Queues a stream, once. */
	void await(YamuxStreamChannel child) {
		if (child.queueForTurn()) {
			this.waiting.add(child);
		}
		if (!this.scheduled && this.current == null && this.channel.isWritable()) {
			this.scheduled = true;
			this.channel.eventLoop().execute(this.next);
		}
	}

	private void runScheduled() {
		this.scheduled = false;
		run();
	}

	/** Lets the waiting streams send while the channel takes more. */
	void run() {
		if (this.current != null) {
			return;
		}
		try {
			while (this.channel.isWritable()) {
				this.current = this.waiting.poll();
				if (this.current == null) {
					return;
				}
				this.current.takeTurn();
			}
		}
		finally {
			this.current = null;
		}
	}

	void clear() {
		this.waiting.clear();
	}

}
