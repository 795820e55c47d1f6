package io.p2pboot.libp2p;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * A libp2p node: an identity, the addresses it listens on, the protocols mounted on it
 * and the connections to other peers. Thread-safe. Built by
 * {@code io.p2pboot.libp2p.node.NodeBuilder}.
 */
public interface Node extends AutoCloseable {

	/**
	 * Returns this node's identity.
	 * @return the peer id
	 */
	PeerId peerId();

	/**
	 * Returns the addresses that are bound, port 0 resolved, without {@code /p2p}. One
	 * that was lost since is not among them.
	 * @return the addresses; empty if the node only dials
	 */
	List<Multiaddr> listenAddresses();

	/**
	 * Returns this node's id with the addresses that others can dial: the announced ones
	 * if some are configured, else the bound ones with unspecified hosts expanded, and
	 * those at which at least four peers of different networks see this node.
	 * @return the peer info to hand to others
	 */
	AddrInfo addrInfo();

	/**
	 * Returns what the node knows of peers.
	 * @return the store
	 */
	PeerStore peerStore();

	/**
	 * Binds the configured listen addresses and begins to accept. Does nothing if
	 * started. Blocks until every address is bound.
	 * @throws IOException if an address could not be bound: it is named, and none is left
	 * bound
	 * @throws IllegalStateException if the node is closed
	 */
	void start() throws IOException;

	/**
	 * Prepares for {@link #stop} while the rest of the application still works: unbinds,
	 * refuses new inbound connections and streams, and waits for the inbound streams that
	 * handlers serve; what is left after the grace period is reset. Connections stay, and
	 * streams can be opened, until {@link #stop}. Does nothing if not running. Blocks;
	 * idempotent; {@link #start} takes it back.
	 * @param grace how long to wait, not negative
	 * @return {@code false} if streams had to be reset
	 * @throws IllegalArgumentException if the time is negative
	 */
	boolean drain(Duration grace);

	/**
	 * Returns whether {@link #drain} was called since the last {@link #start}, and not
	 * {@link #stop} yet.
	 * @return whether new inbound streams are refused
	 */
	boolean isDraining();

	/**
	 * Ends what {@link #start} began: unbinds, refuses new streams, waits for the inbound
	 * streams that handlers serve and until what was written on any stream has come to
	 * its peer, for the configured grace period at most, then closes every connection.
	 * The node can be started again, with the same identity and protocols. Blocks;
	 * idempotent.
	 */
	void stop();

	/**
	 * Returns whether the node is between {@link #start} and {@link #stop}.
	 * @return whether it is running
	 */
	boolean isRunning();

	/**
	 * Mounts a protocol: from now on it is offered to peers and its inbound streams or
	 * datagrams are delivered. Does not block.
	 * @param <P> the kind of protocol
	 * @param path the path
	 * @param protocol the protocol, mounted nowhere yet
	 * @return the protocol
	 * @throws IllegalStateException if the path is taken, the protocol is already mounted
	 * or the node is closed
	 */
	<P extends Protocol> P mountProtocol(ProtocolPath path, P protocol);

	/**
	 * Unmounts a protocol; its open streams live on, blocked accepts end with
	 * {@link java.nio.channels.AsynchronousCloseException}. Does nothing if the path is
	 * free.
	 * @param path the path
	 * @throws IllegalArgumentException if the path is a protocol that every node serves
	 */
	default void unmountProtocol(ProtocolPath path) {
		unmountProtocol(path, Unmount.KEEP_STREAMS);
	}

	/**
	 * Unmounts a protocol; blocked accepts end with
	 * {@link java.nio.channels.AsynchronousCloseException}. Does nothing if the path is
	 * free. Does not block.
	 * @param path the path
	 * @param streams what becomes of the streams of peers that are open
	 * @throws IllegalArgumentException if the path is a protocol that every node serves
	 */
	void unmountProtocol(ProtocolPath path, Unmount streams);

