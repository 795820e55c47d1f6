package io.p2pboot.libp2p.muxer.yamux;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.resource.ConnectionScope;

/**
 * The muxer {@code /yamux/1.0.0}. Immutable and thread-safe.
 */
public final class YamuxMuxer implements Muxer {

	/** The id that is negotiated. */
	public static final String ID = "/yamux/1.0.0";

	private final YamuxConfig config;

	/**
	 * Creates a muxer.
	 * @param config how it behaves
	 */
	public YamuxMuxer(YamuxConfig config) {
		this.config = config;
	}

	@Override
	public String id() {
		return ID;
	}

	@Override
	public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
			ConnectionScope scope) {
		YamuxHandler handler = new YamuxHandler(channel, this.config, scope, initiator, writeBytes, inboundStreams);
		channel.pipeline().addLast(handler);
		return handler;
	}

}
