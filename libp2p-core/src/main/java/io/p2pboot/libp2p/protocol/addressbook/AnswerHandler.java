package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

import io.netty.channel.ChannelHandlerContext;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Reads one question, answers it and ends our side. A stream that does not take the
 * answer in time is reset with the timer of the question. Event loop only.
 */
final class AnswerHandler extends MessageHandler {

	private final StreamChannel stream;

	private final Function<PeerId, Optional<ByteBuffer>> envelopes;

	AnswerHandler(StreamChannel stream, Function<PeerId, Optional<ByteBuffer>> envelopes) {
		super(stream, AddressBook.MAX_QUESTION_BYTES);
		this.stream = stream;
		this.envelopes = envelopes;
	}

	@Override
	void message(ChannelHandlerContext ctx, ByteBuffer message) throws IOException {
		ByteBuffer envelope = this.envelopes.apply(PeerId.decode(message)).orElseGet(() -> ByteBuffer.allocate(0));
		ctx.writeAndFlush(frame(ctx, envelope), ctx.voidPromise());
		this.stream.close();
	}

	@Override
	void failed(ChannelHandlerContext ctx, Throwable cause) {
		// The peer knows: it asked badly, or left.
	}

}
