package io.p2pboot.libp2p.muxer.yamux;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.StreamEnds;
import io.p2pboot.libp2p.resource.StreamScope;
import org.jspecify.annotations.Nullable;

/**
 * A stream as a child channel. Its methods may be called on any thread, as those of every
 * channel; its state is the event loop's only.
 */
final class YamuxStreamChannel extends StreamChildChannel {

	/** How many bytes one read delivers before it is complete. */
	static final int BATCH_BYTES = 128 * 1024;

	/** Queued pieces below this size are copied together. */
	static final int SMALL_BYTES = 4096;

	private static final int FIRST_SMALL_BYTES = 256;

	private final YamuxHandler session;

	private final YamuxStream stream;

	private final Deque<ByteBuf> queue = new ArrayDeque<>();

	private final Gathering gathering = new Gathering();

	/** The last of the queue while small pieces may be added to it. */
	private @Nullable ByteBuf small;

	private boolean touched;

	private boolean queuedForTurn;

	private boolean readPending;

	private boolean delivering;

	private int batchBytes;

	private int uncredited;

	YamuxStreamChannel(YamuxHandler session, YamuxStream stream, Direction direction) {
		super(session.channel(), direction);
		this.session = session;
		this.stream = stream;
	}

	@Override
	public long streamId() {
		return Integer.toUnsignedLong(this.stream.id());
	}

	// From the session.

	/** Takes a piece of a body; owns it from now on. */
	void receive(ByteBuf bytes) {
		StreamScope scope = attr(StreamScope.KEY).get();
		if (scope != null) {
			scope.reserve(bytes.readableBytes());
		}
		if (this.readPending && this.queue.isEmpty() && this.batchBytes < BATCH_BYTES && !this.delivering) {
			deliverPiece(bytes);
			if (!this.touched) {
				this.touched = true;
				this.session.touched(this);
			}
		}
		else {
			enqueue(bytes);
		}
	}

