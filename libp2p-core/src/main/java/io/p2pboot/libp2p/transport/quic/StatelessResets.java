package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Ticker;

/**
 * Answers packets of connections that this socket does not know any more, after a restart
 * for example, with a stateless reset (RFC 9000 section 10.3.3): smaller than what came,
 * so that two that do so to each other come to an end, and only so many in a second,
 * since anybody can ask for one. Event loop only.
 */
final class StatelessResets {

	/** How many leave a socket in a second. */
	static final int MAX_PER_SECOND = 100;

	/** The smallest: it has to look like a packet. */
	static final int MIN_BYTES = 5 + ResetTokens.BYTES;

	/** The largest: no packet needs to look larger. */
	static final int MAX_BYTES = 43;

	private static final int SHORT_HEADER = 0x40;

	private static final int RANDOM_BITS = 0x3F;

	private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

	private final LongFunction<byte[]> tokens;

	private long second = Long.MIN_VALUE;

	private int sent;

	StatelessResets(LongFunction<byte[]> tokens) {
		this.tokens = tokens;
	}

	/**
	 * Whether a packet may be one, or be answered by one: it has a short header and is
	 * long enough.
	 */
	static boolean concerns(ByteBuf packet) {
		int first = packet.isReadable() ? packet.getUnsignedByte(packet.readerIndex()) : 0;
		return packet.readableBytes() >= MIN_BYTES && (first & ~RANDOM_BITS) == SHORT_HEADER;
	}

	/** Answers a packet that has come for an id of nobody. */
	void answer(ChannelHandlerContext ctx, DatagramPacket packet) {
		ByteBuf came = packet.content();
		int length = Math.min(came.readableBytes() - 1, MAX_BYTES);
		if (length < MIN_BYTES || packet.sender().getPort() == 0 || !mayAnswer(ctx.executor().ticker())) {
			return;
		}
		byte[] start = new byte[length - ResetTokens.BYTES];
		ThreadLocalRandom.current().nextBytes(start);
		start[0] = (byte) (SHORT_HEADER | start[0] & RANDOM_BITS);
		ByteBuf reset = ctx.alloc().buffer(length).writeBytes(start);
		reset.writeBytes(this.tokens.apply(came.getLong(came.readerIndex() + 1)));
		ctx.writeAndFlush(new DatagramPacket(reset, packet.sender()), ctx.voidPromise());
	}

	private boolean mayAnswer(Ticker ticker) {
		long now = ticker.nanoTime();
		if (this.second == Long.MIN_VALUE || now - this.second >= SECOND_NANOS) {
			this.second = now;
			this.sent = 0;
		}
		return this.sent++ < MAX_PER_SECOND;
	}

}
