package io.p2pboot.libp2p;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * One authenticated, multiplexed connection to a peer. Thread-safe; no method but
 * {@link #awaitClosed} blocks.
 */
public interface Connection {

	/**
	 * Returns the peer at the other end, as it proved itself.
	 * @return the peer id
	 */
	PeerId remotePeer();

	/**
	 * Returns the key with which the peer proved itself.
	 * @return the public key
	 */
	PublicKey remoteKey();

	/**
	 * Returns our end's address.
	 * @return the address, without {@code /p2p}
	 */
	Multiaddr localAddress();

	/**
	 * Returns the other end's address, as this node sees it.
	 * @return the address, without {@code /p2p}
	 */
	Multiaddr remoteAddress();

	/**
	 * Returns what the connection may carry, where a relay between limits it. Protocols
	 * that move much do not use such a connection.
	 * @return the limit; empty where nobody limits it
	 */
	default Optional<Limit> limit() {
		return Optional.empty();
	}

	/**
	 * Returns whether a relay limits what the connection may carry.
	 * @return whether there is a {@link #limit()}
	 */
	default boolean isLimited() {
		return limit().isPresent();
	}

	/**
	 * Returns the relay between this node and the peer.
	 * @return the relay's peer id; empty where the connection is direct
	 */
	default Optional<PeerId> relay() {
		return Optional.empty();
	}

	/**
	 * Returns who opened the connection.
	 * @return the direction
	 */
	Direction direction();

	/**
	 * Returns the transport's label.
	 * @return for example {@code tcp}, {@code ws}, {@code quic-v1}
	 */
	String transport();

	/**
	 * Returns the negotiated security protocol.
	 * @return for example {@code /noise}; empty where the transport brings its own (QUIC)
	 */
	Optional<String> security();

	/**
	 * Returns the negotiated stream multiplexer.
	 * @return for example {@code /yamux/1.0.0}; empty where the transport brings its own
	 */
	Optional<String> muxer();

	/**
	 * Returns whether the muxer was chosen inside the security handshake.
	 * @return {@code true} if no round trip was spent on it
	 */
	boolean isEarlyMuxer();

	/**
	 * Returns the last round-trip time that the multiplexer or a ping measured.
	 * @return the round-trip time; empty before the first measurement
	 */
	Optional<Duration> roundTripTime();

	/**
	 * Returns how many streams are open now, of either side.
	 * @return the number of streams
	 */
	int streams();

	/**
	 * Returns whether the connection is usable.
	 * @return {@code false} once either side has closed it or it was lost
	 */
	boolean isOpen();

	/**
	 * Returns why the connection has ended: which side closed it, with what code, or how
	 * it was lost.
	 * @return the cause; empty while it is open, and where it is not known
	 */
	default Optional<IOException> endCause() {
		return Optional.empty();
	}

	/**
	 * Closes the connection and resets its streams. Returns at once; idempotent. See
	 * {@link #awaitClosed}.
	 */
	void close();

	/**
	 * Waits until the connection has ended, whoever ends it. The only method that blocks;
	 * an interrupt ends the wait and stays set.
	 * @param timeout how long to wait; not negative
	 * @return whether it has ended
	 * @throws IllegalArgumentException if the time is negative
	 * @throws IllegalStateException on an event loop
	 */
	boolean awaitClosed(Duration timeout);

	/**
	 * What a limited connection may carry, as its relay has told.
	 *
	 * @param duration how long it lasts; empty for any time
	 * @param bytes how many bytes it carries in each direction; empty for any number
	 */
	record Limit(Optional<Duration> duration, OptionalLong bytes) {

	}

}
