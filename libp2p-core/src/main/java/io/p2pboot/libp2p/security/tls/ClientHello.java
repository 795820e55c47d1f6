package io.p2pboot.libp2p.security.tls;

import java.util.function.Supplier;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * Waits on a server's side for the whole first record of TLS, and only then makes the
 * engine, which costs more time and memory than all that a client has done until then.
 * What is no first record goes to an engine at once, for its refusal. Event loop only.
 */
final class ClientHello extends ChannelInboundHandlerAdapter {

	/** RFC 8446, section 5.1: the type, a version, and the length in two bytes. */
	static final int HEADER_BYTES = 5;

	/** The largest record of a handshake (RFC 8446, section 5.1). */
	static final int MAX_RECORD_BYTES = 1 << 14;

	private static final int LENGTH_AT = 3;

	private static final int HANDSHAKE = 22;

	private final Supplier<? extends ChannelHandler> engine;

	private ByteBuf received = Unpooled.EMPTY_BUFFER;

	ClientHello(Supplier<? extends ChannelHandler> engine) {
		this.engine = engine;
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		// Grows by doubling: bytes that come one by one are not copied over and over.
		this.received = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), this.received, (ByteBuf) message);
		if (isIncomplete()) {
			return;
		}
		ctx.pipeline().addAfter(ctx.name(), null, this.engine.get());
		ByteBuf first = this.received;
		this.received = Unpooled.EMPTY_BUFFER;
		// First, since the engine may refuse the record, and end the channel.
		ctx.pipeline().remove(this);
		ctx.fireChannelRead(first);
	}

	private boolean isIncomplete() {
		int start = this.received.readerIndex();
		int bytes = this.received.readableBytes();
		if (bytes > 0 && this.received.getUnsignedByte(start) != HANDSHAKE) {
			return false;
		}
		if (bytes < HEADER_BYTES) {
			return true;
		}
		int length = this.received.getUnsignedShort(start + LENGTH_AT);
		return length <= MAX_RECORD_BYTES && bytes < HEADER_BYTES + length;
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		this.received.release();
		this.received = Unpooled.EMPTY_BUFFER;
	}

}
