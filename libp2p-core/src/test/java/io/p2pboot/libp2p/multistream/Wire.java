package io.p2pboot.libp2p.multistream;

import java.nio.charset.StandardCharsets;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;

/**
 * Scripts the other end of a negotiation, byte for byte.
 */
final class Wire {

	static final String HEADER = "/multistream/1.0.0";

	private Wire() {
	}

	/** Encodes messages by hand, so that the tests do not trust the code under test. */
	static ByteBuf messages(String... messages) {
		ByteBuf bytes = Unpooled.buffer();
		for (String message : messages) {
			byte[] text = message.getBytes(StandardCharsets.UTF_8);
			int length = text.length + 1;
			if (length >= 0x80) {
				bytes.writeByte(length & 0x7F | 0x80).writeByte(length >> 7);
			}
			else {
				bytes.writeByte(length);
			}
			bytes.writeBytes(text).writeByte('\n');
		}
		return bytes;
	}

	static ByteBuf messagesThen(String payload, String... messages) {
		return messages(messages).writeBytes(payload.getBytes(StandardCharsets.UTF_8));
	}

	/** Takes everything that was sent. */
	static String sent(EmbeddedChannel channel) {
		return text(channel.outboundMessages().size(), channel);
	}

	private static String text(int buffers, EmbeddedChannel channel) {
		ByteBuf all = Unpooled.buffer();
		for (int i = 0; i < buffers; i++) {
			ByteBuf next = channel.readOutbound();
			all.writeBytes(next);
			next.release();
		}
		return all.toString(StandardCharsets.UTF_8);
	}

	/** Takes everything that reached the handlers behind the negotiation. */
	static String received(EmbeddedChannel channel) {
		StringBuilder text = new StringBuilder();
		for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
			text.append(next.toString(StandardCharsets.UTF_8));
			next.release();
		}
		return text.toString();
	}

	static String text(String... messages) {
		ByteBuf bytes = messages(messages);
		return bytes.toString(StandardCharsets.UTF_8);
	}

	/** Carries bytes between two channels until neither has anything to say. */
	static void pump(EmbeddedChannel one, EmbeddedChannel other) {
		boolean moved = true;
		while (moved) {
			moved = move(one, other) | move(other, one);
		}
	}

	private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
		boolean moved = false;
		for (ByteBuf next = from.readOutbound(); next != null; next = from.readOutbound()) {
			to.writeInbound(Unpooled.copiedBuffer(ByteBufUtil.getBytes(next)));
			next.release();
			moved = true;
		}
		return moved;
	}

}
