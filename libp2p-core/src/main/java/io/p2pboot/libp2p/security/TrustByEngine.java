package io.p2pboot.libp2p.security;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trust in certificates where each TLS engine has a handshake of its own that judges what
 * the peer presents: without an engine nobody can. Implementations are thread-safe.
 */
public abstract class TrustByEngine extends X509ExtendedTrustManager {

	/** For implementations. */
	protected TrustByEngine() {
	}

	/**
	 * Judges what the peer of an engine presented.
	 * @param chain the certificates
	 * @param engine the engine
	 * @throws CertificateException if the peer is refused
	 */
	protected abstract void verify(X509Certificate[] chain, SSLEngine engine) throws CertificateException;

	@Override
	public final void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
			throws CertificateException {
		verify(chain, engine);
	}

	@Override
	public final void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
			throws CertificateException {
		verify(chain, engine);
	}

	@Override
	public final void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
			throws CertificateException {
		throw withoutEngine();
	}

	@Override
	public final void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
			throws CertificateException {
		throw withoutEngine();
	}

	@Override
	public final void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
		throw withoutEngine();
	}

	@Override
	public final void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
		throw withoutEngine();
	}

	private static CertificateException withoutEngine() {
		return new CertificateException("Only an engine's own handshake can judge a certificate");
	}

}
