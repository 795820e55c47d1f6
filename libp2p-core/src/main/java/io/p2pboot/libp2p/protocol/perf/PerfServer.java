package io.p2pboot.libp2p.protocol.perf;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Reads how many bytes are asked for and all that the peer sends, then sends that many.
 * Event loop only.
 */
final class PerfServer extends PerfHandler {

	private final StreamChannel stream;

	private int headerBytes;

	private long asked;

	PerfServer(StreamChannel stream) {
		this.stream = stream;
	}

	@Override
	void received(ChannelHandlerContext ctx, ByteBuf bytes) {
		while (this.headerBytes < Long.BYTES && bytes.isReadable()) {
			this.asked = this.asked << Byte.SIZE | bytes.readUnsignedByte();
			this.headerBytes++;
		}
	}

	@Override
	void ended(ChannelHandlerContext ctx) {
		if (this.headerBytes < Long.BYTES || this.asked < 0) {
			this.stream.reset(Perf.FAILED);
			return;
		}
		sendZeros(ctx, this.asked);
	}

	@Override
	void sent(ChannelHandlerContext ctx) {
		this.stream.close();
	}

	@Override
	void sending(int bytes) {
		// The peer measures.
	}

	@Override
	void failed(Throwable cause) {
		// The peer knows.
	}

	@Override
	void stalled() {
		this.stream.reset(Perf.FAILED);
	}

}
