package io.p2pboot.libp2p.transport;

import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Accepts no more connections than can be heard: where many come at once, an event loop
 * registers them all before it reads from the first, and whoever has to make room for
 * others would have had no turn to say anything. The rest waits in the kernel, in the
 * order that they came in, but not for long: an event loop that is held up holds up its
 * own connections only. Event loop of the listener only.
 */
final class AcceptPace extends ChannelInboundHandlerAdapter {

	/** How many accepted connections may wait for the first turn of their event loop. */
	static final int UNHEARD = 32;

	/** For how long no more are accepted at most, until the next one is. */
	static final long PATIENCE_MILLIS = 100;

	private int unheard;

	private boolean paused;

	private @Nullable Future<?> impatience;

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		Channel accepted = (Channel) message;
		this.unheard++;
		if (this.unheard >= UNHEARD && !this.paused) {
			this.paused = true;
			// Also within a turn: what the kernel has stays there.
			ctx.channel().config().setAutoRead(false);
			this.impatience = ctx.executor().schedule(() -> resume(ctx), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
		}
		ctx.fireChannelRead(message);
		if (accepted.eventLoop().isShuttingDown()) {
			// It takes nothing any more, and neither does the listener.
			return;
		}
		// Behind its registration; what is scheduled then runs in the next turn, behind a
		// look at the sockets.
		accepted.eventLoop()
			.execute(() -> accepted.eventLoop()
				.schedule(() -> ctx.executor().execute(() -> heard(ctx)), 0, TimeUnit.NANOSECONDS));
	}

	private void heard(ChannelHandlerContext ctx) {
		this.unheard--;
		if (this.paused && this.unheard <= UNHEARD / 2) {
			resume(ctx);
		}
	}

	private void resume(ChannelHandlerContext ctx) {
		Future<?> pending = this.impatience;
		if (pending != null) {
			pending.cancel(false);
			this.impatience = null;
		}
		this.paused = false;
		ctx.channel().config().setAutoRead(true);
	}

}