	/**
	 * A piece that is delivered may be kept, and keeps no more alive than one in the
	 * queue.
	 */
	private void deliverPiece(ByteBuf bytes) {
		if (isLeanSlice(bytes)) {
			deliverCounted(bytes);
			return;
		}
		try {
			deliverCounted(alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes));
		}
		finally {
			bytes.release();
		}
	}

	/** Whether what lies behind a piece is at most about twice as long. */
	private static boolean isLeanSlice(ByteBuf bytes) {
		ByteBuf whole = bytes.unwrap();
		return whole == null || whole.capacity() <= 2 * bytes.readableBytes();
	}

	private void deliverCounted(ByteBuf bytes) {
		int length = bytes.readableBytes();
		this.batchBytes += length;
		this.uncredited += length;
		deliver(bytes);
	}

	/**
	 * Queues a piece. What is queued keeps at most about twice its bytes alive: a slice
	 * of a larger buffer is copied.
	 */
	private void enqueue(ByteBuf bytes) {
		int length = bytes.readableBytes();
		if (length >= SMALL_BYTES && isLeanSlice(bytes)) {
			this.small = null;
			this.queue.add(bytes);
			return;
		}
		ByteBuf last = this.small;
		if (last == null || last.maxWritableBytes() < length) {
			last = alloc().buffer(Math.max(FIRST_SMALL_BYTES, length), Math.max(SMALL_BYTES, length));
			this.small = last;
			this.queue.add(last);
		}
		last.writeBytes(bytes);
		bytes.release();
	}

	/** The parent's read is complete: so is the batch. */
	void readComplete() {
		this.touched = false;
		if (this.batchBytes > 0 && !this.delivering) {
			endBatch();
			continueReading();
		}
	}

	private void endBatch() {
		this.batchBytes = 0;
		this.readPending = false;
		batchDelivered();
	}

	private void continueReading() {
		this.delivering = true;
		try {
			while (this.readPending && !this.queue.isEmpty() && isOpen()) {
				while (!this.queue.isEmpty() && this.batchBytes < BATCH_BYTES && isOpen()) {
					deliverCounted(next());
				}
				endBatch();
			}
		}
		finally {
			this.delivering = false;
		}
		fireEnd();
	}

	private ByteBuf next() {
		ByteBuf next = this.queue.remove();
		if (next == this.small) {
			this.small = null;
		}
		return next;
	}

	/** The peer has finished. */
	void finished() {
		ends().finished();
		if (hasEnded()) {
			fireEnd();
		}
		else {
			closeIfOver();
		}
	}

	private void fireEnd() {
		if (!hasEnded() || !this.queue.isEmpty() || !isOpen() || this.delivering) {
			return;
		}
		if (this.batchBytes > 0) {
			endLastBatch();
		}
		if (hasEnded()) {
			delivered();
		}
	}

	/** Whoever asks for more within hears of the end behind it, not in it. */
	private void endLastBatch() {
		this.delivering = true;
		try {
			endBatch();
		}
		finally {
			this.delivering = false;
		}
	}

	/** The peer has finished, and that was not told yet. */
	private boolean hasEnded() {
		return ends().receive() == StreamEnds.ReceiveState.ENDED;
	}

	/**
	 * The connection ends: what the peer sent and finished is delivered, asked for or
	 * not. The stream's window bounds it.
	 */
	void drain() {
		if (!hasEnded() || this.delivering) {
			return;
		}
		while (!this.queue.isEmpty() && isOpen()) {
			deliverCounted(next());
		}
		fireEnd();
	}

	/** The stream ended at once: tells why and closes. */
	void failed(IOException cause) {
		fail(cause);
	}

	@Override
	protected void failing() {
		discardQueue();
	}

	@Override
	protected void sendReset(long code) {
		this.session.resetStream(this.stream, code);
	}

	private void discardQueue() {
		int bytes = this.uncredited;
		this.uncredited = 0;
		for (ByteBuf left : this.queue) {
			bytes += left.readableBytes();
			left.release();
		}
		this.queue.clear();
		this.small = null;
		consumed(bytes);
	}

	private void consumed(int bytes) {
		if (bytes == 0) {
			return;
		}
		StreamScope scope = attr(StreamScope.KEY).get();
		if (scope != null) {
			scope.release(bytes);
		}
		this.session.consumed(this.stream, bytes);
	}

	/** Whether it was not in the line before. */
	boolean queueForTurn() {
		boolean first = !this.queuedForTurn;
		this.queuedForTurn = true;
		return first;
	}

	/** It is at the head of the line. */
	void takeTurn() {
		this.queuedForTurn = false;
		resume();
	}

	/** The window or the connection has room again. */
	void resume() {
		if (isOpen()) {
			resumeFlush();
		}
	}

	// Of the channel.

	@Override
	protected void doBeginRead() {
		int credit = this.uncredited;
		this.uncredited = 0;
		consumed(credit);
		this.readPending = true;
		if (!this.delivering) {
			continueReading();
		}
	}

	@Override
	protected void doWrite(ChannelOutboundBuffer outbound) throws Exception {
		boolean first = true;
		while (!outbound.isEmpty() && this.session.isOpen()) {
			int length = this.gathering.measure(outbound);
			if (length > 0) {
				length = this.stream.sendable(length);
				if (length == 0) {
					return;
				}
				if (!this.session.turns().maySend(this, first)) {
					this.session.turns().await(this);
					return;
				}
				first = false;
				this.stream.sent(length);
				this.gathering.send(outbound, length);
			}
			// Also removes what is empty; a listener may close the stream.
			outbound.removeBytes(length);
		}
		finishIfDrained();
	}

	private void finishIfDrained() {
		ChannelOutboundBuffer outbound = unsafe().outboundBuffer();
		if (ends().send() != StreamEnds.SendState.FIN_REQUESTED || (outbound != null && !outbound.isEmpty())) {
			return;
		}
		ends().finWritten();
		if (this.stream.maySend()) {
			this.session.finish(this.stream);
		}
		finWritten();
	}

	@Override
	protected void closed() {
		discardQueue();
		this.session.abandon(this.stream);
	}

	@Override
	protected void requestFin() {
		if (isClosing()) {
			this.session.leave(this.stream);
		}
		if (!isOutputShutdown()) {
			unsafe().flush();
			ends().requestFin();
			finishIfDrained();
		}
	}

	@Override
	protected void readingStopped() {
		discardQueue();
	}

	@Override
	protected boolean isConnected() {
		return !this.stream.isClosed() && this.session.isOpen();
	}

	/** Collects what was flushed into frames. */
	private final class Gathering implements ChannelOutboundBuffer.MessageProcessor {

		private int left;

		private @Nullable ByteBuf target;

		/** How many bytes the next frame may carry. */
		int measure(ChannelOutboundBuffer outbound) throws Exception {
			int most = YamuxStreamChannel.this.session.maxBodyBytes();
			this.left = most;
			this.target = null;
			outbound.forEachFlushedMessage(this);
			return most - this.left;
		}

		/** Sends the next bytes: copied once, to lie behind their header. */
		void send(ChannelOutboundBuffer outbound, int length) throws Exception {
			this.target = YamuxStreamChannel.this.session.sendData(YamuxStreamChannel.this.stream, length);
			this.left = length;
			outbound.forEachFlushedMessage(this);
			this.target = null;
		}

		@Override
		public boolean processMessage(Object message) {
			ByteBuf bytes = (ByteBuf) message;
			int length = Math.min(bytes.readableBytes(), this.left);
			if (this.target != null) {
				this.target.writeBytes(bytes, bytes.readerIndex(), length);
			}
			this.left -= length;
			return this.left > 0;
		}

	}

}
