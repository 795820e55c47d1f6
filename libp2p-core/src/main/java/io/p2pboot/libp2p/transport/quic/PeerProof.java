package io.p2pboot.libp2p.transport.quic;

import java.util.Optional;

import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * Who has to answer in one handshake, and who did. Event loop only.
 */
final class PeerProof {

	private final Optional<PeerId> expected;

	private @Nullable PublicKey key;

	private @Nullable Libp2pException refusal;

	PeerProof(Optional<PeerId> expected) {
		this.expected = expected;
	}

	Optional<PeerId> expected() {
		return this.expected;
	}

	void proven(PublicKey key) {
		this.key = key;
	}

	void refused(Libp2pException refusal) {
		this.refusal = refusal;
	}

	/** The key that the handshake proved; empty before it did. */
	Optional<PublicKey> key() {
		return Optional.ofNullable(this.key);
	}

	/** Why the certificate was refused. */
	Optional<Libp2pException> refusal() {
		return Optional.ofNullable(this.refusal);
	}

}
