package io.p2pboot.libp2p.interop.matrix;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Clock;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.transport.websocket.WebSocketConfig;

/**
 * TLS where nobody vouches for a certificate, since the matrix hands out none: a listener
 * signs its own, a dialer takes any. Who the peer is, the security protocol above proves.
 */
final class UnverifiedTls {

	private UnverifiedTls() {
	}

	/** Both sides of secure WebSockets. */
	static WebSocketConfig webSocket() throws SSLException {
		TlsCertificate certificate = TlsCertificate.create(PrivateKey.generate(), Clock.systemUTC());
		SslContext server = SslContextBuilder.forServer(certificate.key(), certificate.certificate()).build();
		SslContext client = SslContextBuilder.forClient()
			.trustManager(new TakeAny())
			.endpointIdentificationAlgorithm(null)
			.build();
		return WebSocketConfig.builder().serverTls(() -> server).clientTls(() -> client).build();
	}

	/**
	 * Does not even look at a certificate: the matrix's Go program shows one without a
	 * name, which the JDK refuses to read. So only Netty's native TLS connects to it.
	 */
	private static final class TakeAny extends X509ExtendedTrustManager {

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String authType) {
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String authType) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

}
