package io.p2pboot.libp2p.muxer;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.DefaultChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * A stream as the child channel of its connection: what every multiplexer's streams have
 * in common, as {@link MuxerSession} describes it. Closing is graceful: what was written
 * goes out, then FIN, then the channel ends. The methods of the channel may be called on
 * any thread; what a multiplexer adds is the event loop's only. What it carries is known
 * once that is {@linkplain #negotiated negotiated}.
 */
public abstract class StreamChildChannel extends AbstractChannel implements StreamChannel {

	/**
	 * How the channel stands, apart from the ends of the stream.
	 */
	private enum State {

		/** From the beginning. */
		OPEN,

		/** A close waits until all is sent; nothing is delivered any more. From OPEN. */
		CLOSING,

		/** From both; final. */
		CLOSED

	}

	private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

	private final ChannelConfig config;

	private final Direction direction;

	private volatile @Nullable Negotiated negotiated;

	private final StreamEnds ends = new StreamEnds();

	private volatile State state = State.OPEN;

	/** Payload that was delivered and the observer was not told of. */
	private long received;

	/** Payload that was written and the observer was not told of. */
	private long sent;

	/** Of those who wait until FIN is written. */
	private @Nullable List<ChannelPromise> finPromises;

	/**
	 * Creates a stream.
	 * @param connection the connection's channel
	 * @param direction who opens it
	 */
	@SuppressWarnings("this-escape")
	protected StreamChildChannel(Channel connection, Direction direction) {
		super(connection);
		this.direction = direction;
		// Keeps the channel for later, as its pipeline does.
		this.config = new DefaultChannelConfig(this);
		this.config.setAllocator(connection.alloc());
		this.config.setAutoRead(direction == Direction.OUTBOUND);
	}

	/**
	 * Registers the stream on its connection's event loop, and has it set up. Called once
	 * by its multiplexer, on that event loop.
	 * @param setup adds its handlers
	 */
	public final void start(StreamAcceptor setup) {
		parent().eventLoop().register(this);
		try {
			setup.accept(this);
		}
		catch (RuntimeException ex) {
			pipeline().fireExceptionCaught(ex);
		}
	}

	// What it carries.

	/**
	 * Says what the stream carries, once. Event loop only.
	 * @param protocol the protocol that was agreed on
	 * @param connection the connection
	 * @param observer is told of the stream, of its end, and of the payload that moves:
	 * what was received once a read is complete, what was written when it is flushed
	 * @throws IllegalStateException if it was said before
	 */
	public final void negotiated(ProtocolPath protocol, Connection connection, NodeObserver observer) {
		Negotiated before = this.negotiated;
		if (before != null) {
			throw new IllegalStateException("The stream carries " + before.protocol() + " already");
		}
		Negotiated known = new Negotiated(protocol, connection, this.direction, observer);
		this.negotiated = known;
		known.opened();
		if (!isOpen()) {
			known.closed();
		}
	}

	/**
	 * Some of the stream's bytes are not the protocol's, but its negotiation's: told
	 * after they are received, and before they are written.
	 * @param direction inbound for received, outbound for sent
	 * @param bytes how many
	 */
	public final void notPayload(Direction direction, int bytes) {
		switch (direction) {
			case INBOUND -> this.received -= bytes;
			case OUTBOUND -> this.sent -= bytes;
		}
	}

	private void tellReceived() {
		Negotiated known = this.negotiated;
		if (known != null) {
			this.received = known.moved(Direction.INBOUND, this.received);
		}
	}

	private void tellSent() {
		Negotiated known = this.negotiated;
		if (known != null) {
			this.sent = known.moved(Direction.OUTBOUND, this.sent);
		}
	}

	private Negotiated negotiated() {
		Negotiated known = this.negotiated;
		if (known == null) {
			throw new IllegalStateException("The stream is not negotiated");
		}
		return known;
	}

	@Override
	public final ProtocolPath protocol() {
		return negotiated().protocol();
	}

	@Override
	public final Connection connection() {
		return negotiated().connection();
	}

	@Override
	public final Direction direction() {
		return this.direction;
	}

	// What a multiplexer does.

	/**
	 * Flushes, and sends FIN as soon as all that was written is sent. Called again
	 * without harm.
	 */
	protected abstract void requestFin();

	/**
	 * Discards what has arrived and was not delivered, and tells the peer where that can
	 * be told; called once.
	 */
	protected abstract void readingStopped();

	/**
	 * Returns whether something that is sent can come to the peer: if not, closing has
	 * nothing to wait for.
	 * @return whether the stream is connected
	 */
	protected abstract boolean isConnected();

	/**
	 * Tells the peer that the stream ends at once.
	 * @param code the application's error code
	 */
	protected abstract void sendReset(long code);

	/**
	 * The stream ends at once: discards what has arrived and was not delivered, before
	 * the pipeline is told.
	 */
	protected void failing() {
	}

	/**
	 * Frees what the stream holds; called once.
	 */
	protected abstract void closed();

	// What it is told.

	/**
	 * Returns how far the ends of the stream have come.
	 * @return the ends
	 */
	protected final StreamEnds ends() {
		return this.ends;
	}

	/**
	 * Delivers bytes to the pipeline, which owns them from now on.
	 * @param bytes what was received
	 */
	protected final void deliver(ByteBuf bytes) {
		this.received += bytes.readableBytes();
		pipeline().fireChannelRead(bytes);
	}

	/**
	 * Tells the pipeline that a batch was delivered.
	 */
	protected final void batchDelivered() {
		tellReceived();
		pipeline().fireChannelReadComplete();
	}

	/**
	 * All that the peer sent before its FIN was delivered: tells the pipeline.
	 */
	protected final void delivered() {
		this.ends.delivered();
		pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
		closeIfOver();
	}

	/**
	 * FIN is written, as {@link #ends()} know already: tells those who wait for it, and
	 * the pipeline.
	 */
	protected final void finWritten() {
		for (ChannelPromise promise : takeFinPromises()) {
			promise.trySuccess();
		}
		if (isOpen()) {
			pipeline().fireUserEventTriggered(ChannelOutputShutdownEvent.INSTANCE);
		}
		closeIfOver();
	}

	/**
	 * Closes the channel once nothing is left for it: all was sent, and all delivered or
	 * not wanted.
	 */
	protected final void closeIfOver() {
		boolean received = this.ends.receive() == StreamEnds.ReceiveState.DELIVERED || this.state == State.CLOSING;
		if (this.ends.send() == StreamEnds.SendState.FIN_WRITTEN && received && isOpen()) {
			eventLoop().execute(this::closeNow);
		}
	}

	/**
	 * The stream ended at once: tells the pipeline why, and closes. Does nothing if the
	 * channel is closed, or about to be since both sides are over.
	 * @param cause why
	 */
	protected final void fail(Throwable cause) {
		if (isOpen() && this.ends.reset()) {
			failing();
			finFailed(cause);
			pipeline().fireExceptionCaught(cause);
			closeNow();
		}
	}

	private void finFailed(Throwable cause) {
		for (ChannelPromise promise : takeFinPromises()) {
			promise.tryFailure(cause);
		}
	}

	private void awaitFin(ChannelPromise promise) {
		List<ChannelPromise> waiting = this.finPromises;
		if (waiting == null) {
			waiting = new ArrayList<>(1);
			this.finPromises = waiting;
		}
		waiting.add(promise);
	}

	private List<ChannelPromise> takeFinPromises() {
		List<ChannelPromise> waiting = this.finPromises;
		this.finPromises = null;
		return (waiting != null) ? waiting : List.of();
	}

	/**
	 * Returns whether a close waits until all is sent.
	 * @return whether only sending goes on
	 */
	protected final boolean isClosing() {
		return this.state == State.CLOSING;
	}

	private void stopReading() {
		if (this.ends.stop()) {
			readingStopped();
			closeIfOver();
		}
	}

	/**
	 * Ends the channel without waiting for anything.
	 */
	protected final void closeNow() {
		((StreamUnsafe) unsafe()).closeNow();
	}

	/**
	 * Goes on with what was flushed.
	 */
	protected final void resumeFlush() {
		((StreamUnsafe) unsafe()).resume();
	}

	@Override
	protected final void doClose() {
		this.state = State.CLOSED;
		if (this.finPromises != null) {
			finFailed(new ClosedChannelException());
		}
		closed();
		Negotiated known = this.negotiated;
		if (known != null) {
			tellReceived();
			tellSent();
			known.closed();
		}
	}

	@Override
	protected final Object filterOutboundMessage(Object message) throws Exception {
		if (isOutputShutdown()) {
			throw new ClosedChannelException();
		}
		if (message instanceof ByteBuf bytes) {
			this.sent += bytes.readableBytes();
			return message;
		}
		throw new UnsupportedOperationException("A stream sends ByteBuf, not " + message.getClass().getName());
	}

	// The duplex side.

	@Override
	public final boolean isInputShutdown() {
		return this.state == State.CLOSED || !this.ends.isDelivering();
	}

	@Override
	public final boolean isOutputShutdown() {
		return this.ends.send() != StreamEnds.SendState.OPEN;
	}

	@Override
	public final boolean isShutdown() {
		return isInputShutdown() && isOutputShutdown();
	}

	@Override
	public final ChannelFuture shutdownOutput() {
		return shutdownOutput(newPromise());
	}

	@Override
	public final ChannelFuture shutdownOutput(ChannelPromise promise) {
		return inLoop(promise, () -> {
			if (this.ends.send() == StreamEnds.SendState.FIN_WRITTEN) {
				promise.trySuccess();
			}
			else {
				awaitFin(promise);
				requestFin();
			}
		});
	}

	@Override
	public final ChannelFuture shutdownInput() {
		return shutdownInput(newPromise());
	}

	@Override
	public final ChannelFuture shutdownInput(ChannelPromise promise) {
		return inLoop(promise, () -> {
			stopReading();
			promise.trySuccess();
		});
	}

	@Override
	public final ChannelFuture shutdown() {
		return shutdown(newPromise());
	}

	@Override
	public final ChannelFuture shutdown(ChannelPromise promise) {
		shutdownInput();
		return shutdownOutput(promise);
	}

	/**
	 * Waits until what was written so far was handed on, as far as the peer's window lets
	 * it.
	 * @return completes then; fails if the stream ends before
	 */
	public final ChannelFuture sent() {
		ChannelPromise promise = newPromise();
		return inLoop(promise, () -> {
			if (this.ends.send() == StreamEnds.SendState.FIN_WRITTEN) {
				promise.trySuccess();
			}
			else if (isOutputShutdown()) {
				awaitFin(promise);
			}
			else {
				writeAndFlush(Unpooled.EMPTY_BUFFER, promise);
			}
		});
	}

	@Override
	public final ChannelFuture closeWrite() {
		if (this.direction == Direction.OUTBOUND) {
			// Takes an optimistic proposal that nothing followed yet before the FIN.
			flush();
		}
		return shutdownOutput();
	}

	@Override
	public final ChannelFuture reset(long code) {
		if (!isOpen()) {
			return closeFuture();
		}
		inLoop(() -> {
			if (isOpen() && !this.ends.isOver()) {
				sendReset(code);
				fail(StreamReset.local(code));
			}
		});
		return closeFuture();
	}

	private ChannelFuture inLoop(ChannelPromise promise, Runnable action) {
		if (!isOpen()) {
			// The event loop may be gone as well.
			promise.tryFailure(new ClosedChannelException());
			return promise;
		}
		inLoop(() -> {
			if (!isOpen()) {
				promise.tryFailure(new ClosedChannelException());
			}
			else {
				action.run();
			}
		});
		return promise;
	}

	private void inLoop(Runnable task) {
		if (eventLoop().inEventLoop()) {
			task.run();
		}
		else {
			eventLoop().execute(task);
		}
	}

	// What every channel has.

	@Override
	protected final DefaultChannelPipeline newChannelPipeline() {
		return new StreamPipeline(this);
	}

	@Override
	protected final AbstractUnsafe newUnsafe() {
		return new StreamUnsafe();
	}

	@Override
	protected final boolean isCompatible(EventLoop loop) {
		return true;
	}

	@Override
	protected @Nullable SocketAddress localAddress0() {
		return parent().localAddress();
	}

	@Override
	protected @Nullable SocketAddress remoteAddress0() {
		return parent().remoteAddress();
	}

	@Override
	protected final void doBind(SocketAddress localAddress) {
		throw new UnsupportedOperationException("A stream is not bound");
	}

	@Override
	protected final void doDisconnect() {
		doClose();
	}

	@Override
	public final ChannelConfig config() {
		return this.config;
	}

	@Override
	public final boolean isOpen() {
		return this.state != State.CLOSED;
	}

	@Override
	public final boolean isActive() {
		return isOpen();
	}

	@Override
	public final ChannelMetadata metadata() {
		return METADATA;
	}

	/**
	 * Closes gracefully.
	 */
	private final class StreamUnsafe extends AbstractUnsafe {

		@Override
		public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
			promise.setFailure(new UnsupportedOperationException("A stream is opened by its connection"));
		}

		@Override
		public void close(ChannelPromise promise) {
			StreamChildChannel channel = StreamChildChannel.this;
			if (!channel.isOpen() || channel.ends.isSendingOver() || !channel.isConnected()) {
				super.close(promise);
				return;
			}
			closeFuture().addListener((done) -> promise.trySuccess());
			if (channel.state == State.OPEN) {
				channel.state = State.CLOSING;
				channel.stopReading();
				channel.requestFin();
			}
		}

		void closeNow() {
			super.close(voidPromise());
		}

		@Override
		protected void flush0() {
			tellSent();
			super.flush0();
		}

		void resume() {
			flush0();
		}

	}

}
