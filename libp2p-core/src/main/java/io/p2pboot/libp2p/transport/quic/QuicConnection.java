package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamLimitChangedEvent;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection's side of the codec, from the handshake to the end. Event loop only.
 */
abstract class QuicConnection extends ChannelInboundHandlerAdapter {

	private static final Logger logger = LoggerFactory.getLogger(QuicConnection.class);

	private final QuicSocket socket;

	private final Direction direction;

	private final long startNanos;

	private @Nullable ConnectionScope scope;

	private @Nullable Multiaddr remote;

	private @Nullable QuicSession session;

	QuicConnection(QuicSocket socket, Direction direction) {
		this.socket = socket;
		this.direction = direction;
		this.startNanos = socket.now();
	}

	QuicSocket socket() {
		return this.socket;
	}

	/** The node takes the connection with a peer at an address. */
	final void admitted(ConnectionScope scope, Multiaddr remote) {
		this.scope = scope;
		this.remote = remote;
	}

	/**
	 * Which end is taken to have opened the connection, now that it is known whose it is.
	 */
	Direction directionWith(InetSocketAddress remote, PeerId peer) {
		return this.direction;
	}

	/** The connection is secured and multiplexed. */
	abstract void established(MuxedConnection connection);

	/** The handshake did not end in a connection. */
	abstract void refused(Libp2pException cause);

	/** Something went wrong; the connection may live on. */
	abstract void failed(Throwable cause);

	@Override
	public void channelActive(ChannelHandlerContext ctx) {
		QuicChannel channel = (QuicChannel) ctx.channel();
		ConnectionScope admitted = this.scope;
		Multiaddr address = this.remote;
		if (admitted == null || address == null) {
			// It is about to be closed.
			return;
		}
		Optional<PublicKey> key = channel.attr(QuicTls.PROOF).get().key();
		if (key.isEmpty()) {
			refuse(channel, "the peer did not prove who it is");
		}
		else if (!isLibp2p(channel)) {
			refuse(channel, "the application protocol is not " + QuicTls.ALPN);
		}
		else if (key.get().equals(this.socket.context().identity().publicKey())) {
			refuse(channel, "the peer at the other end is this node itself");
		}
		else {
			secured(channel, key.get(), admitted, address);
		}
	}

	private static boolean isLibp2p(QuicChannel channel) {
		return channel.sslEngine() != null && QuicTls.ALPN.equals(channel.sslEngine().getApplicationProtocol());
	}

	private void refuse(QuicChannel channel, String reason) {
		refuse(channel,
				new UpgradeFailed("The QUIC handshake with " + channel.remoteSocketAddress() + " failed: " + reason),
				ErrorCode.NO_ERROR);
	}

	private void refuse(QuicChannel channel, Libp2pException cause, ErrorCode told) {
		// First: a dial that fails closes the connection without a reason.
		Farewell.close(channel, (int) told.connection());
		refused(cause);
	}

	private void secured(QuicChannel channel, PublicKey key, ConnectionScope admitted, Multiaddr address) {
		PeerId peer = PeerId.of(key);
		try {
			admitted.secured(peer);
			establish(channel, new SecureSession(peer, key, Optional.empty()), admitted, address);
		}
		catch (LimitExceeded ex) {
			refuse(channel, ex, ErrorCode.RESOURCE_LIMIT_EXCEEDED);
		}
		catch (ConnectionBlocked ex) {
			refuse(channel, ex, ErrorCode.GATED);
		}
	}

	private void establish(QuicChannel channel, SecureSession secured, ConnectionScope admitted, Multiaddr address) {
		Optional<QuicDatagrams> datagrams = this.socket.datagrams()
			.map((queue) -> new QuicDatagrams(channel, queue, this.direction));
		QuicSession created = new QuicSession(channel, this.socket.context().inboundStreams(), this.socket.reads(),
				this.socket.config(), admitted, datagrams);
		this.session = created;
		KeepAlive.start(channel, this.socket.config(), created::sweep);
		InetSocketAddress remote = (InetSocketAddress) channel.remoteSocketAddress();
		Multiaddr local = this.socket.localAddress(remote);
		Duration took = Duration.ofNanos(this.socket.now() - this.startNanos);
		established(new MuxedConnection(directionWith(remote, secured.remotePeer()), QuicTransport.NAME, local, address,
				Optional.empty(), Optional.empty(), secured, created, took, admitted));
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		QuicSession open = this.session;
		if (message instanceof QuicStreamChannel stream && open != null && !stream.isLocalCreated()) {
			open.opened(stream);
		}
		else if (message instanceof ByteBuf datagram && open != null) {
			open.received(datagram);
		}
		else {
			ReferenceCountUtil.release(message);
		}
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		QuicSession open = this.session;
		if (event instanceof QuicStreamLimitChangedEvent && open != null) {
			open.streamsAllowed();
		}
		else if (event instanceof QuicConnectionCloseEvent close && open != null) {
			open.lose(new ConnectionLost(ConnectionEnd.describe(close)));
			// Not when the codec has waited for late packets; what has come can be read.
			ctx.executor().execute(() -> {
				open.drain();
				ctx.close();
			});
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		logger.debug("On the QUIC connection with {}: {}", ((QuicChannel) ctx.channel()).remoteSocketAddress(),
				cause.toString());
		QuicSession open = this.session;
		if (open != null && cause instanceof ConnectionLost lost) {
			open.lose(lost);
		}
		failed(cause);
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		QuicSession open = this.session;
		if (open != null) {
			open.end();
		}
		ctx.fireChannelInactive();
	}

}
