package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Reads one question, answers it and ends our side. A stream that does not take the
 * answer in time is reset with the deadline of the question. Event loop only.
 */
final class AnswerHandler implements MessageChannel.Handler {

	private final Function<PeerId, Optional<ByteBuffer>> envelopes;

	private AnswerHandler(Function<PeerId, Optional<ByteBuffer>> envelopes) {
		this.envelopes = envelopes;
	}

	static void answer(StreamChannel stream, Function<PeerId, Optional<ByteBuffer>> envelopes) {
		MessageChannel.open(stream, AddressBook.MAX_QUESTION_BYTES, new AnswerHandler(envelopes))
			.deadline(AddressBook.TIMEOUT);
	}

	@Override
	public void received(MessageChannel channel, ByteBuffer message) throws IOException {
		channel.send(this.envelopes.apply(PeerId.decode(message)).orElseGet(() -> ByteBuffer.allocate(0)));
		channel.close();
	}

	@Override
	public void ended(MessageChannel channel) throws IOException {
		throw new IOException("The peer ended its side without a question");
	}

}
