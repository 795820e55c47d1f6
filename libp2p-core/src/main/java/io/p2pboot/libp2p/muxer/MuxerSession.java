package io.p2pboot.libp2p.muxer;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.netty.NativeDatagrams;

/**
 * The streams of one connection, whichever way they are multiplexed (yamux, or QUIC's
 * own). Thread-safe; no method blocks.
 *
 * <p>
 * A stream is a {@link StreamChildChannel} whose parent is {@link #channel()}, on the
 * same event loop. It moves {@link io.netty.buffer.ByteBuf}s. {@code shutdownOutput()}
 * sends FIN after what was written; the peer's FIN fires
 * {@link io.netty.channel.socket.ChannelInputShutdownEvent}. The peer's reset fires
 * {@code exceptionCaught} with a {@link io.p2pboot.libp2p.StreamReset}, once, then the
 * channel closes; the end of the connection fires
 * {@link io.p2pboot.libp2p.ConnectionLost} in the same way. {@code close()} on a stream
 * sends FIN after what was written, discards what arrives, and then frees the stream.
 * With auto-read off, one {@code read()} delivers at most one batch, and credit for a
 * batch returns to the peer with the next {@code read()}.
 */
public interface MuxerSession {

	/**
	 * Returns the connection's channel; when it closes all streams end.
	 * @return the parent channel
	 */
	Channel channel();

	/**
	 * Opens a stream.
	 * @param setup adds the stream's handlers; auto-read is on
	 * @return the stream, completed on the event loop; fails with
	 * {@link io.p2pboot.libp2p.LimitExceeded} or
	 * {@link io.p2pboot.libp2p.ConnectionLost}. Waits while the peer has not acknowledged
	 * as many streams as it allows
	 */
	Future<StreamChildChannel> openStream(StreamAcceptor setup);

	/**
	 * Opens a stream of a protocol that keeps the connection itself in order. It comes
	 * before those that wait for the peer, and some of what the peer allows is kept for
	 * such streams.
	 * @param setup adds the stream's handlers; auto-read is on
	 * @return the stream, as {@link #openStream}
	 */
	default Future<StreamChildChannel> openUrgentStream(StreamAcceptor setup) {
		return openStream(setup);
	}

	/**
	 * Returns how many streams are open, of either side.
	 * @return the number of streams
	 */
	int streams();

	/**
	 * Returns whether streams may be opened: {@code false} once either side has said that
	 * the connection ends (yamux GoAway), even while the streams that are open live on.
	 * @return whether {@link #openStream} may succeed
	 */
	default boolean takesStreams() {
		return true;
	}

	/**
	 * Returns the last round-trip time that was measured.
	 * @return the round-trip time; empty before the first measurement
	 */
	Optional<Duration> roundTripTime();

	/**
	 * Returns the datagrams that the connection carries beside its streams.
	 * @return the datagrams; empty where there are none, as over yamux
	 */
	default Optional<NativeDatagrams> datagrams() {
		return Optional.empty();
	}

	/**
	 * Waits until what was written on the streams so far has come to the peer, as far as
	 * that can be seen: acknowledged (QUIC), or before a ping that was answered (yamux).
	 * @return completes then, or when the connection has ended; at once where nothing can
	 * be seen
	 */
	default Future<?> delivered() {
		return channel().newSucceededFuture();
	}

	/**
	 * Returns why the connection has ended.
	 * @return the first cause; empty while it is open, and where it is not known
	 */
	default Optional<IOException> endCause() {
		return Optional.empty();
	}

	/**
	 * Tells the peer that we end the connection (yamux GoAway, QUIC CONNECTION_CLOSE),
	 * then closes {@link #channel()}.
	 * @param code the connection's error code; 0 for a normal end
	 * @return completes when the channel is closed
	 */
	ChannelFuture close(long code);

}
