package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.StreamEnds.ReceiveState;
import io.p2pboot.libp2p.muxer.StreamEnds.SendState;
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
	 * What is written waits for a moment if it is no longer than this, and the end of
	 * what is longer: what a thread writes right after, and FIN, leave in the same frame.
	 */
	static final int JOINED_BYTES = 16 * 1024;

	/**
	 * How many bytes are dropped quietly after the peer has stopped reading, before
	 * writing fails.
	 */
	static final int MAX_DISCARDED_BYTES = 1 << 20;

	/**
	 * Whether small writes wait for more of them, and for FIN.
	 */
	private enum Turn {

		/** Nothing waits. From the beginning, and from OVER. */
		NONE,

		/** What waits goes out with the next turn of the event loop. From NONE. */
		AWAITED,

		/** That turn has come, and lasts. From AWAITED. */
		OVER

	}

	private final QuicSession session;

	private final QuicStreamChannel wire;

	private boolean answered;

	/** Something was delivered since the last read was complete. */
	private boolean batchBegun;

	/** It was asked for data, and none has come since. */
	private boolean reading;

	private long deliveredBytes;

	private long arrivals;

	/** The peer has reset it. */
	private boolean resetByPeer;

	/**
	 * The peer has asked us to stop: STOP_SENDING. That ends neither side, it only says
	 * that what we write is not wanted (RFC 9000 section 3.5).
	 */
	private boolean stopped;

	private int discarded;

	private int inFlight;

	/** When the codec took data last. */
	private long sentNanos;

	private Turn turn = Turn.NONE;

	/** Its FIN was given to the codec without data. */
	private boolean finLeft;

	/** The application has closed it, and not all that it wrote was sent. */
	private boolean left;

	private long leftNanos;

	private final LastWrite hold;

	QuicStream(QuicSession session, QuicStreamChannel wire) {
		super(session.channel(), wire.isLocalCreated() ? Direction.OUTBOUND : Direction.INBOUND);
		this.session = session;
		this.wire = wire;
		// The connection's allocator counts the codec's packets, not the application's
		// bytes.
		config().setAllocator(PooledByteBufAllocator.DEFAULT);
		this.hold = new LastWrite(session.channel().eventLoop(), this::resume);
	}

	QuicStreamChannel wire() {
		return this.wire;
	}

	@Override
	public long streamId() {
		return this.wire.streamId();
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
		this.session.delivered(this, bytes.readableBytes());
		if (isInputShutdown() || !isOpen()) {
			bytes.release();
			return;
		}
		this.batchBegun = true;
		this.arrivals++;
		deliver(bytes);
	}

	void readComplete() {
		if (this.batchBegun) {
			this.batchBegun = false;
			batchDelivered();
		}
	}

	/** The peer has finished, and all that it sent was delivered. */
	void finished() {
		if (!isOpen() || !ends().mayFinish()) {
			return;
		}
		ends().finished();
		this.session.settled(this);
		readComplete();
		if (ends().receive() == ReceiveState.ENDED) {
			delivered();
		}
		else {
			closeIfOver();
		}
	}

	/** How many bytes the codec has delivered. */
	long deliveredBytes() {
		return this.deliveredBytes;
	}

	/**
	 * The codec has nothing for it any more but the peer's end, which nobody has asked
	 * for: FIN, or a reset, behind which there is nothing to read.
	 */
	void readEnd() {
		doBeginRead();
	}

	/** Whether the codec has nothing for it that could be read now. */
	boolean isSettled() {
		return this.reading || !ends().mayFinish() || isInputShutdown();
	}

	/** The peer has reset the stream. */
	void resetByPeer(StreamReset cause) {
		this.resetByPeer = true;
		failed(cause);
	}

	/** Whether the peer opened it for nothing. */
	boolean isWasted() {
		return !this.wire.isLocalCreated() && (this.resetByPeer || hasEnded() && !this.answered);
	}

	/** The stream ended at once: tells why and closes. */
	void failed(IOException cause) {
		fail(cause);
	}

	/** The peer's end has been read. */
	private boolean hasEnded() {
		return ends().receive() == ReceiveState.DELIVERED;
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
		while (this.arrivals != before && isOpen() && !hasEnded());
	}

	/** The codec's stream is gone. */
	void lost() {
		boolean connected = this.session.channel().isActive();
		boolean written = ends().send() == SendState.FIN_WRITTEN;
		if (connected && this.stopped && hasEnded() && !written) {
			// What is still written is dropped, as the peer wants it.
			return;
		}
		boolean over = written && hasEnded();
		boolean closing = isOutputShutdown() && isInputShutdown();
		if (over || (connected && closing)) {
			// Where both ends closed, neither misses what the other did not send.
			closeNow();
		}
		else {
			failed(this.session.loss());
		}
	}

	/** Whether the application closed it so long ago, and something is still to send. */
	boolean isLeftFor(long nanos, long now) {
		return this.left && isFinishing() && now - this.leftNanos >= nanos;
	}

	/** It was closed here, and has waited too long for the peer. */
	void expire() {
		sendReset(StreamReset.NO_ERROR);
		failed(StreamReset.local(StreamReset.NO_ERROR, "the peer does not take what was written"));
	}

	/** The peer has all that was sent: a FIN that waits for that may leave. */
	void acknowledged() {
		// Not within the reading of packets.
		eventLoop().execute(this::handFin);
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
			this.session.settled(this);
			this.session.read(this.wire);
		}
	}

	@Override
	protected void doWrite(ChannelOutboundBuffer outbound) {
		if (isHeld(outbound)) {
			return;
		}
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

	/** Whether little is written, which waits for a moment as a whole. */
	private boolean isHeld(ChannelOutboundBuffer outbound) {
		if (this.stopped || isOutputShutdown() || outbound.isEmpty()
				|| outbound.totalPendingWriteBytes() > JOINED_BYTES) {
			return false;
		}
		return this.wire.isInputShutdown() ? this.hold.holdAll() : awaitTurn();
	}

	/** Sends a chunk; false if what is left has to wait. */
	private boolean send(ChannelOutboundBuffer outbound, ByteBuf bytes) {
		boolean joined = outbound.size() > 1 && outbound.totalPendingWriteBytes() <= JOINED_BYTES;
		ByteBuf all = joined ? join(outbound) : bytes.retain();
		try {
			int length = Math.min(all.readableBytes(), CHUNK_BYTES);
			boolean last = length == all.readableBytes() && (joined || outbound.size() == 1);
			if (last && !isOutputShutdown()) {
				length -= heldBytes(length);
				if (length == 0) {
					return false;
				}
			}
			hand(outbound, all.retainedSlice(all.readerIndex(), length),
					last && ends().send() == SendState.FIN_REQUESTED);
			return true;
		}
		finally {
			all.release();
		}
	}

	/** Several small writes as one, since each would be a packet of its own. */
	private ByteBuf join(ChannelOutboundBuffer outbound) {
		ByteBuf all = alloc().directBuffer((int) outbound.totalPendingWriteBytes());
		try {
			outbound.forEachFlushedMessage((message) -> {
				ByteBuf bytes = (ByteBuf) message;
				all.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
				return true;
			});
			return all;
		}
		catch (Exception ex) {
			all.release();
			throw new IllegalStateException(ex);
		}
	}

	/** Hands the next bytes, which it owns, to the codec. */
	private void hand(ChannelOutboundBuffer outbound, ByteBuf chunk, boolean fin) {
		int length = chunk.readableBytes();
		if (fin) {
			ends().finSent();
		}
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
	}

	/** How much of the end of a write is held back for a moment, for FIN to join it. */
	private int heldBytes(int length) {
		if (this.wire.isInputShutdown()) {
			return this.hold.holdEnd() ? 1 : 0;
		}
		return (length <= JOINED_BYTES && awaitTurn()) ? length : 0;
	}

	/** Waits for the next turn of the event loop; false while that lasts. */
	private boolean awaitTurn() {
		if (this.turn == Turn.NONE) {
			this.turn = Turn.AWAITED;
			eventLoop().execute(() -> {
				this.turn = Turn.OVER;
				resume();
				this.turn = Turn.NONE;
			});
		}
		return this.turn == Turn.AWAITED;
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
		if (hasEnded() && !isOutputShutdown()) {
			failed(StreamReset.byRemote());
		}
		eventLoop().execute(() -> {
			resume();
			finishIfDrained();
		});
	}

	private void finishIfDrained() {
		ChannelOutboundBuffer outbound = unsafe().outboundBuffer();
		if (!isFinishing() || this.inFlight > 0 || (outbound != null && !outbound.isEmpty())) {
			return;
		}
		if (ends().send() == SendState.FIN_REQUESTED && !this.stopped) {
			ends().finSent();
			this.inFlight++;
			// Outside the reading of packets, so that it leaves before the next ACK is
			// read: the codec forgets a FIN that waits behind acknowledged data.
			long until = eventLoop().ticker().nanoTime() + LoneFin.MAX_WAIT_NANOS;
			eventLoop().execute(() -> sendFin(until));
			return;
		}
		ends().finWritten();
		finWritten();
	}

	/** FIN was asked for, and is not known to be written. */
	private boolean isFinishing() {
		return isOutputShutdown() && !ends().isSendingOver();
	}

	/** Sends FIN alone, at the time given at the latest. */
	private void sendFin(long untilNanos) {
		long left = untilNanos - eventLoop().ticker().nanoTime();
		boolean mayWait = left > 0 && this.wire.isInputShutdown() && !this.stopped && isOpen();
		long wait = (mayWait && !this.finLeft) ? this.session.finWaitNanos(this, this.sentNanos) : 0;
		if (wait > 0) {
			eventLoop().schedule(() -> sendFin(untilNanos), Math.min(wait, left), TimeUnit.NANOSECONDS);
		}
		else {
			handFin();
		}
	}

	private void handFin() {
		if (this.finLeft) {
			return;
		}
		this.finLeft = true;
		this.session.sent(eventLoop().ticker().nanoTime());
		ChannelFuture fin = this.wire.shutdownOutput();
		fin.addListener(this::written);
		if (!fin.isDone()) {
			forgotten();
		}
	}

	@Override
	protected void closed() {
		this.session.closed(this, hasEnded(), ends().send() == SendState.FIN_WRITTEN);
	}

	@Override
	protected void requestFin() {
		if (ends().requestFin()) {
			unsafe().flush();
			finishIfDrained();
		}
		if (isClosing() && isFinishing() && !this.left) {
			this.left = true;
			this.leftNanos = eventLoop().ticker().nanoTime();
		}
	}

	@Override
	protected void readingStopped() {
		this.session.settled(this);
		this.wire.shutdownInput(0);
	}

	@Override
	protected void sendReset(long code) {
		if (this.session.isOpen()) {
			this.wire.shutdown(QuicSession.wireCode(code), this.wire.newPromise());
		}
	}

	@Override
	protected boolean isConnected() {
		return this.session.isOpen();
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
