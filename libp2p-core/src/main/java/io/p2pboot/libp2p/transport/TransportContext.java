package io.p2pboot.libp2p.transport;

import java.time.Clock;

import io.netty.channel.ChannelHandler;
import io.p2pboot.libp2p.crypto.PrivateKey;

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
	 * Returns what sets up streams that peers open, for transports that multiplex by
	 * themselves. It finds the connection through the stream's parent channel, which has
	 * to be the one of the {@link MuxedConnection} given to {@link #connected}.
	 * @return a sharable handler
	 */
	ChannelHandler inboundStreams();

	/**
	 * Asks, before a handshake is begun, whether one more inbound connection may be
	 * upgraded now. For transports that secure by themselves; the upgrader asks for the
	 * others. Each {@code true} is given back with {@link #inboundEnded} or
	 * {@link #connected}.
	 * @return whether it may
	 */
	boolean admitInbound();

	/**
	 * Gives back an admission whose handshake failed.
	 */
	void inboundEnded();

	/**
	 * Hands over an inbound connection that is secured and multiplexed. Called on its
	 * event loop, before any stream of it is delivered. The node closes it if a limit is
	 * reached.
	 * @param connection the connection
	 */
	void connected(MuxedConnection connection);

	/**
	 * Returns the wall clock, for certificates and records.
	 * @return the clock
	 */
	Clock clock();

}
