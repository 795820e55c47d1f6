package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a control stream that a peer opened which protocol its datagrams belong to,
 * and makes a flow of it. Event loop only.
 */
final class ControlStream extends ChannelInboundHandlerAdapter {

	/** How long the peer may take to tell the path. */
	static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final NativeConnection connection;

	private final StreamChannel stream;

	private final MessageReader reader = new MessageReader(ProtocolPath.MAX_BYTES);

	private @Nullable Future<?> timer;

	private boolean told;

	ControlStream(NativeConnection connection, StreamChannel stream) {
		this.connection = connection;
		this.stream = stream;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.timer = ctx.executor()
			.schedule(() -> end(MessageFlow.PROTOCOL_VIOLATION), TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		Future<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			if (!this.told) {
				this.reader.read(bytes, this::told);
			}
		}
		catch (DecodeException | IllegalArgumentException ex) {
			end(MessageFlow.PROTOCOL_VIOLATION);
		}
		finally {
			bytes.release();
		}
	}

	private void told(ByteBuffer text) {
		if (this.told) {
			// The draft knows no other use of the control stream.
			return;
		}
		this.told = true;
		ProtocolPath path = ProtocolPath.of(StandardCharsets.UTF_8.decode(text).toString());
		if (!this.connection.accept(this, this.stream, path)) {
			end(NativeFlow.REFUSED);
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent) {
			end(MessageFlow.PROTOCOL_VIOLATION);
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

	private void end(long code) {
		this.told = true;
		this.stream.reset(code);
	}

}
