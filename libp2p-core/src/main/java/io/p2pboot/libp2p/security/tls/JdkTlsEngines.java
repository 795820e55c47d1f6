package io.p2pboot.libp2p.security.tls;

import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.security.OneCertificate;
import org.jspecify.annotations.Nullable;

/**
 * Engines of the JDK. It refuses certificates without names before anyone can judge them.
 */
final class JdkTlsEngines implements TlsEngines {

	/**
	 * The JDK sends no session tickets where sessions would outlive what RFC 8446 allows
	 * a ticket, seven days.
	 */
	private static final int NO_TICKETS_SECONDS = 8 * 24 * 3600;

	private final SSLContext context;

	private final EngineTrust trust;

	private final List<String> protocols;

	private JdkTlsEngines(SSLContext context, EngineTrust trust, List<String> protocols) {
		this.context = context;
		this.trust = trust;
		this.protocols = protocols;
	}

	static TlsEngines create(TlsCertificate certificate, List<String> muxers) {
		EngineTrust trust = new EngineTrust();
		List<String> protocols = new ArrayList<>(muxers);
		protocols.add(TlsSecurity.ALPN);
		try {
			SSLContext context = SSLContext.getInstance(TlsSecurity.TLS_1_3);
			context.init(new KeyManager[] { OneCertificate.keys(certificate) }, new TrustManager[] { trust }, null);
			context.getServerSessionContext().setSessionTimeout(NO_TICKETS_SECONDS);
			return new JdkTlsEngines(context, trust, List.copyOf(protocols));
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("Every Java from 11 on has TLS 1.3", ex);
		}
	}

	@Override
	public SslHandler handler(ByteBufAllocator alloc, TlsHandshake handshake) {
		// Without a peer's host the JDK neither sends a server name nor resumes.
		SSLEngine engine = this.context.createSSLEngine();
		engine.setUseClientMode(handshake.isInitiator());
		SSLParameters parameters = engine.getSSLParameters();
		parameters.setProtocols(new String[] { TlsSecurity.TLS_1_3 });
		parameters.setCipherSuites(CIPHERS.toArray(new String[0]));
		if (handshake.isInitiator()) {
			parameters.setApplicationProtocols(this.protocols.toArray(new String[0]));
		}
		else {
			parameters.setNeedClientAuth(true);
			engine.setHandshakeApplicationProtocolSelector((ignored, offered) -> choose(offered));
		}
		engine.setSSLParameters(parameters);
		return new TrackedSslHandler(engine, handshake, this.trust);
	}

	/** The client's first choice that is ours too; null ends the handshake. */
	private @Nullable String choose(List<String> offered) {
		return offered.stream().filter(this.protocols::contains).findFirst().orElse(null);
	}

}
