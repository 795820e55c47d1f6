package io.p2pboot.libp2p.protocol.addressbook;

import java.io.IOException;
import java.nio.ByteBuffer;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * Asks for one peer and takes one answer. Event loop only.
 */
abstract class AskHandler extends MessageHandler {

	private final StreamChannel stream;

	private final PeerId peer;

	private final Promise<ByteBuffer> answer;

	AskHandler(StreamChannel stream, PeerId peer, Promise<ByteBuffer> answer) {
		super(stream, AddressBook.MAX_ANSWER_BYTES);
		this.stream = stream;
		this.peer = peer;
		this.answer = answer;
	}

	/** Looks at the answer before it counts. */
	abstract void verify(ByteBuffer envelope) throws IOException;

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		super.handlerAdded(ctx);
		this.answer.addListener((done) -> {
			if (!done.isSuccess()) {
				this.stream.reset(FAILED);
			}
		});
		ctx.writeAndFlush(frame(ctx, this.peer.multihash().encoded()), ctx.voidPromise());
	}

	@Override
	void message(ChannelHandlerContext ctx, ByteBuffer message) throws IOException {
		ByteBuffer copy = ByteBuffer.allocate(message.remaining()).put(message).flip();
		verify(copy.asReadOnlyBuffer());
		this.stream.close();
		this.answer.trySuccess(copy);
	}

	@Override
	void failed(ChannelHandlerContext ctx, Throwable cause) {
		this.answer.tryFailure(cause);
	}

}
