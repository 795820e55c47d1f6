package io.p2pboot.libp2p.protocol.identify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a peer says on one stream, until it ends its side, has sent as many messages
 * as are read, breaks the protocol or takes too long. What was merged until then counts;
 * with nothing merged the exchange has failed. Event loop only.
 */
final class IdentifyReader extends ChannelInboundHandlerAdapter {

	/** The code with which a stream is reset that breaks the protocol or is too slow. */
	static final long FAILED = 0x1;

	/** Hears of the end of an exchange, once. */
	interface Listener {

		void received(IdentifyInfo info);

		void failed(IOException cause);

	}

	private final StreamChannel stream;

	private final Duration timeout;

	private final Listener listener;

	private final IdentifySession session = new IdentifySession();

	private @Nullable ScheduledFuture<?> timer;

	private boolean ended;

	IdentifyReader(StreamChannel stream, Duration timeout, Listener listener) {
		this.stream = stream;
		this.timeout = timeout;
		this.listener = listener;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.timer = ctx.executor()
			.schedule(() -> violated(new IOException("The peer did not say who it is in time")), this.timeout.toNanos(),
					TimeUnit.NANOSECONDS);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			for (ByteBuffer part : bytes.nioBuffers()) {
				if (!this.ended) {
					this.session.on(part);
				}
			}
			if (this.session.isComplete() && !this.ended) {
				end(() -> new IOException("The peer said nothing"));
				this.stream.close();
			}
		}
		catch (DecodeException ex) {
			violated(ex);
		}
		finally {
			bytes.release();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
			if (this.session.isInsideMessage()) {
				violated(new IOException("The peer ended its side within a message"));
			}
			else {
				end(() -> new IOException("The peer ended its side without a message"));
				this.stream.close();
			}
		}
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		end(() -> (cause instanceof IOException io) ? io : new IOException(cause));
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		end(() -> new IOException("The stream ended"));
	}

	private void violated(IOException cause) {
		if (!this.ended) {
			end(() -> cause);
			this.stream.reset(FAILED);
		}
	}

	/** Most answers come, so that an exception is made only where none has. */
	private void end(Supplier<IOException> causeOfNothing) {
		if (this.ended) {
			return;
		}
		this.ended = true;
		ScheduledFuture<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
		}
		if (this.session.hasContent()) {
			this.listener.received(this.session.info());
		}
		else {
			this.listener.failed(causeOfNothing.get());
		}
	}

}
