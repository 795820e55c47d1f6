package io.p2pboot.libp2p.interop.peer;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.resource.ConnectionScope;

/**
 * A muxer that is offered under a name that no other stack knows. Any thread.
 *
 * @param id the name
 * @param muxer the muxer
 */
record RenamedMuxer(String id, Muxer muxer) implements Muxer {

	@Override
	public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
			ConnectionScope scope) {
		return this.muxer.attach(channel, initiator, writeBytes, inboundStreams, scope);
	}

}
