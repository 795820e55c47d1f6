package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Arrays;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.pubsub.PubSubLimits;

/**
 * Cuts an inbound stream into frames. A frame that is too long is skipped byte by byte,
 * and the stream goes on: a peer whose one stream is reset may never open another. Event
 * loop only.
 */
final class FrameReader extends ChannelInboundHandlerAdapter {

	private static final int FIRST_BYTES = 16 * 1024;

	private final int maxBytes;

	private final Listener listener;

	private long length;

	private int lengthBits;

	private boolean inFrame;

	private byte[] frame = new byte[0];

	private int read;

	private long toSkip;

	private boolean violated;

	FrameReader(int maxBytes, Listener listener) {
		this.maxBytes = maxBytes;
		this.listener = listener;
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			while (!this.violated && bytes.isReadable()) {
				if (!(this.inFrame ? readFrame(bytes) : readLength(bytes))) {
					return;
				}
			}
		}
		finally {
			bytes.release();
		}
	}

	private boolean readLength(ByteBuf bytes) {
		byte next = bytes.readByte();
		if (this.lengthBits > 28) {
			return violation("The length of a frame is longer than 5 bytes");
		}
		this.length |= (long) (next & 0x7F) << this.lengthBits;
		this.lengthBits += 7;
		if (next < 0) {
			return true;
		}
		this.lengthBits = 0;
		if (this.length > PubSubLimits.MAX_SKIPPED_BYTES) {
			return violation("A frame of " + this.length + " bytes is longer than " + PubSubLimits.MAX_SKIPPED_BYTES);
		}
		this.inFrame = this.length > 0;
		this.read = 0;
		if (this.length > this.maxBytes) {
			this.toSkip = this.length;
		}
		else {
			// Not more before the bytes are there.
			this.frame = new byte[(int) Math.min(this.length, FIRST_BYTES)];
		}
		if (!this.inFrame) {
			this.length = 0;
		}
		return true;
	}

	private boolean violation(String what) {
		this.violated = true;
		this.listener.violated(what);
		return false;
	}

	private boolean readFrame(ByteBuf bytes) {
		if (this.toSkip > 0) {
			int part = (int) Math.min(this.toSkip, bytes.readableBytes());
			bytes.skipBytes(part);
			this.toSkip -= part;
			if (this.toSkip == 0) {
				this.listener.skipped(this.length);
				end();
			}
			return true;
		}
		int part = (int) Math.min(this.length - this.read, bytes.readableBytes());
		if (this.read + part > this.frame.length) {
			int larger = (int) Math.min(this.length, Math.max(2L * this.frame.length, this.read + part));
			this.frame = Arrays.copyOf(this.frame, larger);
		}
		bytes.readBytes(this.frame, this.read, part);
		this.read += part;
		if (this.read == this.length) {
			byte[] whole = this.frame;
			end();
			this.listener.frame(whole);
		}
		return true;
	}

	private void end() {
		this.inFrame = false;
		this.length = 0;
		this.read = 0;
		this.frame = new byte[0];
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent) {
			// Nothing more comes, and nothing is ever written here.
			ctx.close();
		}
		ReferenceCountUtil.release(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.listener.ended();
	}

	/**
	 * Takes what a stream brings. Called on its event loop.
	 */
	interface Listener {

		/** A frame, without its length. */
		void frame(byte[] frame);

		/** A frame that was too long. */
		void skipped(long length);

		/** The peer does not keep to the protocol. */
		void violated(String what);

		/** The stream has ended. */
		void ended();

	}

}
