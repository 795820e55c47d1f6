package io.p2pboot.libp2p.muxer;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.resource.ConnectionScope;

/**
 * Multiplexes a secured connection. Implementations are stateless and thread-safe.
 */
public interface Muxer {

	/**
	 * Returns the id that is negotiated.
	 * @return for example {@code /yamux/1.0.0}
	 */
	String id();

	/**
	 * Appends the multiplexer to the pipeline of a secured channel. Called on its event
	 * loop.
	 * @param channel the channel, on which plain {@link io.netty.buffer.ByteBuf}s flow
	 * @param initiator whether we dialled
	 * @param writeBytes how many bytes are best written to the channel at once
	 * @param inboundStreams takes each stream that the peer opens
	 * @param scope what the connection uses: bytes that nobody has read are counted there
	 * @return the session
	 */
	MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
			ConnectionScope scope);

}
