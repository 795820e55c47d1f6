package io.p2pboot.libp2p.security.tls;

import javax.net.ssl.SSLEngine;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;

/**
 * Netty's handler, whose engine is forgotten when the handler goes, and which always
 * closes after an error: Netty's own does not where bytes that are no record at all come
 * after the handshake.
 */
final class TrackedSslHandler extends SslHandler {

	private final EngineTrust trust;

	TrackedSslHandler(SSLEngine engine, TlsHandshake handshake, EngineTrust trust) {
		super(engine);
		this.trust = trust;
		trust.add(engine, handshake);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
		super.exceptionCaught(ctx, cause);
		ctx.close();
	}

	@Override
	public void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
		this.trust.remove(engine());
		super.handlerRemoved0(ctx);
	}

}
