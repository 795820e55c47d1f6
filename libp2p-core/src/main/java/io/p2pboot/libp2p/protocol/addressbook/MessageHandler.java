package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.wire.LengthPrefixedReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads one message of a stream, in time; what follows is discarded. Event loop only.
 */
abstract class MessageHandler extends ChannelInboundHandlerAdapter {

	/** The code with which a stream is reset that breaks the protocol or is too slow. */
	static final long FAILED = 0x1;

	private final StreamChannel stream;

	private final LengthPrefixedReader reader;

	private @Nullable ScheduledFuture<?> timer;

	private boolean ended;

	MessageHandler(StreamChannel stream, int maxBytes) {
		this.stream = stream;
		this.reader = new LengthPrefixedReader(maxBytes);
	}

	/** The message, valid during the call; what this throws resets the stream. */
	abstract void message(ChannelHandlerContext ctx, ByteBuffer message) throws IOException;

	/** There will be no message, once. */
	abstract void failed(ChannelHandlerContext ctx, Throwable cause);

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.timer = ctx.executor().schedule(() -> expired(ctx), AddressBook.TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
	}

	/** The stream is open still: nothing came, or what we wrote was not taken. */
	private void expired(ChannelHandlerContext ctx) {
		end(ctx, StreamReset.local(FAILED, "no message in time"));
		this.stream.reset(FAILED);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object received) {
		ByteBuf bytes = (ByteBuf) received;
		try {
			for (ByteBuffer part : bytes.nioBuffers()) {
				Optional<ByteBuffer> message = this.ended ? Optional.empty() : this.reader.read(part);
				if (message.isPresent()) {
					this.ended = true;
					message(ctx, message.get());
				}
			}
		}
		catch (IOException ex) {
			this.ended = false;
			violated(ctx, ex);
		}
		finally {
			bytes.release();
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
			violated(ctx, StreamReset.local(FAILED, "the peer ended its side without a message"));
		}
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		end(ctx, cause);
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		end(ctx, new ConnectionLost("The connection ended"));
		ScheduledFuture<?> running = this.timer;
		if (running != null) {
			running.cancel(false);
		}
	}

	private void violated(ChannelHandlerContext ctx, Throwable cause) {
		if (!this.ended) {
			end(ctx, cause);
			this.stream.reset(FAILED);
		}
	}

	private void end(ChannelHandlerContext ctx, Throwable cause) {
		if (!this.ended) {
			this.ended = true;
			failed(ctx, cause);
		}
	}

	/** Puts the length before a message. */
	static ByteBuf frame(ChannelHandlerContext ctx, ByteBuffer message) {
		ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
		Varint.write(message.remaining(), prefix);
		return ctx.alloc()
			.buffer(prefix.position() + message.remaining())
			.writeBytes(prefix.flip())
			.writeBytes(message.duplicate());
	}

}
