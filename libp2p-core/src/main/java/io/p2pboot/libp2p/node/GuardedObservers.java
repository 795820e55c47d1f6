package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Tells several observers, each in turn: what one throws reaches neither the node nor the
 * next. Any thread; allocates nothing for what happens with every stream, frame or
 * datagram.
 */
final class GuardedObservers implements NodeObserver {

	private static final Logger logger = LoggerFactory.getLogger(GuardedObservers.class);

	private final NodeObserver[] observers;

	/**
	 * One that fails does so with every frame: the first failure is enough of a warning.
	 */
	private final AtomicBoolean warned = new AtomicBoolean();

	private GuardedObservers(NodeObserver[] observers) {
		this.observers = observers;
	}

	static NodeObserver of(List<NodeObserver> observers) {
		return observers.isEmpty() ? NodeObserver.NONE : new GuardedObservers(observers.toArray(NodeObserver[]::new));
	}

	@Override
	public void connectionOpened(Connection connection, Duration handshake) {
		each((observer) -> observer.connectionOpened(connection, handshake));
	}

	@Override
	public void connectionClosed(Connection connection, Duration lifetime) {
		each((observer) -> observer.connectionClosed(connection, lifetime));
	}

	@Override
	public void dialFailed(Multiaddr address, Throwable cause) {
		each((observer) -> observer.dialFailed(address, cause));
	}

	@Override
	public void dialCompleted(PeerId peer, boolean success, int dials, Duration elapsed) {
		each((observer) -> observer.dialCompleted(peer, success, dials, elapsed));
	}

	@Override
	public void dialDelayed(Duration delay) {
		each((observer) -> observer.dialDelayed(delay));
	}

	@Override
	public void blackHole(String network, BlackHoleState state, double successFraction, int nextProbeAfter) {
		each((observer) -> observer.blackHole(network, state, successFraction, nextProbeAfter));
	}

	@Override
	public void streamOpened(Connection connection, ProtocolPath protocol, Direction direction) {
		for (NodeObserver observer : this.observers) {
			try {
				observer.streamOpened(connection, protocol, direction);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void streamClosed(Connection connection, ProtocolPath protocol, Direction direction) {
		for (NodeObserver observer : this.observers) {
			try {
				observer.streamClosed(connection, protocol, direction);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void bytesMoved(ProtocolPath protocol, Direction direction, int bytes) {
		for (NodeObserver observer : this.observers) {
			try {
				observer.bytesMoved(protocol, direction, bytes);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void handlerReturned(Stream stream) {
		for (NodeObserver observer : this.observers) {
			try {
				observer.handlerReturned(stream);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void handlerFailed(Stream stream, Throwable failure) {
		each((observer) -> observer.handlerFailed(stream, failure));
	}

	@Override
	public void streamRefused(Stream stream) {
		each((observer) -> observer.streamRefused(stream));
	}

	@Override
	public void datagramHandlerFailed(ProtocolPath protocol, Throwable failure) {
		each((observer) -> observer.datagramHandlerFailed(protocol, failure));
	}

	@Override
	public void datagram(ProtocolPath protocol, Direction direction) {
		for (NodeObserver observer : this.observers) {
			try {
				observer.datagram(protocol, direction);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void datagramDropped(ProtocolPath protocol, Direction direction, DatagramDrop reason) {
		each((observer) -> observer.datagramDropped(protocol, direction, reason));
	}

	@Override
	public void identify(Direction direction, boolean push, int protocols, int addresses) {
		each((observer) -> observer.identify(direction, push, protocols, addresses));
	}

	@Override
	public void identified(Connection connection, boolean supportsPush) {
		each((observer) -> observer.identified(connection, supportsPush));
	}

	@Override
	public void pushTriggered(PushTrigger trigger) {
		each((observer) -> observer.pushTriggered(trigger));
	}

	@Override
	public void pinged(Connection connection, Duration roundTrip) {
		each((observer) -> observer.pinged(connection, roundTrip));
	}

	@Override
	public void resourceBlocked(String scope, Direction direction, Resource resource) {
		each((observer) -> observer.resourceBlocked(scope, direction, resource));
	}

	@Override
	public void peerConnections(Direction direction, int before, int after) {
		each((observer) -> observer.peerConnections(direction, before, after));
	}

	@Override
	public void peerStreams(Direction direction, int before, int after) {
		for (NodeObserver observer : this.observers) {
			try {
				observer.peerStreams(direction, before, after);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void peerMemory(long before, long after) {
		each((observer) -> observer.peerMemory(before, after));
	}

	private void each(Consumer<NodeObserver> event) {
		for (NodeObserver observer : this.observers) {
			try {
				event.accept(observer);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
		}
	}

	private void failed(NodeObserver observer, Throwable failure) {
		if (this.warned.compareAndSet(false, true)) {
			logger.warn("The observer {} failed; more of this is logged at debug level", observer, failure);
		}
		else {
			logger.debug("The observer {} failed", observer, failure);
		}
	}

}
