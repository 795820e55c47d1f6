package io.p2pboot.libp2p.security.noise;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.ChaChaPoly;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.netty.Allowance;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Seals and opens frames after the handshake: a length of 16 bits and a sealed message of
 * at most 65,535 bytes. Small writes up to a flush share a frame. A frame that is not
 * authentic ends the connection: nothing is delivered after it. Event loop only.
 */
final class NoiseCodec extends ChannelDuplexHandler {

	/** The longest plaintext of one frame, in bytes. */
	static final int MAX_PLAINTEXT_BYTES = 65_535 - ChaChaPoly.TAG_BYTES;

	private static final int LENGTH_BYTES = 2;

	private static final int MAX_FRAME_BYTES = LENGTH_BYTES + 65_535;

	private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

	private record Pending(ByteBuf bytes, ChannelPromise promise) {
	}

	private final ChaChaPoly sealing;

	private final ChaChaPoly opening;

	/** How many frames without content may come at once: honest peers send none. */
	static final int EMPTY_BURST = 5000;

	/** How many more of them a second. */
	static final int EMPTY_PER_SECOND = 1000;

	/** Up to how many bytes of a buffer are kept for a part of a frame. */
	private static final int SMALL_BUFFER_BYTES = 1024;

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(NoiseSecurity.class));

	private final Deque<Pending> pending = new ArrayDeque<>();

	private ByteBuf received = Unpooled.EMPTY_BUFFER;

	private long pendingBytes;

	/** How many frames were sealed and opened: the next nonces. */
	private long sealed;

	private long opened;

	private boolean failed;

	private @Nullable Allowance empty;

	NoiseCodec(ChaChaPoly sealing, ChaChaPoly opening) {
		this(sealing, opening, 0);
	}

	/** Begins with nonces of a connection that has already carried frames both ways. */
	NoiseCodec(ChaChaPoly sealing, ChaChaPoly opening, long frames) {
		this.sealing = sealing;
		this.opening = opening;
		this.sealed = frames;
		this.opened = frames;
	}

	// Receiving.

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		if (this.failed) {
			bytes.release();
			return;
		}
		gather(ctx, single(ctx, bytes));
		try {
			while (!this.failed && isFrameWhole()) {
				open(ctx);
			}
		}
		catch (IOException ex) {
			fail(ctx, ex);
		}
		if (!this.received.isReadable()) {
			this.received.release();
			this.received = Unpooled.EMPTY_BUFFER;
		}
	}

	/** Bytes in one piece of memory, as the cipher wants them. */
	private static ByteBuf single(ChannelHandlerContext ctx, ByteBuf bytes) {
		if (bytes.nioBufferCount() == 1) {
			return bytes;
		}
		ByteBuf copy = ctx.alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes);
		bytes.release();
		return copy;
	}

	private void gather(ChannelHandlerContext ctx, ByteBuf bytes) {
		if (!this.received.isReadable()) {
			this.received.release();
			this.received = bytes;
			return;
		}
		if (this.received.isWritable(bytes.readableBytes()) && this.received.refCnt() == 1
				&& !this.received.isReadOnly()) {
			this.received.writeBytes(bytes);
		}
		else {
			// Twice of what has come: a frame that comes in many pieces is copied few
			// times.
			int come = this.received.readableBytes() + bytes.readableBytes();
			ByteBuf joined = ctx.alloc().directBuffer(Math.max(come, Math.min(2 * come, MAX_FRAME_BYTES)));
			joined.writeBytes(this.received).writeBytes(bytes);
			this.received.release();
			this.received = joined;
		}
		bytes.release();
	}

	/** A part of a frame that stays does not keep the buffer of a whole read. */
	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		int readable = this.received.readableBytes();
		boolean large = this.received.unwrap() != null
				|| this.received.capacity() > Math.max(SMALL_BUFFER_BYTES, 2 * readable);
		if (readable > 0 && large) {
			ByteBuf part = ctx.alloc().directBuffer(readable).writeBytes(this.received);
			this.received.release();
			this.received = part;
		}
		ctx.fireChannelReadComplete();
	}

	private boolean isFrameWhole() {
		int readable = this.received.readableBytes();
		return readable >= LENGTH_BYTES
				&& readable - LENGTH_BYTES >= this.received.getUnsignedShort(this.received.readerIndex());
	}

	private void open(ChannelHandlerContext ctx) throws DecodeException {
		int length = this.received.readUnsignedShort();
		if (length < ChaChaPoly.TAG_BYTES) {
			throw new DecodeException("A Noise frame of " + length + " bytes is shorter than its tag");
		}
		checkCounter(this.opened);
		int plain = length - ChaChaPoly.TAG_BYTES;
		ByteBuf plaintext = ctx.alloc().directBuffer(plain);
		boolean delivered = false;
		try {
			ByteBuffer source = this.received.internalNioBuffer(this.received.readerIndex(), length);
			this.opening.open(this.opened, NO_DATA.duplicate(), source, plaintext.internalNioBuffer(0, plain));
			this.opened++;
			this.received.skipBytes(length);
			plaintext.writerIndex(plain);
			delivered = true;
		}
		finally {
			if (!delivered) {
				plaintext.release();
			}
		}
		if (plain == 0) {
			// Says nothing: the next handler need not know.
			plaintext.release();
			countEmpty(ctx);
			return;
		}
		ctx.fireChannelRead(plaintext);
	}

	/** It costs us a cipher's work, and the peer next to nothing. */
	private void countEmpty(ChannelHandlerContext ctx) throws DecodeException {
		long now = ctx.executor().ticker().nanoTime();
		Allowance allowance = this.empty;
		if (allowance == null) {
			allowance = Allowance.perSecond(EMPTY_BURST, EMPTY_PER_SECOND, now);
			this.empty = allowance;
		}
		if (!allowance.take(now)) {
			log.warn("noise.flood", "The connection with {} is closed: it sends empty Noise frames",
					ctx.channel().remoteAddress());
			throw new DecodeException("More than " + EMPTY_BURST + " Noise frames without content, and "
					+ EMPTY_PER_SECOND + " a second");
		}
	}

	/** Noise reserves the last counter, and a nonce must never repeat. */
	private static void checkCounter(long counter) throws DecodeException {
		if (isUsedUp(counter)) {
			throw new DecodeException("The Noise nonces of this connection are used up");
		}
	}

	private static boolean isUsedUp(long counter) {
		return counter == -2 || counter == -1;
	}

	private void fail(ChannelHandlerContext ctx, IOException cause) {
		this.failed = true;
		ctx.fireExceptionCaught(new UpgradeFailed("The secured connection broke: " + cause.getMessage(), cause));
		ctx.close();
	}

	// Sending.

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		ByteBuf bytes = (ByteBuf) message;
		this.pending.add(new Pending(bytes, promise));
		this.pendingBytes += bytes.readableBytes();
		if (this.pendingBytes >= MAX_PLAINTEXT_BYTES) {
			sealAll(ctx, MAX_PLAINTEXT_BYTES);
		}
	}

	@Override
	public void flush(ChannelHandlerContext ctx) {
		sealAll(ctx, 1);
		ctx.flush();
	}

	@Override
	public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
		sealAll(ctx, 1);
		ctx.flush();
		ctx.close(promise);
	}

	/** Seals frames while at least so many bytes wait. */
	private void sealAll(ChannelHandlerContext ctx, int atLeast) {
		while (!this.pending.isEmpty() && (this.pendingBytes >= atLeast || this.pendingBytes == 0)) {
			if (isUsedUp(this.sealed)) {
				dropPending(new UpgradeFailed("The Noise nonces of this connection are used up"));
				ctx.close();
				return;
			}
			seal(ctx, (int) Math.min(this.pendingBytes, MAX_PLAINTEXT_BYTES));
		}
	}

	private void seal(ChannelHandlerContext ctx, int length) {
		if (length == 0) {
			// Nothing to send: an empty frame says nothing, so none is made.
			this.pending.forEach((empty) -> {
				empty.bytes().release();
				empty.promise().trySuccess();
			});
			this.pending.clear();
			return;
		}
		ByteBuf frame = ctx.alloc().directBuffer(LENGTH_BYTES + length + ChaChaPoly.TAG_BYTES);
		frame.writeShort(length + ChaChaPoly.TAG_BYTES);
		List<ChannelPromise> done = new ArrayList<>();
		Pending first = this.pending.element();
		ByteBuffer target = frame.internalNioBuffer(LENGTH_BYTES, length + ChaChaPoly.TAG_BYTES);
		if (first.bytes().readableBytes() >= length && first.bytes().nioBufferCount() == 1) {
			this.sealing.seal(this.sealed++, NO_DATA.duplicate(),
					first.bytes().nioBuffer(first.bytes().readerIndex(), length), target);
			first.bytes().skipBytes(length);
			removeRead(done);
		}
		else {
			ByteBuf joined = join(ctx, length, done);
			this.sealing.seal(this.sealed++, NO_DATA.duplicate(), joined.internalNioBuffer(0, length), target);
			joined.release();
		}
		this.pendingBytes -= length;
		frame.writerIndex(LENGTH_BYTES + length + ChaChaPoly.TAG_BYTES);
		write(ctx, frame, done);
	}

	private ByteBuf join(ChannelHandlerContext ctx, int length, List<ChannelPromise> done) {
		ByteBuf joined = ctx.alloc().directBuffer(length);
		while (joined.readableBytes() < length) {
			ByteBuf next = this.pending.element().bytes();
			next.readBytes(joined, Math.min(next.readableBytes(), length - joined.readableBytes()));
			removeRead(done);
		}
		return joined;
	}

	private void removeRead(List<ChannelPromise> done) {
		while (!this.pending.isEmpty() && !this.pending.element().bytes().isReadable()) {
			Pending finished = this.pending.remove();
			finished.bytes().release();
			if (!finished.promise().isVoid()) {
				done.add(finished.promise());
			}
		}
	}

	private static void write(ChannelHandlerContext ctx, ByteBuf frame, List<ChannelPromise> done) {
		if (done.isEmpty()) {
			ctx.write(frame, ctx.voidPromise());
			return;
		}
		ctx.write(frame).addListener((written) -> done.forEach((promise) -> {
			if (written.isSuccess()) {
				promise.trySuccess();
			}
			else {
				promise.tryFailure(written.cause());
			}
		}));
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		this.received.release();
		this.received = Unpooled.EMPTY_BUFFER;
		if (!this.pending.isEmpty()) {
			dropPending(new ClosedChannelException());
		}
	}

	private void dropPending(IOException cause) {
		List<Pending> dropped = List.copyOf(this.pending);
		this.pending.clear();
		this.pendingBytes = 0;
		dropped.forEach((left) -> {
			left.bytes().release();
			left.promise().tryFailure(cause);
		});
	}

}
