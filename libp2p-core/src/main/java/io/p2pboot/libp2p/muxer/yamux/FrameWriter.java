package io.p2pboot.libp2p.muxer.yamux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * Lays frames one behind the other into buffers of the size that is best written at once,
 * so that what is sent at once is sealed and written at once. Event loop only.
 */
final class FrameWriter {

	/**
	 * No body is shorter than this for want of room, whatever is best written at once.
	 */
	static final int MIN_BODY_BYTES = 1024;

	private static final int FIRST_BYTES = 256;

	private final int maxBytes;

	private @Nullable ChannelHandlerContext ctx;

	private @Nullable ByteBuf frames;

	private long unflushed;

	/**
	 * Creates a writer.
	 * @param writeBytes how many bytes are best written at once
	 */
	FrameWriter(int writeBytes) {
		this.maxBytes = Math.max(FrameType.HEADER_BYTES + MIN_BODY_BYTES, writeBytes);
	}

	/** The longest body that is sent: with its header it fills one write. */
	int maxBodyBytes() {
		return this.maxBytes - FrameType.HEADER_BYTES;
	}

	void start(ChannelHandlerContext ctx) {
		this.ctx = ctx;
	}

	boolean isStarted() {
		return this.ctx != null;
	}

	/**
	 * Writes a header.
	 * @param bodyBytes how many bytes of a body will be appended
	 * @return where the body goes
	 */
	ByteBuf frame(FrameType type, int flags, int streamId, long length, int bodyBytes) {
		ByteBuf target = room(FrameType.HEADER_BYTES + bodyBytes);
		target.writeShort(type.ordinal());
		target.writeShort(flags);
		target.writeInt(streamId);
		target.writeInt((int) length);
		this.unflushed += FrameType.HEADER_BYTES + bodyBytes;
		return target;
	}

	private ByteBuf room(int bytes) {
		ByteBuf target = this.frames;
		if (target != null && target.maxWritableBytes() >= bytes) {
			return target;
		}
		write();
		ChannelHandlerContext context = this.ctx;
		if (context == null) {
			throw new IllegalStateException("Nothing is sent before the handler was added");
		}
		target = context.alloc().directBuffer(Math.max(FIRST_BYTES, bytes), this.maxBytes);
		this.frames = target;
		return target;
	}

	private void write() {
		ByteBuf full = this.frames;
		ChannelHandlerContext context = this.ctx;
		if (full != null && context != null) {
			this.frames = null;
			context.write(full, context.voidPromise());
		}
	}

	/** Writes and flushes what there is, and returns how many bytes it is. */
	long flush() {
		long bytes = this.unflushed;
		ChannelHandlerContext context = this.ctx;
		if (bytes > 0 && context != null) {
			write();
			this.unflushed = 0;
			context.flush();
		}
		return bytes;
	}

	/** Frees what was never written. */
	void release() {
		if (this.frames != null) {
			this.frames.release();
			this.frames = null;
		}
	}

}
