package io.p2pboot.libp2p.swarm;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multistream.Multistream;
import io.p2pboot.libp2p.netty.StreamInitializer;

/**
 * Negotiates the streams that peers open and hands them to their protocols. Added to the
 * pipeline of every inbound stream; removes itself. Event loop only; shared by all
 * connections.
 */
@Sharable
final class InboundStreams extends ChannelInboundHandlerAdapter {

	private final Swarm swarm;

	InboundStreams(Swarm swarm) {
		this.swarm = swarm;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		if (ctx.channel().isRegistered()) {
			begin(ctx);
		}
	}

	@Override
	public void channelRegistered(ChannelHandlerContext ctx) {
		begin(ctx);
		ctx.fireChannelRegistered();
	}

	private void begin(ChannelHandlerContext ctx) {
		DuplexChannel channel = (DuplexChannel) ctx.channel();
		SwarmConnection connection = channel.parent().attr(SwarmConnection.KEY).get();
		ctx.pipeline().remove(this);
		if (connection == null) {
			channel.close();
			return;
		}
		if (!this.swarm.acceptsStreams()) {
			this.swarm.refuse(connection, channel, ErrorCode.SHUTDOWN);
			return;
		}
		try {
			connection.count(channel, Direction.INBOUND);
		}
		catch (LimitExceeded ex) {
			this.swarm.refuse(connection, channel, ErrorCode.RESOURCE_LIMIT_EXCEEDED);
			return;
		}
		if (connection.beginNegotiation(this.swarm.config().limits().negotiatingPerConnection())) {
			negotiate(channel, connection);
		}
		else {
			awaitTurn(channel, connection);
		}
	}

	/**
	 * Holds a stream up, unread, until another one has ended its negotiation: peers open
	 * hundreds in one burst. How many can wait is bounded by the limit on streams, and
	 * how long by the time that a negotiation may take.
	 */
	private void awaitTurn(DuplexChannel channel, SwarmConnection connection) {
		channel.pipeline().addLast(HeldStream.INSTANCE);
		Future<?> tooLate = channel.eventLoop().schedule(() -> {
			this.swarm.log().limit("streams negotiating on a connection", connection);
			this.swarm.refuse(connection, channel, ErrorCode.RESOURCE_LIMIT_EXCEEDED);
		}, this.swarm.config().negotiationTimeout().toNanos(), TimeUnit.NANOSECONDS);
		channel.closeFuture().addListener((closed) -> {
			tooLate.cancel(false);
			connection.giveUpTurn(channel);
		});
		connection.awaitTurn(channel, () -> {
			tooLate.cancel(false);
			negotiate(channel, connection);
			channel.pipeline().remove(HeldStream.INSTANCE);
			channel.read();
		});
	}

	private void negotiate(DuplexChannel channel, SwarmConnection connection) {
		Future<String> selected = Multistream.respond(channel, this.swarm.registry()::contains,
				this.swarm.registry()::names, this.swarm.config().negotiationTimeout());
		selected.addListener((done) -> {
			connection.endNegotiation();
			if (done.isSuccess()) {
				negotiated(channel, connection, selected.getNow());
			}
			else if (channel.isOpen()) {
				this.swarm.refuse(connection, channel, ErrorCode.PROTOCOL_NEGOTIATION_FAILED);
			}
		});
	}

	private void negotiated(DuplexChannel channel, SwarmConnection connection, String protocol) {
		Optional<StreamInitializer> initializer = this.swarm.registry().find(protocol);
		if (initializer.isEmpty()) {
			this.swarm.refuse(connection, channel, ErrorCode.PROTOCOL_NEGOTIATION_FAILED);
			return;
		}
		SwarmStreamChannel stream = new SwarmStreamChannel(channel, ProtocolPath.of(protocol), connection,
				Direction.INBOUND);
		this.swarm.initialize(stream, initializer.get());
	}

}
