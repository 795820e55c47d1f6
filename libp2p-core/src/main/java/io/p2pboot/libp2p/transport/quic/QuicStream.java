package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.net.SocketAddress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream as {@link io.p2pboot.libp2p.muxer.MuxerSession} describes it, over a stream of
 * Netty's codec, which differs in what the end of a stream does: there, FIN overtakes
 * what is queued, closing drops it, and a lost connection is not an error. Its methods
 * may be called on any thread, as those of every channel; its state is the event loop's
 * only.
 */
final class QuicStream extends StreamChildChannel {

	/** How many bytes of one write are handed to the codec at a time. */
	static final int CHUNK_BYTES = 64 * 1024;

	/**
	 * The end of a write up to this size waits for one turn of the event loop: a thread
	 * that finishes the stream right after has FIN leave in the same frame.
	 */
	static final int JOINED_BYTES = 16 * 1024;

	/**
	 * How many bytes are dropped quietly after the peer has stopped reading, before
	 * writing fails.
	 */
	static final int MAX_DISCARDED_BYTES = 1 << 20;

	private final QuicSession session;

	private final QuicStreamChannel wire;

	private boolean answered;

	private boolean delivered;

	/** It was asked for data, and none has come since. */
	private boolean reading;

	private long deliveredBytes;

	private long arrivals;

	private boolean endFired;

	private boolean finRequested;

	private boolean finSent;

	/** The codec has it, with all that was before it. */
	private boolean finWritten;

	private boolean failed;

	/** The peer has reset it. */
	private boolean resetByPeer;

	/** The peer does not read any more: STOP_SENDING. */
	private boolean stopped;

	private int discarded;

	private int inFlight;

	/** When the codec took data last. */
	private long sentNanos;

	private boolean turnAwaited;

	private boolean turnOver;

	private final LastByte hold;

	QuicStream(QuicSession session, QuicStreamChannel wire) {
		super(session.channel());
		this.session = session;
		this.wire = wire;
		// The connection's allocator counts the codec's packets, not the application's
		// bytes.
		config().setAllocator(PooledByteBufAllocator.DEFAULT);
		this.hold = new LastByte(session.channel().eventLoop(), this::resume);
	}

	QuicStreamChannel wire() {
		return this.wire;
	}

	// From the codec.

	/** Takes bytes; owns them from now on. */
	void receive(ByteBuf bytes) {
		if (!this.answered) {
			this.answered = true;
			this.session.answered(this.wire);
		}
		this.reading = false;
		this.deliveredBytes += bytes.readableBytes();
		this.session.delivered(bytes.readableBytes());
		if (isInputShutdown() || !isOpen()) {
			bytes.release();
			return;
		}
		this.delivered = true;
		this.arrivals++;
		pipeline().fireChannelRead(bytes);
	}

	void readComplete() {
		if (this.delivered) {
			this.delivered = false;
			pipeline().fireChannelReadComplete();
		}
	}

	/** The peer has finished, and all that it sent was delivered. */
	void finished() {
		if (this.endFired || !isOpen()) {
			return;
		}
		this.endFired = true;
		readComplete();
		fireInputShutdown();
		closeIfDone();
	}

	/** How many bytes the codec has delivered. */
	long deliveredBytes() {
		return this.deliveredBytes;
	}

	/** Whether the codec has nothing for it that could be read now. */
	boolean isSettled() {
		return this.reading || this.endFired || isInputShutdown();
	}

	/** The peer has reset the stream. */
	void resetByPeer(StreamReset cause) {
		this.resetByPeer = true;
		failed(cause);
	}

	/** Whether the peer opened it for nothing. */
	boolean isWasted() {
		return !this.wire.isLocalCreated() && (this.resetByPeer || this.endFired && !this.answered);
	}

	/** The stream ended at once: tells why and closes. */
	void failed(IOException cause) {
		if (!isOpen()) {
			return;
		}
		this.failed = true;
		shutInput();
		finFailed(cause);
		pipeline().fireExceptionCaught(cause);
		closeNow();
	}

	/**
	 * The connection ends: what has come is delivered, asked for or not, since the codec
	 * forgets it. The stream's window bounds it.
	 */
	void drain() {
		long before;
		do {
			before = this.arrivals;
			this.wire.read();
		}
		while (this.arrivals != before && isOpen() && !this.endFired);
	}

	/** The codec's stream is gone. */
	void lost() {
		boolean connected = this.session.channel().isActive();
		if (connected && this.stopped && this.endFired && !this.finWritten) {
			// What is still written is dropped, as the peer wants it.
			return;
		}
		boolean over = this.finWritten && this.endFired;
		boolean closing = this.finRequested && isInputShutdown();
		if (over || (connected && closing)) {
			// Where both ends closed, neither misses what the other did not send.
			closeNow();
		}
		else {
			failed(this.session.loss());
		}
	}

	/** The window has room again. */
	void resume() {
		if (isOpen()) {
			resumeFlush();
		}
	}

	// Of the channel.

	@Override
	protected void doBeginRead() {
		if (!isInputShutdown()) {
			this.reading = true;
			this.session.read(this.wire);
		}
	}

	@Override
	protected void doWrite(ChannelOutboundBuffer outbound) {
		for (Object message = outbound.current(); message != null; message = outbound.current()) {
			ByteBuf bytes = (ByteBuf) message;
			if (!bytes.isReadable()) {
				outbound.remove();
			}
			else if (this.stopped) {
				discard(outbound, bytes.readableBytes());
			}
			else if ((!this.wire.isWritable() && this.inFlight > 0) || !send(outbound, bytes)) {
				// One chunk waits in the codec: if the peer stops reading, that fails.
				return;
			}
		}
		finishIfDrained();
	}

