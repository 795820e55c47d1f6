package io.p2pboot.libp2p.netty;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;
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
	 * @return the connection
	 */
	Future<Connection> connectAsync(AddrInfo peer);

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

}
