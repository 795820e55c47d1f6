package io.p2pboot.libp2p.security.tls;

import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.security.TlsRecords;
import org.jspecify.annotations.Nullable;

/**
 * The security protocol {@code /tls/1.0.0}: TLS 1.3 only, a certificate asked of both
 * sides, no resumption, no early data, no server name. BoringSSL serves it where its
 * library loads, else the JDK, whose engine cannot read the nameless certificates of
 * rust-libp2p and js-libp2p: with those peers it falls to Noise then. Thread-safe; one
 * certificate serves an identity for the lifetime of this object.
 */
public final class TlsSecurity implements SecurityProtocol {

	/** The id that is negotiated. */
	public static final String ID = "/tls/1.0.0";

	/** The application protocol that all libp2p peers offer, after their muxers. */
	static final String ALPN = "libp2p";

	static final String TLS_1_3 = "TLSv1.3";

	private final Clock clock;

	private final TlsEngines.Factory factory;

	/** For the last identity; two threads may both make it, which does no harm. */
	private volatile @Nullable Prepared prepared;

	/** The engines of one identity and its muxers. */
	private record Prepared(PublicKey identity, List<String> muxers, TlsEngines engines) {

		boolean fits(PrivateKey key, List<String> wanted) {
			return this.identity.equals(key.publicKey()) && this.muxers.equals(wanted);
		}

	}

	TlsSecurity(Clock clock, TlsEngines.Factory factory) {
		this.clock = clock;
		this.factory = factory;
	}

	/**
	 * Creates the protocol.
	 * @param clock says when certificates are valid
	 * @return the protocol
	 */
	public static TlsSecurity create(Clock clock) {
		return new TlsSecurity(clock,
				NativeTlsEngines.areAvailable() ? NativeTlsEngines::create : JdkTlsEngines::create);
	}

	@Override
	public String id() {
		return ID;
	}

	@Override
	public void prepare(PrivateKey identity, List<String> muxers) {
		engines(identity, List.copyOf(muxers));
	}

	@Override
	public Future<SecureSession> secure(Channel channel, SecurityRequest request) {
		Promise<SecureSession> result = channel.eventLoop().newPromise();
		TlsHandshake handshake = new TlsHandshake(request, this.clock);
		TlsEngines engines = engines(request.identity(), request.muxers());
		TlsHandshakeHandler verdict = new TlsHandshakeHandler(handshake, result);
		Supplier<SslHandler> tls = () -> {
			SslHandler handler = verdict.of(engines.handler(channel.alloc(), handshake));
			// The upgrade bounds the time, as it does for every security protocol.
			handler.setHandshakeTimeoutMillis(0);
			return handler;
		};
		channel.pipeline().addLast(verdict);
		String name = channel.pipeline().lastContext().name();
		channel.pipeline().addBefore(name, null, TlsRecords.bound());
		channel.pipeline().addBefore(name, null, request.initiator() ? tls.get() : new ClientHello(tls));
		return result;
	}

	private TlsEngines engines(PrivateKey identity, List<String> muxers) {
		Prepared existing = this.prepared;
		if (existing != null && existing.fits(identity, muxers)) {
			return existing.engines();
		}
		TlsEngines engines = this.factory.create(TlsCertificate.create(identity, this.clock), muxers);
		this.prepared = new Prepared(identity.publicKey(), muxers, engines);
		return engines;
	}

	static UpgradeFailed failed(Throwable cause) {
		return new UpgradeFailed("The TLS handshake failed: " + cause.getMessage(), cause);
	}

}
