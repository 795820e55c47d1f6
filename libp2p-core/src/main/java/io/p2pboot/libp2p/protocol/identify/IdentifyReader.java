package io.p2pboot.libp2p.protocol.identify;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

import io.p2pboot.libp2p.netty.MessageChannel;

/**
 * Reads what a peer says on one stream, until it ends its side, has sent as many messages
 * as are read, breaks the protocol or takes too long. What was merged until then counts;
 * with nothing merged the exchange has failed. Event loop only.
 */
final class IdentifyReader implements MessageChannel.Handler {

	/** Hears of the end of an exchange, once. */
	interface Listener {

		void received(IdentifyInfo info);

		void failed(IOException cause);

	}

	private final Listener listener;

	private final IdentifySession session = new IdentifySession();

	private boolean ended;

	IdentifyReader(Listener listener) {
		this.listener = listener;
	}

	@Override
	public void received(MessageChannel channel, ByteBuffer message) throws IOException {
		this.session.on(message);
		if (this.session.isComplete()) {
			channel.close();
			end(() -> new IOException("The peer said nothing"));
		}
	}

	@Override
	public void ended(MessageChannel channel) {
		channel.close();
		end(() -> new IOException("The peer ended its side without a message"));
	}

	@Override
	public void failed(MessageChannel channel, Throwable cause) {
		end(() -> (cause instanceof IOException io) ? io : new IOException(cause));
	}

	/** Most answers come, so that an exception is made only where none has. */
	private void end(Supplier<IOException> causeOfNothing) {
		if (this.ended) {
			return;
		}
		this.ended = true;
		if (this.session.hasContent()) {
			this.listener.received(this.session.info());
		}
		else {
			this.listener.failed(causeOfNothing.get());
		}
	}

}
