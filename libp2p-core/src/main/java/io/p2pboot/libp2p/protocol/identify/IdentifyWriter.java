package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.netty.MessageChannel;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;

/**
 * Writes all that we say on a stream and ends our side; the peer may close, go on or
 * reset, nobody minds. A stream that has not taken it in time is reset. Stateless.
 */
final class IdentifyWriter implements MessageChannel.Handler {

	private static final IdentifyWriter INSTANCE = new IdentifyWriter();

	private IdentifyWriter() {
	}

	static void send(StreamChannel stream, Duration timeout, List<IdentifyProto.Identify> messages) {
		MessageChannel channel = MessageChannel.open(stream, IdentifySession.MAX_MESSAGE_BYTES, INSTANCE);
		channel.deadline(timeout);
		messages.forEach((message) -> channel.write(ByteBuffer.wrap(message.toByteArray())));
		channel.flush();
		channel.close();
	}

	/** What the peer says here is of no interest. */
	@Override
	public void received(MessageChannel channel, ByteBuffer message) {
	}

}
