package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multistream.Multistream;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.netty.StreamInitializer;

/**
 * Opens streams on connections and negotiates their protocol. Any thread may call; each
 * stream is set up on its connection's event loop.
 */
final class OutboundStreams {

	private final Swarm swarm;

	OutboundStreams(Swarm swarm) {
		this.swarm = swarm;
	}

	/**
	 * Opens a stream.
	 * @param connection where
	 * @param protocols what to propose, in order of preference
	 * @param optimistic whether the peer is known to support the first and only protocol,
	 * so that its answer need not be waited for
	 * @param initializer sets the stream up
	 * @return the stream
	 */
	Future<StreamChannel> open(SwarmConnection connection, List<ProtocolPath> protocols, boolean optimistic,
			StreamInitializer initializer) {
		EventLoop loop = connection.session().channel().eventLoop();
		if (loop.isShuttingDown()) {
			// It takes nothing any more.
			return ImmediateEventExecutor.INSTANCE.newFailedFuture(new ConnectionLost("The node has stopped"));
		}
		Promise<StreamChannel> result = loop.newPromise();
		// Other stacks send their header as soon as they see the stream: what takes it
		// has to be in the pipeline from the beginning.
		StreamAcceptor setup = (stream) -> {
			try {
				connection.count(stream, Direction.OUTBOUND);
				negotiate(connection, stream, protocols, optimistic, initializer, result);
			}
			catch (LimitExceeded ex) {
				stream.reset(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
				result.tryFailure(ex);
			}
		};
		boolean urgent = this.swarm.config().urgent().containsAll(protocols);
		Future<StreamChildChannel> opened = urgent ? connection.session().openUrgentStream(setup)
				: connection.session().openStream(setup);
		opened.addListener((done) -> {
			if (!done.isSuccess()) {
				result.tryFailure(failure(done.cause()));
			}
		});
		if (loop.inEventLoop()) {
			limit(loop, opened, result);
		}
		else {
			loop.execute(() -> limit(loop, opened, result));
		}
		return result;
	}

	/** A peer may take no more streams for now, and then for ever. */
	private void limit(EventLoop loop, Future<StreamChildChannel> opened, Promise<StreamChannel> result) {
		if (opened.isDone()) {
			return;
		}
		Duration timeout = this.swarm.config().negotiationTimeout();
		ScheduledFuture<?> timer = loop.schedule(() -> {
			result.tryFailure(new ConnectionLost(
					"Could not open a stream: the peer took none within " + timeout.toMillis() + " ms"));
			opened.cancel(false);
		}, timeout.toNanos(), TimeUnit.NANOSECONDS);
		opened.addListener((done) -> timer.cancel(false));
	}

	private void negotiate(SwarmConnection connection, StreamChildChannel stream, List<ProtocolPath> protocols,
			boolean optimistic, StreamInitializer initializer, Promise<StreamChannel> result) {
		if (optimistic) {
			ProtocolPath only = protocols.get(0);
			Multistream.selectLazily(stream, only.toString(), connection.remotePeer(),
					this.swarm.config().negotiationTimeout(), stream::notPayload);
			stream.negotiated(only, connection, this.swarm.observer());
			complete(stream, initializer, result);
			return;
		}
		List<String> names = new ArrayList<>(protocols.size());
		for (ProtocolPath protocol : protocols) {
			names.add(protocol.toString());
		}
		Future<String> selected = Multistream.select(stream, names, this.swarm.config().negotiationTimeout(),
				stream::notPayload);
		selected.addListener((done) -> {
			if (done.isSuccess()) {
				stream.negotiated(ProtocolPath.of(selected.getNow()), connection, this.swarm.observer());
				complete(stream, initializer, result);
			}
			else {
				stream.reset(ErrorCode.PROTOCOL_NEGOTIATION_FAILED.stream());
				result.tryFailure(refusal(connection, protocols, done.cause()));
			}
		});
	}

	private void complete(StreamChildChannel stream, StreamInitializer initializer, Promise<StreamChannel> result) {
		Optional<Libp2pException> failure = this.swarm.initialize(stream, initializer);
		if (failure.isPresent()) {
			result.tryFailure(failure.get());
		}
		else if (!result.trySuccess(stream)) {
			stream.reset(ErrorCode.NO_ERROR.stream());
		}
	}

	private static Throwable refusal(SwarmConnection connection, List<ProtocolPath> protocols, Throwable cause) {
		return Multistream.isRefusal(cause) ? new ProtocolUnsupported(connection.remotePeer(), protocols)
				: failure(cause);
	}

	/** A negotiation that the peer has reset fails with the reset. */
	private static Throwable failure(Throwable cause) {
		if (cause instanceof Libp2pException) {
			return cause;
		}
		return (cause.getCause() instanceof StreamReset reset) ? reset
				: new ConnectionLost("Could not open a stream: " + cause.getMessage(), cause);
	}

}
