package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionPathStats;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of a QUIC connection (RFC 9221). Event loop only, except for what
 * {@link NativeDatagrams} promises.
 */
final class QuicDatagrams implements NativeDatagrams {

	/**
	 * How long a sender waits that found the queue full: the codec does not call back.
	 */
	static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	/**
	 * Around a datagram: a short header with the longest id, the frame's own, the tag.
	 */
	static final int MAX_FRAMING_BYTES = 1 + 20 + 4 + 3 + 16;

	/** How often the path is looked at. */
	private static final long MEASURE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private final QuicChannel channel;

	private final DatagramQueue queue;

	private final Direction direction;

	private @Nullable Receiver receiver;

	private long lastOpened = -1;

	private boolean waiting;

	private volatile int maxBytes;

	private volatile long measuredNanos;

	/** What the codec looks for. */
	private volatile int hopedForBytes;

	QuicDatagrams(QuicChannel channel, DatagramQueue queue, Direction direction) {
		this.channel = channel;
		this.queue = queue;
		this.direction = direction;
		measure();
	}

	/**
	 * Learns what the path takes now. The codec tells of what its next probe would carry;
	 * packets are only as large as the last one that came through.
	 */
	void measure() {
		this.measuredNanos = this.channel.eventLoop().ticker().nanoTime();
		int offered = this.queue.maxBytes(this.channel);
		Future<QuicConnectionPathStats> path = this.channel.collectPathStats(0);
		long packet = path.isSuccess() ? path.getNow().pmtu() : PacketRouter.MIN_INITIAL_BYTES;
		this.maxBytes = (int) Math.max(0, Math.min(offered, packet - MAX_FRAMING_BYTES));
		this.hopedForBytes = Math.max(offered, this.maxBytes);
	}

	private void measureIfDue() {
		if (isDue()) {
			measure();
		}
	}

	private boolean isDue() {
		return this.channel.isActive()
				&& this.channel.eventLoop().ticker().nanoTime() - this.measuredNanos >= MEASURE_NANOS;
	}

	/** We opened a stream. */
	void opened(long streamId) {
		this.lastOpened = Math.max(this.lastOpened, streamId);
	}

	/** A datagram has arrived; owns it from now on. */
	void received(ByteBuf datagram) {
		Receiver to = this.receiver;
		if (to == null) {
			datagram.release();
		}
		else {
			to.received(datagram);
		}
	}

	@Override
	public Channel channel() {
		return this.channel;
	}

	@Override
	public int maxBytes() {
		if (this.maxBytes < this.hopedForBytes && isDue()) {
			if (this.channel.eventLoop().inEventLoop()) {
				measure();
			}
			else {
				Futures.execute(this.channel.eventLoop(), this::measureIfDue);
			}
		}
		return this.maxBytes;
	}

	@Override
	public int hopedForBytes() {
		return this.hopedForBytes;
	}

	@Override
	public boolean isInitiator() {
		return this.direction == Direction.OUTBOUND;
	}

	@Override
	public long streamId(StreamChannel stream) {
		return stream.streamId();
	}

	@Override
	public long lastOpenedStreamId() {
		return this.lastOpened;
	}

	@Override
	public boolean trySend(ByteBuf datagram) {
		boolean taken = this.queue.offer(this.channel, datagram) != DatagramQueue.Outcome.FULL;
		if (taken) {
			datagram.release();
		}
		else if (!this.waiting) {
			this.waiting = true;
			this.channel.eventLoop().schedule(this::retry, RETRY_NANOS, TimeUnit.NANOSECONDS);
		}
		return taken;
	}

	private void retry() {
		this.waiting = false;
		Receiver told = this.receiver;
		if (told != null) {
			told.writable();
		}
	}

	@Override
	public void flush() {
		this.queue.flush(this.channel);
		measureIfDue();
	}

	@Override
	public void receiver(Receiver receiver) {
		this.receiver = receiver;
	}

	@Override
	public void close(long code, String reason) {
		Farewell.close(this.channel, (int) code, reason);
	}

}
