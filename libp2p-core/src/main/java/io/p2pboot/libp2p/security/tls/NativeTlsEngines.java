package io.p2pboot.libp2p.security.tls;

import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import io.netty.internal.tcnative.SSL;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.security.OneCertificate;

/**
 * Engines of BoringSSL by netty-tcnative. The system property
 * {@code io.p2pboot.libp2p.tls.native}, set to {@code false}, switches them off.
 */
final class NativeTlsEngines implements TlsEngines {

	/** A certificate at its bound, and the frame around it. */
	private static final int MAX_LIST_BYTES = TlsCertificate.MAX_BYTES + 64;

	private final EngineTrust trust;

	private final SslContext client;

	private final SslContext server;

	private NativeTlsEngines(EngineTrust trust, SslContext client, SslContext server) {
		this.trust = trust;
		this.client = client;
		this.server = server;
	}

	static boolean areAvailable() {
		return !"false".equals(System.getProperty("io.p2pboot.libp2p.tls.native")) && OpenSsl.isAvailable()
				&& "BoringSSL".equals(OpenSsl.versionString());
	}

	static TlsEngines create(TlsCertificate certificate, List<String> muxers) {
		EngineTrust trust = new EngineTrust();
		List<String> protocols = new ArrayList<>(muxers);
		protocols.add(TlsSecurity.ALPN);
		try {
			KeyManagerFactory keys = keys(certificate);
			SslContext client = prepare(SslContextBuilder.forClient().keyManager(keys), trust, protocols)
				.endpointIdentificationAlgorithm(null)
				.build();
			SslContext server = prepare(SslContextBuilder.forServer(keys), trust, protocols)
				.clientAuth(ClientAuth.REQUIRE)
				.build();
			((OpenSslSessionContext) server.sessionContext()).setSessionCacheEnabled(false);
			return new NativeTlsEngines(trust, client, server);
		}
		catch (SSLException ex) {
			throw new IllegalStateException("The native TLS library refuses its settings", ex);
		}
	}

	/** Each context hands the key to the library once, at its first handshake. */
	private static KeyManagerFactory keys(TlsCertificate certificate) {
		return new OpenSslCachingX509KeyManagerFactory(new KeyManagerFactoryWrapper(OneCertificate.keys(certificate)));
	}

	private static SslContextBuilder prepare(SslContextBuilder builder, EngineTrust trust, List<String> protocols) {
		// Where nothing is in common BoringSSL's binding goes on without a protocol, and
		// the
		// muxer is negotiated: it cannot refuse such a client without refusing one that
		// has
		// no ALPN.
		return builder.sslProvider(SslProvider.OPENSSL)
			.trustManager(trust)
			.protocols(TlsSecurity.TLS_1_3)
			.ciphers(CIPHERS)
			.option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, MAX_LIST_BYTES)
			.applicationProtocolConfig(new ApplicationProtocolConfig(ApplicationProtocolConfig.Protocol.ALPN,
					ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
					ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT, protocols));
	}

	@Override
	public SslHandler handler(ByteBufAllocator alloc, TlsHandshake handshake) {
		SSLEngine engine = (handshake.isInitiator() ? this.client : this.server).newEngine(alloc);
		// Netty allows tickets engine by engine, whatever the context says. A client that
		// resumes shows no certificate.
		SSL.setOptions(((ReferenceCountedOpenSslEngine) engine).sslPointer(), SSL.SSL_OP_NO_TICKET);
		return new TrackedSslHandler(engine, handshake, this.trust);
	}

}
