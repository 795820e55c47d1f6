package io.p2pboot.libp2p.security.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;

/**
 * A TLS peer on the JDK's engine that shows any certificates, speaks any version, offers
 * any protocols, and trusts everyone.
 */
final class ScriptedTlsPeer implements SecurityProtocol {

	private final List<X509Certificate> chain;

	private final PrivateKey key;

	private String version = "TLSv1.3";

	private List<String> protocols = List.of("libp2p");

	private String serverName = "";

	private boolean asksForCertificate = true;

	ScriptedTlsPeer(List<X509Certificate> chain, PrivateKey key) {
		this.chain = chain;
		this.key = key;
	}

	ScriptedTlsPeer version(String only) {
		this.version = only;
		return this;
	}

	ScriptedTlsPeer protocols(String... offered) {
		this.protocols = List.of(offered);
		return this;
	}

	ScriptedTlsPeer serverName(String name) {
		this.serverName = name;
		return this;
	}

	ScriptedTlsPeer asksForNoCertificate() {
		this.asksForCertificate = false;
		return this;
	}

	@Override
	public String id() {
		return TlsSecurity.ID;
	}

	/** Ends well when the handshake does; the peer in the session means nothing. */
	@Override
	public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
		Promise<SecureSession> result = channel.eventLoop().newPromise();
		SSLEngine engine = engine(request.initiator());
		SslHandler handler = new SslHandler(engine);
		handler.setHandshakeTimeoutMillis(0);
		handler.handshakeFuture().addListener((done) -> {
			if (done.isSuccess()) {
				result.trySuccess(
						new SecureSession(PeerId.of(request.identity().publicKey()), request.identity().publicKey(),
								java.util.Optional.ofNullable(engine.getApplicationProtocol())));
			}
			else {
				result.tryFailure(done.cause());
			}
		});
		channel.pipeline().addLast(handler);
		return result;
	}

	private SSLEngine engine(boolean client) {
		try {
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(new KeyManager[] { new AnyKey() }, new TrustManager[] { new TrustsAll() }, null);
			SSLEngine engine = context.createSSLEngine();
			engine.setUseClientMode(client);
			SSLParameters parameters = engine.getSSLParameters();
			parameters.setProtocols(new String[] { this.version });
			parameters.setApplicationProtocols(this.protocols.toArray(new String[0]));
			if (client && !this.serverName.isEmpty()) {
				parameters.setServerNames(List.of(new SNIHostName(this.serverName)));
			}
			if (!client) {
				parameters.setNeedClientAuth(this.asksForCertificate);
			}
			engine.setSSLParameters(parameters);
			return engine;
		}
		catch (java.security.GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private final class AnyKey extends X509ExtendedKeyManager {

		private boolean fits(String... types) {
			return !ScriptedTlsPeer.this.chain.isEmpty()
					&& List.of(types).contains(ScriptedTlsPeer.this.key.getAlgorithm());
		}

		@Override
		public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
			return fits(keyTypes) ? "any" : null;
		}

		@Override
		public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
			return fits(keyType) ? "any" : null;
		}

		@Override
		public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
			return null;
		}

		@Override
		public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
			return null;
		}

		@Override
		public String[] getClientAliases(String keyType, Principal[] issuers) {
			return new String[0];
		}

		@Override
		public String[] getServerAliases(String keyType, Principal[] issuers) {
			return new String[0];
		}

		@Override
		public X509Certificate[] getCertificateChain(String alias) {
			return ScriptedTlsPeer.this.chain.toArray(new X509Certificate[0]);
		}

		@Override
		public PrivateKey getPrivateKey(String alias) {
			return ScriptedTlsPeer.this.key;
		}

	}

	private static final class TrustsAll extends X509ExtendedTrustManager {

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
		}

		@Override
		public void checkClientTrusted(X509Certificate[] chain, String type) {
		}

		@Override
		public void checkServerTrusted(X509Certificate[] chain, String type) {
		}

		@Override
		public X509Certificate[] getAcceptedIssuers() {
			return new X509Certificate[0];
		}

	}

}
