package io.p2pboot.libp2p.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * Datagrams that a connection carries itself, beside its streams (QUIC, RFC 9221). A
 * multiplexer that has them says so from the moment its connection is handed over, even
 * where it does not know yet whether the peer takes any: {@link #maxBytes} tells.
 *
 * <p>
 * The caller sends one datagram at a time and only as long as {@link #trySend} takes
 * them, so an implementation needs no queue beyond what its codec has; where the codec
 * drops silently once that is full, it has to count what is under way itself and refuse
 * in time. Event loop only, unless a method says otherwise.
 */
public interface NativeDatagrams {

	/**
	 * Returns the connection's channel, whose event loop is meant here. Any thread.
	 * @return the channel
	 */
	Channel channel();

	/**
	 * Returns the largest datagram that fits now; it may change with the path MTU. Any
	 * thread.
	 * @return the size in bytes, without QUIC's own framing; 0 as long as the peer has
	 * not said that it takes datagrams
	 */
	int maxBytes();

	/**
	 * Returns the largest datagram that may fit once the path is known: at least
	 * {@link #maxBytes}. Any thread.
	 * @return the size in bytes, without QUIC's own framing; {@link #maxBytes} unless the
	 * path is still being found out
	 */
	default int hopedForBytes() {
		return maxBytes();
	}

	/**
	 * Returns whether this side opened the connection, so that its streams have even ids.
	 * @return whether we dialled
	 */
	boolean isInitiator();

	/**
	 * Returns the transport's id of a stream of this connection.
	 * @param stream the stream
	 * @return the id, 0 to 2^62-1
	 */
	long streamId(StreamChannel stream);

	/**
	 * Returns the highest id of the bidirectional streams that this side has opened, of
	 * whatever protocol.
	 * @return the id; -1 if there was none
	 */
	long lastOpenedStreamId();

	/**
	 * Hands a datagram to the transport, to leave at the next {@link #flush}.
	 * @param datagram at most {@link #maxBytes} bytes; owned by the transport if taken,
	 * else left to the caller
	 * @return whether it was taken; if not, {@link Receiver#writable} follows once there
	 * is room
	 */
	boolean trySend(ByteBuf datagram);

	/**
	 * Lets go what was taken.
	 */
	void flush();

	/**
	 * Sets who takes the datagrams. Called once, before any of them is read.
	 * @param receiver the receiver
	 */
	void receiver(Receiver receiver);

	/**
	 * Closes the connection with an error.
	 * @param code the libp2p error code of the connection
	 * @param reason what the peer did, for the log
	 */
	void close(long code, String reason);

	/**
	 * Takes what arrives. Called on the event loop.
	 */
	interface Receiver {

		/**
		 * A datagram has arrived.
		 * @param datagram the datagram, owned by the receiver
		 */
		void received(ByteBuf datagram);

		/**
		 * There is room again, after {@link NativeDatagrams#trySend} refused.
		 */
		void writable();

	}

}