	/**
	 * Mounts a routing and the protocols that it brings. Routings are asked in mount
	 * order when no known address of a peer can be connected.
	 * @param <R> the kind of routing
	 * @param routing the routing
	 * @return the routing
	 * @throws IllegalStateException if one of its paths is taken or the node is closed
	 */
	<R extends PeerRouting> R mountRouting(R routing);

	/**
	 * Unmounts a routing and the protocols that it brought. Does nothing if it is not
	 * mounted.
	 * @param routing the routing
	 */
	void unmountRouting(PeerRouting routing);

	/**
	 * Connects to a peer with the configured dial time-out. See
	 * {@link #connect(AddrInfo, Duration)}.
	 * @param peer the peer
	 * @return the connection
	 * @throws IOException if no address could be connected
	 */
	default Connection connect(AddrInfo peer) throws IOException {
		return connect(peer, ConnectOptions.DEFAULT);
	}

	/**
	 * Connects to a peer within a time. See {@link #connect(AddrInfo, ConnectOptions)}.
	 * @param peer the peer; may have no addresses
	 * @param timeout how long all of it may take; positive
	 * @return the connection
	 * @throws IOException if no address could be connected
	 */
	default Connection connect(AddrInfo peer, Duration timeout) throws IOException {
		return connect(peer, ConnectOptions.DEFAULT.withTimeout(timeout));
	}

	/**
	 * Connects to a peer: at the addresses given, then those of the {@link PeerStore},
	 * then those of every mounted {@link PeerRouting} in order. Returns at once if a
	 * connection exists that will do; any number of concurrent callers with the same
	 * wishes make one. Blocks.
	 * @param peer the peer; may have no addresses
	 * @param options how to connect, and which connections will do
	 * @return the connection
	 * @throws DialFailed if no address could be connected, with every attempt
	 * @throws LimitExceeded if the node or the peer has too many connections
	 * @throws IOException if interrupted
	 * @throws IllegalArgumentException if the peer is this node
	 * @throws IllegalStateException on an event loop, or if the node is not running
	 */
	Connection connect(AddrInfo peer, ConnectOptions options) throws IOException;

	/**
	 * Opens a stream for a protocol that this node need not serve itself, connecting
	 * first if needed. Blocks as {@link StreamProtocol#openStream(AddrInfo)} does.
	 * @param peer the peer; may have no addresses, see {@link #connect(AddrInfo)}
	 * @param path the protocol
	 * @return the stream
	 * @throws ProtocolUnsupported if the peer does not serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws LimitExceeded if a limit of this node is reached
	 * @throws IOException if the connection was lost, the negotiation took too long or
	 * the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if the node is not running
	 */
	default Stream openStream(AddrInfo peer, ProtocolPath path) throws IOException {
		return openStream(peer, path, ConnectOptions.DEFAULT);
	}

	/**
	 * Opens a stream as {@link #openStream(AddrInfo, ProtocolPath)} does, over a
	 * connection that will do.
	 * @param peer the peer; may have no addresses
	 * @param path the protocol
	 * @param options how to connect, and which connections will do
	 * @return the stream
	 * @throws IOException as {@link #openStream(AddrInfo, ProtocolPath)}
	 * @throws IllegalStateException on an event loop, or if the node is not running
	 */
	Stream openStream(AddrInfo peer, ProtocolPath path, ConnectOptions options) throws IOException;

	/**
	 * Measures the round trip to a peer with the ping protocol, connecting first if
	 * needed. Blocks until the answer is there, 10 seconds at most once connected.
	 * @param peer the peer; may have no addresses, see {@link #connect(AddrInfo)}
	 * @return the round-trip time
	 * @throws ProtocolUnsupported if the peer does not serve ping
	 * @throws StreamReset if the peer answers with other bytes or not in time
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws IOException if the connection was lost or the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if the node is not running
	 */
	Duration ping(AddrInfo peer) throws IOException;

