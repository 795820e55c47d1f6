package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.MuxedConnection;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a peer opened. It is admitted before its handshake and bounded in
 * time. Event loop only.
 */
final class AcceptedConnection extends QuicConnection {

	/** Not before the admission, nor after the handshake. */
	private boolean upgrading;

	private @Nullable ScheduledFuture<?> deadline;

	/** The dial of ours that waited for it. */
	private @Nullable QuicDial dial;

	AcceptedConnection(QuicSocket socket) {
		super(socket, Direction.INBOUND);
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		QuicChannel channel = (QuicChannel) ctx.channel();
		try {
			Multiaddr remote = QuicAddress.format((InetSocketAddress) channel.remoteSocketAddress());
			admitted(socket().admit(channel, remote), remote);
		}
		catch (Libp2pException ex) {
			// Later: the codec can answer when the first packet is read.
			ctx.executor().execute(() -> channel.close(false, QuicDial.CONNECTION_REFUSED, Unpooled.EMPTY_BUFFER));
			return;
		}
		this.upgrading = true;
		this.deadline = ctx.executor()
			.schedule((Runnable) channel::close, socket().config().handshakeTimeout().toNanos(), TimeUnit.NANOSECONDS);
		channel.closeFuture().addListener((closed) -> endUpgrade());
	}

	private void endUpgrade() {
		if (this.upgrading) {
			this.upgrading = false;
			socket().upgraded();
			if (this.deadline != null) {
				this.deadline.cancel(false);
			}
		}
	}

	/** We dialled as well, as the responder: it is the connection of that dial. */
	@Override
	Direction directionWith(InetSocketAddress remote, PeerId peer) {
		this.dial = socket().waitingFor(remote, peer).orElse(null);
		return (this.dial != null) ? Direction.OUTBOUND : Direction.INBOUND;
	}

	@Override
	void established(MuxedConnection connection) {
		QuicDial waiting = this.dial;
		if (this.upgrading) {
			endUpgrade();
			if (waiting != null) {
				waiting.succeed(connection);
			}
			else {
				socket().context().connected(connection);
			}
		}
		else {
			connection.session().close(0);
		}
	}

	@Override
	void refused(Libp2pException cause) {
		endUpgrade();
	}

	@Override
	void failed(Throwable cause) {
		// The codec closes the connection where it cannot go on.
	}

}
