package io.p2pboot.libp2p;

import java.time.Duration;
import java.util.Locale;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Measures a node: metrics are built on this. Calls come on any thread, event loops
 * included, so an implementation must be thread-safe, must not block, and should not
 * allocate. What it throws is logged, the first time as a warning, and goes no further.
 * Every method does nothing by default.
 */
public interface NodeObserver {

	/** An observer that measures nothing. */
	NodeObserver NONE = new NodeObserver() {
	};

	/**
	 * A connection is ready.
	 * @param connection the connection
	 * @param handshake the time from the raw connection to the multiplexed one
	 */
	default void connectionOpened(Connection connection, Duration handshake) {
	}

	/**
	 * A connection has ended.
	 * @param connection the connection
	 * @param lifetime how long it was open
	 */
	default void connectionClosed(Connection connection, Duration lifetime) {
	}

	/**
	 * Dialling one address failed.
	 * @param address the address
	 * @param cause why: a {@link java.util.concurrent.CancellationException} where
	 * another address of the peer was connected first, a
	 * {@link java.util.concurrent.TimeoutException} where the time for the peer was over
	 */
	default void dialFailed(Multiaddr address, Throwable cause) {
	}

	/**
	 * Dialling a peer ended.
	 * @param peer the peer
	 * @param success whether a connection was made
	 * @param dials how many addresses were dialled
	 * @param elapsed how long it took
	 */
	default void dialCompleted(PeerId peer, boolean success, int dials, Duration elapsed) {
	}

	/**
	 * A dial was held back to let a better address go first.
	 * @param delay the delay
	 */
	default void dialDelayed(Duration delay) {
	}

	/**
	 * A dial to an address on the internet over UDP or IPv6 has ended, and with it what
	 * is known of the network may have changed: where too few of such dials succeed, they
	 * come after all others.
	 * @param network {@code UDP} or {@code IPv6}
	 * @param state what is known
	 * @param successFraction the share of the last dials that succeeded, 0 to 1
	 * @param nextProbeAfter in how many dials one is made as if the network were good; 0
	 * unless blocked
	 */
	default void blackHole(String network, BlackHoleState state, double successFraction, int nextProbeAfter) {
	}

	/**
	 * A stream is negotiated.
	 * @param connection its connection
	 * @param protocol its protocol
	 * @param direction who opened it
	 */
	default void streamOpened(Connection connection, ProtocolPath protocol, Direction direction) {
	}

	/**
	 * A negotiated stream has ended.
	 * @param connection its connection
	 * @param protocol its protocol
	 * @param direction who opened it
	 */
	default void streamClosed(Connection connection, ProtocolPath protocol, Direction direction) {
	}

	/**
	 * Payload moved on a stream of a protocol.
	 * @param protocol the protocol
	 * @param direction inbound for received, outbound for sent
	 * @param bytes how many bytes; positive
	 */
	default void bytesMoved(ProtocolPath protocol, Direction direction, int bytes) {
	}

	/**
	 * A stream handler returned.
	 * @param stream the stream it served
	 */
	default void handlerReturned(Stream stream) {
	}

	/**
	 * A stream handler threw.
	 * @param stream the stream it served
	 * @param failure what it threw
	 */
	default void handlerFailed(Stream stream, Throwable failure) {
	}

	/**
	 * A stream was refused because no thread could be had for its handler.
	 * @param stream the stream
	 */
	default void streamRefused(Stream stream) {
	}

	/**
	 * A datagram handler threw.
	 * @param protocol the protocol
	 * @param failure what it threw
	 */
	default void datagramHandlerFailed(ProtocolPath protocol, Throwable failure) {
	}

	/**
	 * A datagram was sent or received.
	 * @param protocol the protocol
	 * @param direction inbound for received, outbound for sent
	 */
	default void datagram(ProtocolPath protocol, Direction direction) {
	}

	/**
	 * A datagram was dropped by this node.
	 * @param protocol the protocol
	 * @param direction inbound for received, outbound for to be sent
	 * @param reason why, of a closed set
	 */
	default void datagramDropped(ProtocolPath protocol, Direction direction, DatagramDrop reason) {
	}

	/**
	 * An identify message was exchanged.
	 * @param direction inbound for received, outbound for sent
	 * @param push whether it was a push
	 * @param protocols how many protocols it listed
	 * @param addresses how many addresses it listed
	 */
	default void identify(Direction direction, boolean push, int protocols, int addresses) {
	}

	/**
	 * A peer answered who it is.
	 * @param connection the connection on which it was asked
	 * @param supportsPush whether it takes pushes
	 */
	default void identified(Connection connection, boolean supportsPush) {
	}

	/**
	 * What this node tells of itself has changed: connected peers are told.
	 * @param trigger what has changed
	 */
	default void pushTriggered(PushTrigger trigger) {
	}

	/**
	 * A ping was answered.
	 * @param connection the connection
	 * @param roundTrip the round-trip time
	 */
	default void pinged(Connection connection, Duration roundTrip) {
	}

	/**
	 * A limit has refused something.
	 * @param scope whose limit, of a closed set: {@code system}, {@code transient},
	 * {@code address}, {@code peer}, {@code protocol}, {@code protocol-peer},
	 * {@code service}, {@code service-peer}, {@code connection}
	 * @param direction who wanted it
	 * @param resource what was wanted
	 */
	default void resourceBlocked(String scope, Direction direction, Resource resource) {
	}

	/**
	 * A peer has one connection more, or one less.
	 * @param direction who opened it
	 * @param before how many of the direction it had
	 * @param after how many it has
	 */
	default void peerConnections(Direction direction, int before, int after) {
	}

	/**
	 * A peer has one stream more, or one less.
	 * @param direction who opened it
	 * @param before how many of the direction it had
	 * @param after how many it has
	 */
	default void peerStreams(Direction direction, int before, int after) {
	}

	/**
	 * What a peer leaves unread has changed from one order of size to another.
	 * @param before how many bytes it was, about
	 * @param after how many it is
	 */
	default void peerMemory(long before, long after) {
	}

	/**
	 * What made a node push.
	 */
	enum PushTrigger {

		/** A protocol was mounted or unmounted. */
		PROTOCOLS_UPDATED,

		/** An address came or went. */
		ADDRESSES_UPDATED;

		/**
		 * Returns the label value that metrics use.
		 * @return the name as go-libp2p writes it, for example {@code protocols_updated}
		 */
		public String label() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	/**
	 * Why a datagram was dropped.
	 */
	enum DatagramDrop {

		/** The queue to the peer was full. */
		SEND_QUEUE_FULL,

		/** The protocol's receive queue was full: the oldest made room. */
		RECEIVE_QUEUE_FULL,

		/** It came for a flow that is not known, or not any more. */
		UNKNOWN_FLOW,

		/** It no longer fits what the path carries. */
		TOO_LARGE,

		/** Its connection ended before it was sent. */
		CONNECTION_LOST;

		/**
		 * Returns the label value that metrics use.
		 * @return for example {@code send-queue-full}
		 */
		public String label() {
			return name().toLowerCase(Locale.ROOT).replace('_', '-');
		}

	}

	/** What is known of a network that may swallow packets. */
	enum BlackHoleState {

		/** Too few dials were seen to tell. */
		PROBING,

		/** Enough of the last dials succeeded. */
		ALLOWED,

		/** Too few of the last dials succeeded. */
		BLOCKED

	}

}
