package io.p2pboot.libp2p.netty;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * The asynchronous face of a {@link Node}. Every node is one. Thread-safe; no method
 * blocks.
 */
public interface NettyNode extends Node {

	/**
	 * Serves a protocol's inbound streams as channels.
	 * @param path the path
	 * @param initializer sets up each inbound stream
	 * @throws IllegalStateException if the path is taken or the node is closed
	 */
	void mountStreams(ProtocolPath path, StreamInitializer initializer);

	/**
	 * Connects to a peer, as {@link Node#connect(AddrInfo)} does.
	 * @param peer the peer
	 * @return the connection; cancelling it ends the dial if nobody else waits for it
	 */
	Future<Connection> connectAsync(AddrInfo peer);

	/**
	 * Connects to a peer, as {@link Node#connect(AddrInfo, ConnectOptions)} does.
	 * @param peer the peer
	 * @param options how
	 * @return the connection; cancelling it ends the dial if nobody else waits for it
	 */
	Future<Connection> connectAsync(AddrInfo peer, ConnectOptions options);

	/**
	 * Opens a stream on a connection. With one protocol that the peer is known to
	 * support, the proposal goes out with the first payload and a refusal reaches the
	 * channel as an {@code exceptionCaught}.
	 * @param connection the connection, of this node
	 * @param protocols the protocols to propose, in order of preference
	 * @param initializer sets up the negotiated stream
	 * @return completes with the stream once it is set up; fails with a
	 * {@link io.p2pboot.libp2p.Libp2pException}
	 */
	Future<StreamChannel> openStream(Connection connection, List<ProtocolPath> protocols,
			StreamInitializer initializer);

	/**
	 * Opens a stream to a peer, connecting first if needed.
	 * @param peer the peer; may have no addresses
	 * @param protocols the protocols to propose, in order of preference
	 * @param options how to connect, and which connections will do
	 * @param initializer sets up the negotiated stream
	 * @return the stream, as {@link #openStream(Connection, List, StreamInitializer)}
	 * returns it; cancelling it ends the dial if nobody else waits for it
	 */
	Future<StreamChannel> openStream(AddrInfo peer, List<ProtocolPath> protocols, ConnectOptions options,
			StreamInitializer initializer);

	/**
	 * Pings the peer of a connection on one stream, each time after the answer before.
	 * @param connection the connection, of this node
	 * @param times how often; positive
	 * @return the round-trip times in order; fails with a
	 * {@link io.p2pboot.libp2p.Libp2pException} if one ping is not answered within 10
	 * seconds, or wrongly
	 */
	Future<List<Duration>> pingAsync(Connection connection, int times);

	/**
	 * Returns this node's public key.
	 * @return the key
	 */
	PublicKey publicKey();

	/**
	 * Returns our addresses, signed; made anew when they change.
	 * @return the envelope of a {@link io.p2pboot.libp2p.PeerRecord}
	 */
	SignedEnvelope signedRecord();

	/**
	 * Listens on one more address: until the listener is closed or the node stops.
	 * @param address the address; port 0 for any port
	 * @return what is bound; fails with an {@link java.io.IOException} that names the
	 * address
	 * @throws IllegalStateException if the node is not running
	 */
	Future<? extends Listening> listen(Multiaddr address);

	/**
	 * Adds addresses at which others can reach us: they are told beside our own, or
	 * beside the announced ones, in identify, {@link #signedRecord} and
	 * {@link #addrInfo}.
	 * @param addresses the addresses, at most 64; with an address of ours behind a relay,
	 * the whole of it
	 * @return closing it withdraws them
	 * @throws IllegalArgumentException if there are too many
	 */
	Subscription addAddresses(List<Multiaddr> addresses);

	/**
	 * Returns the name and version that identify tells.
	 * @return for example {@code my-service/1.4.0}
	 */
	String agentVersion();

	/**
	 * Records that a peer sees us at an address.
	 * @param connection where it said so
	 * @param observed the address
	 */
	void observed(Connection connection, Multiaddr observed);

	/**
	 * Adds a listener that is called at once, on the event loop of the connection: for a
	 * service that must not wait until other listeners have returned.
	 * @param listener the listener; must not block
	 * @return closing it removes the listener
	 */
	Subscription addEventLoopListener(ConnectionListener listener);

	/**
	 * Adds a task that runs after the protocols or the addresses that we tell others may
	 * have changed.
	 * @param task the task; runs on any thread and must not block
	 * @return closing it removes the task
	 */
	Subscription onLocalChange(Runnable task);

	/**
	 * Sets who takes the datagrams that connections carry themselves.
	 * @param taker is given each such connection on its event loop, before anything is
	 * read from it
	 * @return whether there can be any
	 */
	boolean takeDatagrams(BiConsumer<Connection, NativeDatagrams> taker);

	/**
	 * Tells listeners that a peer has said that it serves other protocols than before.
	 * @param connection where it said so
	 * @param added what it serves now and had not told on this connection
	 * @param removed what it had told and does not serve any more
	 */
	void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed);

	/**
	 * Tells that a connection's peer has been identified and the {@link #peerStore()} is
	 * up to date.
	 * @param connection the connection
	 */
	void identified(Connection connection);

	/**
	 * Records a round trip to a connection's peer.
	 * @param connection the connection, of this node
	 * @param roundTrip the time that was measured
	 */
	void pinged(Connection connection, Duration roundTrip);

	/**
	 * Returns what measures this node.
	 * @return the observer
	 */
	NodeObserver observer();

	/**
	 * Returns where code that may block runs.
	 * @return the executor of handlers
	 */
	Executor executor();

	/**
	 * Returns what runs the timers of services: one of the node's event loops, so that
	 * tasks must not block. Its {@code ticker()} is the time that does not jump.
	 * @return the executor
	 */
	EventExecutor scheduler();

	/**
	 * Returns the wall clock.
	 * @return the clock
	 */
	Clock clock();

	/**
	 * Signs a payload with this node's key and puts it into an envelope.
	 * @param domain separates the uses of signatures
	 * @param payloadType says what the payload is
	 * @param payload the payload; not consumed
	 * @return the envelope
	 */
	SignedEnvelope seal(String domain, ByteBuffer payloadType, ByteBuffer payload);

	/**
	 * Signs a payload with this node's key where a protocol has its own form of a signed
	 * message.
	 * @param prefix separates the uses of signatures: its UTF-8 is signed before the
	 * payload, for example {@code libp2p-pubsub:}
	 * @param payload the payload; not consumed
	 * @return the signature
	 */
	ByteBuffer sign(String prefix, ByteBuffer payload);

	/**
	 * Returns what the node's connections use.
	 * @return a snapshot
	 */
	ResourceUsage usage();

	/**
	 * Returns what each scope uses: the node, what is in its handshake or negotiation,
	 * services, protocols, and peers.
	 * @param peers how many peers at most, those with most streams; 0 for none
	 * @return a snapshot
	 */
	List<ScopeUsage> scopes(int peers);

	/**
	 * Returns what connection listeners were told of, and what waits to be told.
	 * @return a snapshot
	 */
	EventUsage eventUsage();

}