	/** Sends a chunk; false if what is left has to wait. */
	private boolean send(ChannelOutboundBuffer outbound, ByteBuf bytes) {
		int length = Math.min(bytes.readableBytes(), CHUNK_BYTES);
		boolean last = length == bytes.readableBytes() && outbound.size() == 1;
		if (last && !this.finRequested) {
			length -= heldBytes(length);
			if (length == 0) {
				return false;
			}
		}
		ByteBuf chunk = bytes.retainedSlice(bytes.readerIndex(), length);
		boolean fin = last && this.finRequested;
		this.finSent = fin;
		this.inFlight++;
		this.sentNanos = eventLoop().ticker().nanoTime();
		this.session.sent(this.sentNanos);
		// Room for more may have the application write, and finish, before this returns.
		outbound.removeBytes(length);
		ChannelFuture write = this.wire.write(fin ? new DefaultQuicStreamFrame(chunk, true) : chunk);
		write.addListener(this::written);
		if (!write.isDone() && this.wire.bytesBeforeUnwritable() > 0) {
			forgotten();
		}
		return true;
	}

	/** How much of the end of a write is held back for a moment, for FIN to join it. */
	private int heldBytes(int length) {
		if (this.wire.isInputShutdown()) {
			if (this.hold.isOver()) {
				return 0;
			}
			this.hold.begin();
			return 1;
		}
		if (this.turnOver || length > JOINED_BYTES) {
			return 0;
		}
		awaitTurn();
		return length;
	}

	private void awaitTurn() {
		if (!this.turnAwaited) {
			this.turnAwaited = true;
			eventLoop().execute(() -> {
				this.turnAwaited = false;
				this.turnOver = true;
				resume();
				this.turnOver = false;
			});
		}
	}

	/**
	 * A write waits though there is room: the codec has forgotten the stream, since the
	 * peer has both finished and stopped reading.
	 */
	private void forgotten() {
		this.stopped = true;
		this.wire.close();
	}

	private void discard(ChannelOutboundBuffer outbound, int length) {
		this.discarded += length;
		if (this.discarded > MAX_DISCARDED_BYTES) {
			outbound.remove(StreamReset.byRemote());
		}
		else {
			outbound.remove();
		}
	}

	private void written(Future<? super Void> write) {
		this.inFlight--;
		if (write.isSuccess()) {
			finishIfDrained();
			return;
		}
		if (!this.stopped && !(write.cause() instanceof ChannelOutputShutdownException)) {
			eventLoop().execute(this::lost);
			return;
		}
		if (!this.stopped) {
			this.stopped = true;
			if (!isInputShutdown()) {
				// If it was a reset, reading finds it, and its code.
				this.wire.read();
			}
		}
		if (this.endFired && !this.finRequested) {
			failed(StreamReset.byRemote());
		}
		eventLoop().execute(() -> {
			resume();
			finishIfDrained();
		});
	}

	private void finishIfDrained() {
		ChannelOutboundBuffer outbound = unsafe().outboundBuffer();
		if (!this.finRequested || this.finWritten || this.inFlight > 0 || (outbound != null && !outbound.isEmpty())) {
			return;
		}
		if (!this.finSent && !this.stopped) {
			this.finSent = true;
			this.inFlight++;
			// Outside the reading of packets, so that it leaves before the next ACK is
			// read:
			// the codec forgets a FIN that waits behind data that is acknowledged.
			eventLoop().execute(this::sendFin);
			return;
		}
		this.finSent = true;
		this.finWritten = true;
		finWritten();
		closeIfDone();
	}

	private void sendFin() {
		long wait = this.wire.isInputShutdown() ? this.session.finWaitNanos(this.wire, this.sentNanos) : 0;
		if (wait > 0 && !this.stopped && isOpen()) {
			eventLoop().schedule(this::sendFin, wait, TimeUnit.NANOSECONDS);
			return;
		}
		this.session.sent(eventLoop().ticker().nanoTime());
		ChannelFuture fin = this.wire.shutdownOutput();
		fin.addListener(this::written);
		if (!fin.isDone()) {
			forgotten();
		}
	}

	/**
	 * Closes once nothing is left for the channel: all was sent, and all was delivered or
	 * is not wanted any more.
	 */
	private void closeIfDone() {
		if (this.finWritten && (this.endFired || isClosing()) && isOpen()) {
			eventLoop().execute(this::closeNow);
		}
	}

	@Override
	protected void closed() {
		this.session.closed(this, this.endFired, this.finWritten);
	}

	@Override
	public boolean isOutputShutdown() {
		return this.finRequested || this.failed;
	}

	@Override
	protected void requestFin() {
		if (!this.finRequested) {
			this.finRequested = true;
			unsafe().flush();
			finishIfDrained();
		}
	}

	@Override
	protected void stopReading() {
		if (shutInput()) {
			this.wire.shutdownInput(0);
		}
	}

	@Override
	protected boolean isSendingOver() {
		return this.failed || this.finWritten || !this.session.isOpen();
	}

	@Override
	protected @Nullable SocketAddress localAddress0() {
		return this.wire.localAddress();
	}

	@Override
	protected @Nullable SocketAddress remoteAddress0() {
		return this.wire.remoteAddress();
	}

}