	/**
	 * Sends a datagram of a protocol that this node need not serve itself, connecting
	 * first if needed. The first one to a peer waits until the peer has agreed to the
	 * protocol; from then on, while connected, sending never blocks: what cannot be sent
	 * now is dropped and counted.
	 * @param peer the peer; may have no addresses, see {@link #connect(AddrInfo)}
	 * @param path the protocol
	 * @param payload the bytes that remain; consumed
	 * @throws DatagramTooLarge if the payload does not fit
	 * @throws ProtocolUnsupported if the peer does not serve the protocol
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws IOException if the connection was lost or the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if the node is not running
	 */
	void sendDatagram(AddrInfo peer, ProtocolPath path, ByteBuffer payload) throws IOException;

	/**
	 * Waits until a peer has told who it is, connecting first if needed. Returns at once
	 * if it has. Blocks, for 5 seconds at most once connected.
	 * @param peer the peer; may have no addresses, see {@link #connect(AddrInfo)}
	 * @return what it told
	 * @throws DialFailed if there is no connection and none could be made
	 * @throws ProtocolUnsupported if the peer does not serve identify
	 * @throws IOException if it did not answer, answered with something else or was
	 * disconnected before, or the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if the node is not running
	 */
	IdentifiedPeer identify(AddrInfo peer) throws IOException;

	/**
	 * Closes every connection to a peer. Does not block.
	 * @param peer the peer
	 */
	void disconnect(PeerId peer);

	/**
	 * Closes every connection to a peer and waits until they have ended. An interrupt
	 * ends the wait and stays set.
	 * @param peer the peer
	 * @param timeout how long to wait for each; not negative
	 * @return whether all have ended
	 * @throws IllegalArgumentException if the time is negative
	 * @throws IllegalStateException on an event loop
	 */
	default boolean disconnect(PeerId peer, Duration timeout) {
		List<Connection> ending = connections().stream()
			.filter((connection) -> connection.remotePeer().equals(peer))
			.toList();
		ending.forEach(Connection::close);
		boolean ended = true;
		for (Connection connection : ending) {
			ended &= connection.awaitClosed(timeout);
		}
		return ended;
	}

	/**
	 * Returns the open connections.
	 * @return a snapshot
	 */
	List<Connection> connections();

	/**
	 * Returns what says which connections are kept when there are many.
	 * @return the connection manager
	 */
	ConnectionManager connectionManager();

	/**
	 * Returns the connection that a new stream to a peer would use.
	 * @param peer the peer
	 * @return the connection; empty if not connected
	 */
	Optional<Connection> connection(PeerId peer);

	/**
	 * Returns the paths that are served while the node runs, built-in ones included.
	 * @return a snapshot
	 */
	Set<ProtocolPath> protocols();

	/**
	 * Returns our own addresses as other peers told that they see them, as far as that is
	 * plausible: of connections to a listener of ours, and no nearer than the peer.
	 * @return the addresses, the most confirmed first
	 */
	List<Multiaddr> observedAddresses();

	/**
	 * Adds a listener for connections.
	 * @param listener the listener
	 * @return closing it removes the listener
	 */
	Subscription addConnectionListener(ConnectionListener listener);

	/**
	 * Stops as {@link #stop} does, then frees every thread and buffer: the node cannot be
	 * started again, and blocked accepts end. Blocks until all is closed, but not for the
	 * idle threads of event loops, which end within a second. Idempotent.
	 */
	@Override
	void close();

	/**
	 * What becomes of the open streams of a protocol that is unmounted.
	 */
	enum Unmount {

		/** They live on. */
		KEEP_STREAMS,

		/** Those that peers opened are reset with {@link ErrorCode#SHUTDOWN}. */
		RESET_STREAMS

	}

	/**
	 * Removes what was added, when closed. Idempotent.
	 */
	interface Subscription extends AutoCloseable {

		@Override
		void close();

	}

}
