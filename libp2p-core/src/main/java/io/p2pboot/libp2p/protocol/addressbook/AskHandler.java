package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Asks for one peer and takes one answer. Event loop only.
 */
abstract class AskHandler implements MessageChannel.Handler {

	private final Promise<ByteBuffer> answer;

	AskHandler(Promise<ByteBuffer> answer) {
		this.answer = answer;
	}

	/** Looks at the answer before it counts. */
	abstract void verify(ByteBuffer envelope) throws IOException;

	void ask(StreamChannel stream, PeerId peer) {
		MessageChannel channel = MessageChannel.open(stream, AddressBook.MAX_ANSWER_BYTES, this);
		channel.deadline(AddressBook.TIMEOUT);
		this.answer.addListener((done) -> {
			if (done.isCancelled()) {
				channel.reset(ErrorCode.NO_ERROR);
			}
		});
		channel.send(peer.multihash().encoded());
	}

	@Override
	public void received(MessageChannel channel, ByteBuffer message) throws IOException {
		ByteBuffer copy = ByteBuffer.allocate(message.remaining()).put(message).flip();
		verify(copy.asReadOnlyBuffer());
		channel.close();
		this.answer.trySuccess(copy);
	}

	@Override
	public void ended(MessageChannel channel) throws IOException {
		throw new IOException("The peer ended its side without an answer");
	}

	@Override
	public void failed(MessageChannel channel, Throwable cause) {
		this.answer.tryFailure(cause);
	}

}
