package io.p2pboot.libp2p.security.tls;

import java.nio.channels.ClosedChannelException;
import java.util.Optional;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.security.SecureSession;
import org.jspecify.annotations.Nullable;

/**
 * Waits behind Netty's TLS handler for the verdict, tells it, and leaves. What arrives
 * without a verdict is dropped, what is written without one is refused. Event loop only.
 */
final class TlsHandshakeHandler extends ChannelDuplexHandler {

	private final TlsHandshake handshake;

	private final Promise<SecureSession> result;

	/** None before a client has said anything. */
	private @Nullable SSLEngine engine;

	private boolean verified;

	TlsHandshakeHandler(TlsHandshake handshake, Promise<SecureSession> result) {
		this.handshake = handshake;
		this.result = result;
	}

	/** Sets the engine whose handshake it waits for. */
	SslHandler of(SslHandler tls) {
		this.engine = tls.engine();
		return tls;
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (!(event instanceof SslHandshakeCompletionEvent completion)) {
			ctx.fireUserEventTriggered(event);
		}
		else if (completion.isSuccess()) {
			complete(ctx);
		}
		else {
			fail(ctx, completion.cause());
		}
	}

	private void complete(ChannelHandlerContext ctx) {
		Optional<String> protocol = Optional.ofNullable(this.engine).map(SSLEngine::getApplicationProtocol);
		Optional<SecureSession> session = this.handshake.session(protocol);
		if (session.isEmpty()) {
			fail(ctx, new SSLHandshakeException("The peer presented no certificate"));
			return;
		}
		this.verified = true;
		if (!this.result.trySuccess(session.get())) {
			ctx.close();
		}
		// The listeners have run and added their handlers: payload may follow.
		if (!ctx.isRemoved()) {
			ctx.pipeline().remove(this);
		}
	}

	private void fail(ChannelHandlerContext ctx, Throwable cause) {
		Throwable known = (cause instanceof DecoderException && cause.getCause() != null) ? cause.getCause() : cause;
		Libp2pException failure = this.handshake.refusal().orElseGet(() -> TlsSecurity.failed(known));
		if (this.result.tryFailure(failure)) {
			ctx.close();
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ReferenceCountUtil.release(message);
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		if (this.verified) {
			ctx.write(message, promise);
			return;
		}
		ReferenceCountUtil.release(message);
		promise.setFailure(new IllegalStateException("Nothing is written before the TLS handshake is over"));
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		fail(ctx, new ClosedChannelException());
		ctx.fireChannelInactive();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		fail(ctx, cause);
	}

}
