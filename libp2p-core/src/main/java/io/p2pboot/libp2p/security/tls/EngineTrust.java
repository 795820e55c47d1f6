package io.p2pboot.libp2p.security.tls;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import javax.net.ssl.SSLEngine;

import io.p2pboot.libp2p.security.TrustByEngine;

/**
 * Passes a presented certificate to the handshake of the very engine that received it.
 * Thread-safe; an engine is forgotten once it has asked or was dropped.
 */
final class EngineTrust extends TrustByEngine {

	private final Map<SSLEngine, TlsHandshake> handshakes = new ConcurrentHashMap<>();

	void add(SSLEngine engine, TlsHandshake handshake) {
		this.handshakes.put(engine, handshake);
	}

	void remove(SSLEngine engine) {
		this.handshakes.remove(engine);
	}

	/** How many engines have neither asked nor been dropped. */
	int size() {
		return this.handshakes.size();
	}

	@Override
	protected void verify(X509Certificate[] chain, SSLEngine engine) throws CertificateException {
		Optional.ofNullable(this.handshakes.remove(engine))
			.orElseThrow(() -> new CertificateException("A certificate is judged once, by its own connection"))
			.verify(List.of(chain));
	}

	@Override
	public X509Certificate[] getAcceptedIssuers() {
		return new X509Certificate[0];
	}

}
