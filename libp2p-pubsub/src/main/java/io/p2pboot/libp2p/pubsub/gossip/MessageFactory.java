package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import org.jspecify.annotations.Nullable;

/**
 * Makes own messages, signed or not. Sequence numbers begin with the time in nanoseconds,
 * as those of Go, Rust and JavaScript, so that they grow over a restart. Thread-safe.
 */
final class MessageFactory {

	private final PeerId self;

	private final PubSubConfig config;

	private final @Nullable PrivateKey key;

	private final AtomicLong sequence = new AtomicLong(
			TimeUnit.MILLISECONDS.toNanos(java.time.Clock.systemUTC().millis()));

	private MessageFactory(PeerId self, PubSubConfig config, @Nullable PrivateKey key) {
		this.self = self;
		this.config = config;
		this.key = key;
	}

	static MessageFactory signing(PeerId self, PrivateKey key, PubSubConfig config) {
		return new MessageFactory(self, config, config.signaturePolicy().signs() ? key : null);
	}

	static MessageFactory anonymous(PeerId self, PubSubConfig config) {
		return new MessageFactory(self, config, null);
	}

	/** Makes a message; blocks for as long as a signature takes. */
	RoutedMessage create(String topic, ByteBuffer data, KeyedHash hash) {
		WireMessage wire = encode(topic, data);
		Optional<PeerId> author = wire.author();
		ByteBuffer id = this.config.messageId().of(wire.fields(topic, author));
		if (!id.hasRemaining() || id.remaining() > MessageId.MAX_BYTES) {
			throw new IllegalStateException(
					"The message id has " + id.remaining() + " bytes; it must have 1 to " + MessageId.MAX_BYTES);
		}
		TopicMessage message = new TopicMessage(topic, wire.data(), id, author, wire.field(Rpc.SEQNO), this.self, true);
		return new RoutedMessage(wire, message, hash.of(id), hash.of(wire.raw()));
	}

	private WireMessage encode(String topic, ByteBuffer data) {
		PrivateKey signer = this.key;
		if (signer == null) {
			return WireMessage.unsigned(topic, data);
		}
		boolean attach = this.config.attachKey() || this.self.inlinedKey().isEmpty();
		return WireMessage.signed(topic, data, this.self.multihash().encoded(),
				ByteBuffer.allocate(Long.BYTES).putLong(this.sequence.incrementAndGet()).flip(), signer::sign,
				attach ? signer.publicKey().encoded() : null);
	}

}
