package io.p2pboot.libp2p.transport.websocket;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.transport.IpEndpoint;
import io.p2pboot.libp2p.transport.TransportContext;
import io.p2pboot.libp2p.transport.UpgradeRequest;
import org.jspecify.annotations.Nullable;

/**
 * Upgrades an accepted HTTP connection, then gives it to the upgrader. Counts as an
 * inbound connection that is being upgraded from the first byte on. Event loop only.
 */
final class ServerHandshake extends ChannelInboundHandlerAdapter {

	private final TransportContext transportContext;

	private final long timeoutMillis;

	private final WebSocketAddress listening;

	private final HttpRequestDecoder decoder = new HttpRequestDecoder(HttpUpgrade.bounds());

	private final HttpResponseEncoder encoder = new HttpResponseEncoder();

	private Future<?> timer = ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);

	private @Nullable HttpRequest request;

	private @Nullable ConnectionScope scope;

	private boolean answered;

	ServerHandshake(TransportContext transportContext, Duration timeout, WebSocketAddress listening) {
		this.transportContext = transportContext;
		this.timeoutMillis = Math.min(timeout.toMillis(), transportContext.upgradeTimeout().toMillis());
		this.listening = listening;
	}

	/** Begins; the channel is active, TLS is beneath if it is to be. */
	void begin(Channel channel) {
		if (!(channel.remoteAddress() instanceof InetSocketAddress from)
				|| !(channel.localAddress() instanceof InetSocketAddress at)) {
			// Reset before it was accepted: the socket does not know its addresses any
			// more.
			channel.close();
			return;
		}
		Multiaddr local = IpEndpoint.format(at, IpEndpoint.TCP, this.listening.above());
		Multiaddr remote = IpEndpoint.format(from, IpEndpoint.TCP, WebSocketAddress.above(this.listening.secure()));
		try {
			this.scope = this.transportContext.admit(channel, Direction.INBOUND, local, remote);
		}
		catch (Libp2pException ex) {
			channel.close();
			return;
		}
		channel.pipeline().addLast(this.decoder, this.encoder, this);
		this.timer = channel.eventLoop().schedule(() -> channel.close(), this.timeoutMillis, TimeUnit.MILLISECONDS);
		channel.config().setAutoRead(true);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object msg) {
		if (msg instanceof HttpRequest head && this.request == null) {
			this.request = head;
			Optional<HttpResponseStatus> refusal = HttpUpgrade.refusal(head);
			if (refusal.isPresent()) {
				refuse(ctx, refusal.get());
			}
		}
		else if (msg instanceof LastHttpContent && this.request != null && this.scope != null && !this.answered) {
			accept(ctx, this.request, this.scope);
		}
		ReferenceCountUtil.release(msg);
	}

	private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status) {
		this.answered = true;
		ctx.channel().config().setAutoRead(false);
		ctx.writeAndFlush(HttpUpgrade.refused(status)).addListener(ChannelFutureListener.CLOSE);
	}

	private void accept(ChannelHandlerContext ctx, HttpRequest head, ConnectionScope admitted) {
		Channel channel = ctx.channel();
		this.answered = true;
		admitted.progressed();
		channel.config().setAutoRead(false);
		this.timer.cancel(false);
		ctx.writeAndFlush(HttpUpgrade.accepted(head));
		ChannelPipeline pipeline = ctx.pipeline();
		pipeline.replace(this, "websocket", new FrameHandler(false));
		pipeline.remove(this.encoder);
		this.transportContext.upgrader()
			.inbound(channel,
					UpgradeRequest
						.inbound(WebSocketTransport.label(this.listening.secure()), admitted.local(), admitted.remote())
						.withScope(admitted));
		// What came with the request is passed on to the frames.
		pipeline.remove(this.decoder);
		channel.config().setAutoRead(true);
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		this.timer.cancel(false);
		ctx.fireChannelInactive();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		// Not TLS, a reset, anything: nothing is known of the peer yet, so nobody is
		// told.
		ctx.close();
	}

}
