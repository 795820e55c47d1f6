package io.p2pboot.libp2p.protocol.ping;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * Sends pings one after the other and times their answers. Event loop only.
 */
final class PingRequester extends ChannelInboundHandlerAdapter {

	/** The code with which a stream is reset whose peer answers wrongly or not at all. */
	static final long FAILED = ErrorCode.PROTOCOL_VIOLATION.stream();

	private static final SecureRandom RANDOM = new SecureRandom();

	private final StreamChannel stream;

	private final int times;

	private final Consumer<Duration> observer;

	private final Promise<List<Duration>> result;

	private final List<Duration> roundTrips = new ArrayList<>();

	private final byte[] ping = new byte[Ping.BYTES];

	private int matched;

	private long sentNanos;

	private @Nullable ScheduledFuture<?> timer;

	PingRequester(StreamChannel stream, int times, Consumer<Duration> observer, Promise<List<Duration>> result) {
		this.stream = stream;
		this.times = times;
		this.observer = observer;
		this.result = result;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		if (!this.result.isDone()) {
			send(ctx);
		}
		this.result.addListener((done) -> {
			if (!done.isSuccess()) {
				this.stream.reset(FAILED);
			}
		});
	}

	private void send(ChannelHandlerContext ctx) {
		RANDOM.nextBytes(this.ping);
		this.matched = 0;
		this.sentNanos = ctx.executor().ticker().nanoTime();
		this.timer = ctx.executor()
			.schedule(() -> fail("no answer to a ping within " + Ping.TIMEOUT.toSeconds() + " s"),
					Ping.TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
		ctx.writeAndFlush(ctx.alloc().buffer(Ping.BYTES).writeBytes(this.ping), ctx.voidPromise());
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			while (bytes.isReadable() && !this.result.isDone()) {
				if (bytes.readByte() != this.ping[this.matched]) {
					fail("the answer to a ping has other bytes");
					return;
				}
				this.matched++;
				if (this.matched == Ping.BYTES) {
					answered(ctx, bytes.isReadable());
				}
			}
		}
		finally {
			bytes.release();
		}
	}

	private void answered(ChannelHandlerContext ctx, boolean more) {
		stopTimer();
		if (more) {
			fail("the answer to a ping is longer than " + Ping.BYTES + " bytes");
			return;
		}
		Duration roundTrip = Duration.ofNanos(ctx.executor().ticker().nanoTime() - this.sentNanos);
		this.roundTrips.add(roundTrip);
		this.observer.accept(roundTrip);
		if (this.roundTrips.size() < this.times) {
			send(ctx);
		}
		else {
			this.stream.close();
			this.result.trySuccess(List.copyOf(this.roundTrips));
		}
	}

	private void fail(String reason) {
		stopTimer();
		this.result.tryFailure(StreamReset.local(FAILED, reason));
	}

	private void stopTimer() {
		ScheduledFuture<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
			fail("the peer ended the stream before it answered a ping");
		}
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		stopTimer();
		this.result.tryFailure(cause);
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		stopTimer();
		this.result.tryFailure(new ConnectionLost("The connection ended before a ping was answered"));
	}

}
