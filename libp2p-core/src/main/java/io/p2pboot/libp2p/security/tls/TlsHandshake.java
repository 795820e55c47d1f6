package io.p2pboot.libp2p.security.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityRequest;

/**
 * Whom one connection expects and who answered. It belongs to that connection's engine
 * alone: what many share, the trust in certificates, keeps nothing. Event loop only.
 */
final class TlsHandshake {

	private final SecurityRequest request;

	private final Clock clock;

	private Optional<PublicKey> remoteKey = Optional.empty();

	private Optional<Libp2pException> refusal = Optional.empty();

	TlsHandshake(SecurityRequest request, Clock clock) {
		this.request = request;
		this.clock = clock;
	}

	boolean isInitiator() {
		return this.request.initiator();
	}

	/** Judges what the peer presented, while the handshake can still be aborted. */
	void verify(List<X509Certificate> chain) throws CertificateException {
		try {
			PublicKey key = TlsCertificate.verify(chain, this.clock);
			PeerId actual = PeerId.of(key);
			Optional<PeerId> expected = this.request.expectedPeer();
			if (expected.isPresent() && !expected.get().equals(actual)) {
				throw new PeerIdMismatch(expected.get(), actual);
			}
			this.remoteKey = Optional.of(key);
		}
		catch (DecodeException ex) {
			throw refuse(TlsSecurity.failed(ex));
		}
		catch (Libp2pException ex) {
			throw refuse(ex);
		}
	}

	private CertificateException refuse(Libp2pException cause) {
		this.refusal = Optional.of(cause);
		return new CertificateException(cause.getMessage(), cause);
	}

	/** Why the peer was refused, if it was. */
	Optional<Libp2pException> refusal() {
		return this.refusal;
	}

	/** What was proven, or nothing where no certificate was judged good. */
	Optional<SecureSession> session(Optional<String> protocol) {
		Optional<String> muxer = protocol.filter(this.request.muxers()::contains);
		return this.remoteKey.map((key) -> new SecureSession(PeerId.of(key), key, muxer));
	}

}
