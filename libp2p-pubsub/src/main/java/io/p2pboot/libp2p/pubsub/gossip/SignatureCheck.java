package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * Whether a message's signature is its author's. Stateless; any thread.
 */
final class SignatureCheck {

	private SignatureCheck() {
	}

	static boolean isValid(WireMessage message) {
		Optional<PeerId> author = message.author();
		if (author.isEmpty() || !message.has(Rpc.SIGNATURE)) {
			return false;
		}
		return key(message, author.get())
			.map((key) -> key.verify(message.signedBytes(), message.field(Rpc.SIGNATURE).orElseThrow()))
			.orElse(false);
	}

	/** The author's key: the one that came along has to be it. */
	private static Optional<PublicKey> key(WireMessage message, PeerId author) {
		if (!message.has(Rpc.KEY)) {
			return author.inlinedKey();
		}
		try {
			PublicKey key = PublicKey.decode(message.field(Rpc.KEY).orElseThrow());
			return author.matches(key) ? Optional.of(key) : Optional.empty();
		}
		catch (DecodeException ex) {
			return Optional.empty();
		}
	}

}
