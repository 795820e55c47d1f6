package io.p2pboot.libp2p.swarm;

import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multistream.Multistream;
import io.p2pboot.libp2p.multistream.Negotiation;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;

/**
 * Negotiates the streams that peers open and hands them to their protocols. Event loop
 * only; shared by all connections.
 */
final class InboundStreams implements StreamAcceptor {

	private final Swarm swarm;

	InboundStreams(Swarm swarm) {
		this.swarm = swarm;
	}

	@Override
	public void accept(StreamChildChannel stream) {
		SwarmConnection connection = stream.parent().attr(SwarmConnection.KEY).get();
		if (connection == null) {
			stream.close();
			return;
		}
		if (!this.swarm.acceptsStreams()) {
			refuse(stream, ErrorCode.SHUTDOWN);
			return;
		}
		try {
			connection.count(stream, Direction.INBOUND);
		}
		catch (LimitExceeded ex) {
			refuse(stream, ErrorCode.RESOURCE_LIMIT_EXCEEDED);
			return;
		}
		Negotiation negotiation = prepare(stream, connection);
		if (connection.beginNegotiation(this.swarm.config().limits().negotiatingPerConnection())) {
			negotiation.begin();
		}
		else {
			awaitTurn(stream, connection, negotiation);
		}
	}

	private Negotiation prepare(StreamChildChannel stream, SwarmConnection connection) {
		StreamRegistry registry = this.swarm.registry();
		Negotiation negotiation = Multistream.prepare(stream, registry::contains, registry::names,
				this.swarm.config().negotiationTimeout(), stream::notPayload);
		Future<String> selected = negotiation.future();
		selected.addListener((done) -> {
			if (!connection.giveUpTurn(stream)) {
				connection.endNegotiation();
			}
			if (done.isSuccess()) {
				negotiated(stream, connection, selected.getNow());
			}
			else if (stream.isOpen()) {
				refuse(stream, ErrorCode.PROTOCOL_NEGOTIATION_FAILED);
			}
		});
		return negotiation;
	}

	/**
	 * Leaves a stream unread until another one has ended its negotiation: peers open
	 * hundreds in one burst. How many can wait is bounded by the limit on streams, and
	 * how long by the time that a negotiation may take.
	 */
	private void awaitTurn(StreamChildChannel stream, SwarmConnection connection, Negotiation negotiation) {
		Future<?> tooLate = stream.eventLoop().schedule(() -> {
			this.swarm.log().limit("streams negotiating on a connection", connection);
			refuse(stream, ErrorCode.RESOURCE_LIMIT_EXCEEDED);
		}, this.swarm.config().negotiationTimeout().toNanos(), TimeUnit.NANOSECONDS);
		connection.awaitTurn(stream, () -> {
			tooLate.cancel(false);
			negotiation.begin();
		});
		negotiation.future().addListener((done) -> tooLate.cancel(false));
	}

	private void negotiated(StreamChildChannel stream, SwarmConnection connection, String protocol) {
		Optional<StreamInitializer> initializer = this.swarm.registry().find(protocol);
		if (initializer.isEmpty()) {
			refuse(stream, ErrorCode.PROTOCOL_NEGOTIATION_FAILED);
			return;
		}
		stream.negotiated(ProtocolPath.of(protocol), connection, this.swarm.observer());
		this.swarm.initialize(stream, initializer.get());
	}

	private static void refuse(StreamChildChannel stream, ErrorCode reason) {
		stream.reset(reason.stream());
	}

}
