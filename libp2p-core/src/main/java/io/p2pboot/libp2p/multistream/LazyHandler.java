package io.p2pboot.libp2p.multistream;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import org.jspecify.annotations.Nullable;

/**
 * Proposes a protocol together with the first payload and checks the answer when it
 * comes. Event loop only.
 */
final class LazyHandler extends NegotiationHandler {

	/**
	 * How long a proposal waits for a payload. A peer that speaks first, or that counts
	 * its streams, learns of a stream on which its opener does nothing yet.
	 */
	static final long MAX_WAIT_MILLIS = 10;

	private final InitiatorSession session;

	private final String protocol;

	private final PeerId peer;

	private @Nullable Future<?> wait;

	LazyHandler(String protocol, PeerId peer, Promise<String> promise, Duration timeout, NegotiationBytes bytes) {
		this(new InitiatorSession(List.of(protocol)), protocol, peer, promise, timeout, bytes);
	}

	private LazyHandler(InitiatorSession session, String protocol, PeerId peer, Promise<String> promise,
			Duration timeout, NegotiationBytes bytes) {
		super(session, promise, timeout, bytes, false);
		this.session = session;
		this.protocol = protocol;
		this.peer = peer;
	}

	@Override
	void started(ChannelHandlerContext ctx) {
		// Later: its handlers come right after this one, and say how they read.
		ctx.executor().execute(() -> {
			if (!ctx.isRemoved()) {
				prepared(ctx);
			}
		});
	}

	/**
	 * A protocol that only reads has to ask first; one that reads on demand asks when it
	 * does.
	 */
	private void prepared(ChannelHandlerContext ctx) {
		if (!isNegotiating() || this.session.isStarted()) {
			return;
		}
		if (ctx.channel().config().isAutoRead()) {
			flush(ctx);
			return;
		}
		this.wait = ctx.executor().schedule(() -> {
			if (!ctx.isRemoved()) {
				flush(ctx);
			}
		}, MAX_WAIT_MILLIS, TimeUnit.MILLISECONDS);
	}

	private void propose(ChannelHandlerContext ctx) {
		if (isNegotiating() && !this.session.isStarted()) {
			cancelWait();
			this.session.start(this);
			startTimer();
			readMore(ctx);
		}
	}

	private void cancelWait() {
		Future<?> pending = this.wait;
		if (pending != null) {
			pending.cancel(false);
		}
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		cancelWait();
		super.handlerRemoved(ctx);
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		propose(ctx);
		super.write(ctx, message, promise);
	}

	@Override
	public void flush(ChannelHandlerContext ctx) {
		propose(ctx);
		super.flush(ctx);
	}

	@Override
	public void read(ChannelHandlerContext ctx) {
		if (!ctx.channel().config().isAutoRead()) {
			flush(ctx);
		}
		super.read(ctx);
	}

	@Override
	public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
		// S23: a stream that is only opened and closed is negotiated all the same.
		propose(ctx);
		super.close(ctx, promise);
	}

	@Override
	void failed(NegotiationFailed cause) {
		boolean first = isNegotiating();
		super.failed(cause);
		if (first && context().channel().isActive() && !context().isRemoved()) {
			context().fireExceptionCaught(fault(cause));
		}
	}

	/**
	 * As whoever waits for an agreement hears of it: the peer or the network is at fault.
	 */
	private Libp2pException fault(NegotiationFailed cause) {
		if (cause.isRefused()) {
			return new ProtocolUnsupported(this.peer, List.of(ProtocolPath.of(this.protocol)));
		}
		return new ConnectionLost("The peer did not agree to " + this.protocol + ": " + cause.getMessage(), cause);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (isNegotiating()) {
			// The handlers behind us have to hear the true cause: a reset, for example.
			super.failed(new NegotiationFailed(NegotiationFailed.Reason.CLOSED, "The channel failed", cause));
		}
		ctx.fireExceptionCaught(cause);
	}

}
