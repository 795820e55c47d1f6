package io.p2pboot.libp2p.transport.quic;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;

import javax.net.ssl.X509ExtendedKeyManager;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.SslSessionTicketKey;
import io.netty.handler.ssl.ClientAuth;
import io.netty.util.AttributeKey;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.security.OneCertificate;

/**
 * TLS 1.3 inside QUIC: one certificate for the transport, the peer's certificate required
 * of both sides, ALPN {@code libp2p}, no resumption and no early data. Thread-safe.
 */
final class QuicTls {

	/** The application protocol of libp2p over QUIC. */
	static final String ALPN = "libp2p";

	/** Whom a connection's handshake expects and whom it proved. */
	static final AttributeKey<PeerProof> PROOF = AttributeKey.valueOf(QuicTls.class, "proof");

	private static final int TICKET_KEY_BYTES = 16;

	private final SecureRandom random = new SecureRandom();

	private final PeerVerifier verifier;

	private final QuicSslContext client;

	private final QuicSslContext server;

	private QuicTls(PeerVerifier verifier, QuicSslContext client, QuicSslContext server) {
		this.verifier = verifier;
		this.client = client;
		this.server = server;
	}

	static QuicTls create(PrivateKey identity, Clock clock) {
		TlsCertificate certificate = TlsCertificate.create(identity, clock);
		X509ExtendedKeyManager keys = OneCertificate.keys(certificate);
		PeerVerifier verifier = new PeerVerifier(clock);
		QuicSslContext client = QuicSslContextBuilder.forClient()
			.keyManager(keys, null)
			.trustManager(verifier)
			.applicationProtocols(ALPN)
			.sessionCacheSize(0)
			.endpointIdentificationAlgorithm(null)
			.build();
		QuicSslContext server = QuicSslContextBuilder.forServer(keys, null)
			.trustManager(verifier)
			.applicationProtocols(ALPN)
			.clientAuth(ClientAuth.REQUIRE)
			.sessionCacheSize(0)
			.build();
		return new QuicTls(verifier, client, server);
	}

	QuicSslEngine clientEngine(QuicChannel channel) {
		return tied(channel, this.client.newEngine(channel.alloc()));
	}

	QuicSslEngine serverEngine(QuicChannel channel) {
		outdateTickets();
		return tied(channel, this.server.newEngine(channel.alloc()));
	}

	/**
	 * Makes every ticket that was handed out worthless before the next handshake begins:
	 * a session that is resumed carries no certificate, and the codec knows no way not to
	 * hand out any. rust-libp2p keeps them and tries.
	 */
	private void outdateTickets() {
		this.server.sessionContext().setTicketKeys(new SslSessionTicketKey(random(), random(), random()));
	}

	private byte[] random() {
		byte[] bytes = new byte[TICKET_KEY_BYTES];
		this.random.nextBytes(bytes);
		return bytes;
	}

	private QuicSslEngine tied(QuicChannel channel, QuicSslEngine engine) {
		PeerProof inbound = new PeerProof(Optional.empty());
		PeerProof dialled = channel.attr(PROOF).setIfAbsent(inbound);
		this.verifier.expect(engine, (dialled != null) ? dialled : inbound);
		channel.closeFuture().addListener((closed) -> this.verifier.forget(engine));
		return engine;
	}

	/** How many connections are known to the verifier. */
	int connections() {
		return this.verifier.handshakes();
	}

}
