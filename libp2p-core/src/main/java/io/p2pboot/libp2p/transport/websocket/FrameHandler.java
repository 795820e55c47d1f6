package io.p2pboot.libp2p.transport.websocket;

import java.nio.channels.ClosedChannelException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.eventlog.EventLog;
import org.slf4j.LoggerFactory;

/**
 * Turns bytes into binary frames and back, once the connection is upgraded. Answers pings
 * and closes; sends a close frame before it closes. Event loop only.
 */
final class FrameHandler extends ChannelDuplexHandler implements FrameReader.Sink {

	/** The most payload that we send in one frame. */
	static final int MAX_FRAME_BYTES = 64 * 1024;

	private static final int NORMAL_CLOSURE = 1000;

	private static final int FIN = 0x80;

	private static final int MASKED = 0x80;

	private static final int MAX_HEADER_BYTES = 14;

	private final boolean client;

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(WebSocketTransport.class));

	@SuppressWarnings("NullAway.Init") // Set by handlerAdded, before all else.
	private FrameReader reader;

	private final Masking masking = new Masking();

	@SuppressWarnings("NullAway.Init") // Set by handlerAdded, before all else.
	private ChannelHandlerContext context;

	private boolean closing;

	private boolean delivered;

	FrameHandler(boolean client) {
		this.client = client;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.context = ctx;
		this.reader = new FrameReader(!this.client, this, ctx.executor().ticker()::nanoTime);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		ByteBuf in = (ByteBuf) msg;
		try {
			if (!this.closing) {
				this.reader.read(in);
			}
		}
		catch (FrameViolation ex) {
			if (ex.status() == FrameViolation.POLICY_VIOLATION) {
				log.warn("websocket.flood", "The connection with {} is closed: {}", ctx.channel().remoteAddress(),
						ex.getMessage());
			}
			sendClose(ex.status());
			ctx.fireExceptionCaught(ex);
			ctx.close();
		}
		finally {
			in.release();
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		// Bytes of a header alone deliver nothing, and who asked for a read still waits.
		if (!this.delivered && !ctx.channel().config().isAutoRead()) {
			ctx.read();
		}
		this.delivered = false;
		ctx.fireChannelReadComplete();
	}

	@Override
	public void payload(ByteBuf bytes) {
		if (this.closing) {
			bytes.release();
			return;
		}
		this.delivered = true;
		this.context.fireChannelRead(bytes);
	}

	@Override
	public void ping(byte[] content, int length) {
		// A peer that does not read gets no more pongs: RFC 6455 section 5.5.3 lets us
		// skip.
		if (!this.closing && this.context.channel().isWritable()) {
			ByteBuf pong = header(FrameReader.PONG, length, length);
			int mask = this.client ? mask(pong) : 0;
			int start = pong.writerIndex();
			pong.writeBytes(content, 0, length);
			Masking.apply(pong, start, length, mask);
			this.context.writeAndFlush(pong);
		}
	}

	@Override
	public void close() {
		if (!this.closing) {
			sendClose(NORMAL_CLOSURE);
			this.context.close();
		}
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
		if (this.closing) {
			ReferenceCountUtil.release(msg);
			promise.tryFailure(new ClosedChannelException());
			return;
		}
		ByteBuf bytes = (ByteBuf) msg;
		if (!bytes.isReadable()) {
			ctx.write(bytes, promise);
			return;
		}
		while (bytes.readableBytes() > MAX_FRAME_BYTES) {
			writeFrame(ctx, bytes.readRetainedSlice(MAX_FRAME_BYTES), ctx.newPromise());
		}
		writeFrame(ctx, bytes, promise);
	}

	private void writeFrame(ChannelHandlerContext ctx, ByteBuf payload, ChannelPromise promise) {
		int length = payload.readableBytes();
		if (!this.client) {
			ctx.write(header(FrameReader.BINARY, length, 0));
			ctx.write(payload, promise);
			return;
		}
		// Copied, because others may hold what we would mask in place.
		ByteBuf frame = header(FrameReader.BINARY, length, length);
		try {
			int mask = mask(frame);
			int start = frame.writerIndex();
			frame.writeBytes(payload);
			Masking.apply(frame, start, length, mask);
		}
		finally {
			payload.release();
		}
		ctx.write(frame, promise);
	}

	private ByteBuf header(int opcode, int length, int room) {
		ByteBuf frame = this.context.alloc().ioBuffer(MAX_HEADER_BYTES + room);
		frame.writeByte(FIN | opcode);
		int masked = this.client ? MASKED : 0;
		if (length <= FrameReader.MAX_CONTROL_BYTES) {
			frame.writeByte(masked | length);
		}
		else if (length <= 0xFFFF) {
			frame.writeByte(masked | 126).writeShort(length);
		}
		else {
			frame.writeByte(masked | 127).writeLong(length);
		}
		return frame;
	}

	private int mask(ByteBuf frame) {
		int mask = this.masking.next();
		frame.writeInt(mask);
		return mask;
	}

	@Override
	public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
		sendClose(NORMAL_CLOSURE);
		// Not when it is written: a peer that does not read could keep us.
		ctx.close(promise);
	}

	private void sendClose(int status) {
		if (this.closing || !this.context.channel().isActive()) {
			return;
		}
		this.closing = true;
		ByteBuf frame = header(FrameReader.CLOSE, Short.BYTES, Short.BYTES);
		int mask = this.client ? mask(frame) : 0;
		int start = frame.writerIndex();
		frame.writeShort(status);
		Masking.apply(frame, start, Short.BYTES, mask);
		this.context.writeAndFlush(frame);
	}

}
