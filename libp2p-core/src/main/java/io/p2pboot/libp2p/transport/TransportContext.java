package io.p2pboot.libp2p.transport;

import java.time.Clock;
import java.time.Duration;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.resource.ConnectionScope;

/**
 * What a node gives its transports. Thread-safe.
 */
public interface TransportContext {

	/**
	 * Returns the node's identity.
	 * @return the key
	 */
	PrivateKey identity();

	/**
	 * Returns the event loops, shared by all transports of a node.
	 * @return the event loops and the channel classes that fit them
	 */
	EventLoops eventLoops();

	/**
	 * Returns what secures and multiplexes raw channels.
	 * @return the upgrader
	 */
	Upgrader upgrader();

	/**
	 * Returns what takes the streams that peers open, for transports that multiplex by
	 * themselves. It finds the connection through the stream's parent channel, which has
	 * to be the one of the {@link MuxedConnection} given to {@link #connected}.
	 * @return the acceptor, one for all connections
	 */
	StreamAcceptor inboundStreams();

	/**
	 * Opens the scope of a connection, before its handshake is begun, on the channel's
	 * event loop. It ends with the channel. A transport that secures by itself, or that
	 * has a handshake of its own first, asks once the channel is there; for the others
	 * the upgrader does. Whoever learns who is at the other end says so with
	 * {@link ConnectionScope#secured}.
	 * @param channel the connection's channel, which the caller closes if it is refused
	 * @param direction who opened the connection
	 * @param local our end's address
	 * @param remote the other end's address
	 * @return the scope
	 * @throws Libp2pException if the node does not take the connection
	 */
	ConnectionScope admit(Channel channel, Direction direction, Multiaddr local, Multiaddr remote)
			throws Libp2pException;

	/**
	 * Returns how long the upgrade of an inbound connection may take, from {@link #admit}
	 * on: what a transport does before it calls the upgrader is part of it.
	 * @return the time, positive
	 */
	Duration upgradeTimeout();

	/**
	 * Returns whether whoever connects from an address should prove first that it is
	 * there, for transports that can ask for that at no cost: others could use up what
	 * the address may have.
	 * @param remote the address
	 * @return whether it has used half of what it may
	 */
	default boolean isBusy(Multiaddr remote) {
		return false;
	}

	/**
	 * Hands over an inbound connection that is secured and multiplexed. Called on its
	 * event loop, before any stream of it is delivered.
	 * @param connection the connection
	 */
	void connected(MuxedConnection connection);

	/**
	 * Returns the wall clock, for certificates and records.
	 * @return the clock
	 */
	Clock clock();

}
