package io.p2pboot.libp2p.muxer;

import java.nio.channels.ClosedChannelException;

import io.netty.channel.Channel;
import io.netty.channel.DefaultChannelPipeline;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.eventlog.EventLog;
import org.slf4j.LoggerFactory;

/**
 * The pipeline of a stream. What no handler of a protocol takes ends the stream: quietly
 * where the peer or the network is at fault, since a peer must not be able to fill a log,
 * else with one line of bounded number.
 */
final class StreamPipeline extends DefaultChannelPipeline {

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(StreamChildChannel.class));

	StreamPipeline(Channel channel) {
		super(channel);
	}

	@Override
	protected void onUnhandledInboundException(Throwable cause) {
		try {
			if (!(cause instanceof Libp2pException) && !isUnsent(cause)) {
				log.warn("stream.unhandled", "A handler of {} failed: {}", channel(), cause);
			}
			channel().close();
		}
		finally {
			ReferenceCountUtil.release(cause);
		}
	}

	/** A write that nobody waits for has not left before the stream was closed. */
	private boolean isUnsent(Throwable cause) {
		return cause instanceof ClosedChannelException && !channel().isOpen();
	}

}
