package io.p2pboot.libp2p.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.eventlog.EventLog;
import org.slf4j.LoggerFactory;

/**
 * The last handler of a listener: says, at a bounded rate, why it could not accept a
 * connection, for example because the process has no file descriptor left. Event loop
 * only.
 */
final class ListenerFailures extends ChannelInboundHandlerAdapter {

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(Listener.class));

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		log.warn("listener.accept", "Could not accept a connection on {}: {}", ctx.channel().localAddress(), cause);
	}

}
