package io.p2pboot.libp2p.transport.quic;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import javax.net.ssl.SSLEngine;

import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.security.TrustByEngine;

/**
 * Verifies the certificate of each peer inside its own handshake. What it finds is kept
 * with the handshake's engine, so that handshakes that run at once cannot be mixed up.
 * Thread-safe.
 */
final class PeerVerifier extends TrustByEngine {

	private static final X509Certificate[] NONE = new X509Certificate[0];

	private final Clock clock;

	private final Map<SSLEngine, PeerProof> handshakes = new ConcurrentHashMap<>();

	PeerVerifier(Clock clock) {
		this.clock = clock;
	}

	/** Makes a handshake's proof findable until {@link #forget}. */
	void expect(SSLEngine engine, PeerProof proof) {
		this.handshakes.put(engine, proof);
	}

	void forget(SSLEngine engine) {
		this.handshakes.remove(engine);
	}

	int handshakes() {
		return this.handshakes.size();
	}

	@Override
	protected void verify(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
		PeerProof proof = this.handshakes.get(engine);
		if (proof == null) {
			throw new CertificateException("The handshake has ended");
		}
		try {
			PublicKey key = TlsCertificate.verify(List.of(chain), this.clock);
			PeerId peer = PeerId.of(key);
			if (proof.expected().isPresent() && !proof.expected().get().equals(peer)) {
				throw refused(proof, new PeerIdMismatch(proof.expected().get(), peer));
			}
			proof.proven(key);
		}
		catch (DecodeException ex) {
			throw refused(proof, new UpgradeFailed("The peer's certificate was refused: " + ex.getMessage(), ex));
		}
	}

	private static CertificateException refused(PeerProof proof, Libp2pException cause) {
		proof.refused(cause);
		return new CertificateException(cause.getMessage(), cause);
	}

	@Override
	public X509Certificate[] getAcceptedIssuers() {
		return NONE;
	}

}
