package io.p2pboot.libp2p.security.tls;

import java.util.List;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.p2pboot.libp2p.crypto.TlsCertificate;

/**
 * Makes the TLS engines of one identity. Thread-safe.
 */
interface TlsEngines {

	/** Every TLS 1.3 suite; the order matters to the JDK only. */
	List<String> CIPHERS = List.of("TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384");

	/** Prepares what the engines of an identity share. */
	interface Factory {

		TlsEngines create(TlsCertificate certificate, List<String> muxers);

	}

	/**
	 * Makes one connection's engine and Netty's handler around it.
	 * @param alloc the channel's allocator
	 * @param handshake judges the peer's certificate
	 */
	SslHandler handler(ByteBufAllocator alloc, TlsHandshake handshake);

}
