package io.p2pboot.libp2p.netty;

import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DuplexChannel;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * A stream in the asynchronous tier: a Netty child channel that knows what it carries.
 * Its parent is the connection's channel.
 *
 * <p>
 * The channel moves {@link io.netty.buffer.ByteBuf}s. The remote's FIN is a
 * {@link io.netty.channel.socket.ChannelInputShutdownEvent}; a reset is an
 * {@code exceptionCaught} with a {@link io.p2pboot.libp2p.StreamReset}, after which the
 * channel becomes inactive. With auto-read off, one {@code read()} delivers what is
 * buffered, up to a batch; credit for it goes back to the peer with the next
 * {@code read()}. Thread-safe; handlers run on the connection's event loop.
 *
 * <p>
 * {@code close()} ends our side (FIN) after what was written before, and discards what
 * arrives; the channel closes when the FIN is written.
 */
public interface StreamChannel extends DuplexChannel {

	/**
	 * Returns the protocol of the stream.
	 * @return the path
	 */
	ProtocolPath protocol();

	/**
	 * Returns the connection that carries the stream.
	 * @return the connection
	 */
	Connection connection();

	/**
	 * Returns who opened the stream.
	 * @return the direction
	 */
	Direction direction();

	/**
	 * Returns the multiplexer's id of the stream on its connection.
	 * @return the id, 0 to 2^62-1
	 */
	long streamId();

	/**
	 * Ends our side (FIN) after what was written before. Unlike {@code shutdownOutput()}
	 * it takes a protocol that is proposed without waiting for the answer along.
	 * @return completes when the FIN is written
	 */
	ChannelFuture closeWrite();

	/**
	 * Ends both sides at once with an error; does nothing once the channel is closed or
	 * both sides are over, since what was written is then on its way.
	 * @param code the application's error code, 0 to 2^32-1
	 * @return completes when the channel is closed
	 */
	ChannelFuture reset(long code);

}
