package io.p2pboot.libp2p.protocol.identify;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;

/**
 * Writes all that we say on a stream and ends our side; the peer may close, go on or
 * reset, nobody minds. A stream that has not taken it in time is reset. Event loop only.
 */
final class IdentifyWriter extends ChannelInboundHandlerAdapter {

	private final StreamChannel stream;

	private final Duration timeout;

	private final List<IdentifyProto.Identify> messages;

	IdentifyWriter(StreamChannel stream, Duration timeout, List<IdentifyProto.Identify> messages) {
		this.stream = stream;
		this.timeout = timeout;
		this.messages = messages;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		ScheduledFuture<?> timer = ctx.executor()
			.schedule(() -> this.stream.reset(IdentifyReader.FAILED), this.timeout.toNanos(), TimeUnit.NANOSECONDS);
		ctx.channel().closeFuture().addListener((closed) -> timer.cancel(false));
		ctx.writeAndFlush(encode(ctx.channel()), ctx.voidPromise());
		this.stream.close();
	}

	private ByteBuf encode(Channel channel) {
		ByteBuf bytes = channel.alloc().buffer();
		try (ByteBufOutputStream output = new ByteBufOutputStream(bytes)) {
			for (IdentifyProto.Identify message : this.messages) {
				message.writeDelimitedTo(output);
			}
			return bytes;
		}
		catch (IOException ex) {
			bytes.release();
			throw new UncheckedIOException("A buffer takes what is written", ex);
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ReferenceCountUtil.release(message);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

}
