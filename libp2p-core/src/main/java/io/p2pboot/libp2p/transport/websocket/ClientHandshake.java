package io.p2pboot.libp2p.transport.websocket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.security.TlsRecords;
import io.p2pboot.libp2p.transport.IpEndpoint;
import io.p2pboot.libp2p.transport.RawDial;
import io.p2pboot.libp2p.transport.Upgrader;

/**
 * Runs TLS where it is asked for and the HTTP upgrade on a dialled connection, then gives
 * it to the upgrader. Event loop only.
 */
final class ClientHandshake extends ChannelInboundHandlerAdapter {

	private final WebSocketAddress address;

	private final WebSocketConfig config;

	private final Upgrader upgrader;

	private final RawDial dial;

	private final String key = HttpUpgrade.newKey();

	private final HttpResponseDecoder decoder = new HttpResponseDecoder(HttpUpgrade.bounds());

	private final HttpRequestEncoder encoder = new HttpRequestEncoder();

	private Future<?> timer = ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);

	private boolean answered;

	ClientHandshake(WebSocketAddress address, WebSocketConfig config, Upgrader upgrader, RawDial dial) {
		this.address = address;
		this.config = config;
		this.upgrader = upgrader;
		this.dial = dial;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.dial.opened(ctx.channel());
	}

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		long millis = this.config.handshakeTimeout().toMillis();
		this.timer = ctx.executor()
			.schedule(() -> this.dial.fail(new SocketTimeoutException("no WebSocket within " + millis + " ms")), millis,
					TimeUnit.MILLISECONDS);
		ctx.pipeline().addFirst(this.decoder, this.encoder);
		if (this.address.secure()) {
			SslHandler tls = this.config.clientTls()
				.get()
				.newHandler(ctx.alloc(), this.address.host(), this.address.socketAddress().getPort());
			tls.setHandshakeTimeoutMillis(millis);
			ctx.pipeline().addFirst(TlsRecords.bound(), tls);
		}
		else {
			sendRequest(ctx);
		}
		ctx.channel().config().setAutoRead(true);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof SslHandshakeCompletionEvent done) {
			if (done.isSuccess()) {
				sendRequest(ctx);
			}
			else {
				fail(done.cause());
			}
		}
		ctx.fireUserEventTriggered(event);
	}

	private void sendRequest(ChannelHandlerContext ctx) {
		ctx.writeAndFlush(HttpUpgrade.request(this.address.hostHeader(), this.key));
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		if (msg instanceof HttpResponse response && !this.answered) {
			this.answered = true;
			Optional<String> refusal = HttpUpgrade.refusal(response, this.key);
			refusal.ifPresent((reason) -> fail(new IOException("WebSocket refused: " + reason)));
		}
		if (msg instanceof LastHttpContent && !this.dial.future().isDone()) {
			accept(ctx);
		}
		ReferenceCountUtil.release(msg);
	}

	private void accept(ChannelHandlerContext ctx) {
		Channel channel = ctx.channel();
		this.timer.cancel(false);
		if (!(channel.localAddress() instanceof InetSocketAddress at)) {
			// Reset meanwhile: the socket does not know its addresses any more.
			channel.close();
			return;
		}
		channel.config().setAutoRead(false);
		ChannelPipeline pipeline = ctx.pipeline();
		pipeline.replace(this, "websocket", new FrameHandler(true));
		pipeline.remove(this.encoder);
		boolean secure = this.address.secure();
		Multiaddr local = IpEndpoint.format(at, IpEndpoint.TCP, WebSocketAddress.above(secure));
		this.dial.ready(this.upgrader, channel, WebSocketTransport.label(secure), local);
		// What came with the response is passed on to the frames.
		pipeline.remove(this.decoder);
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.timer.cancel(false);
		ctx.fireChannelInactive();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		fail((cause instanceof DecoderException && cause.getCause() != null) ? cause.getCause() : cause);
	}

	private void fail(Throwable cause) {
		this.timer.cancel(false);
		this.dial.fail(cause);
	}

}
