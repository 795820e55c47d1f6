package io.p2pboot.libp2p.swarm;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;

/**
 * Keeps blocking calls off the event loops. Any thread.
 *
 * @param group the event loops of the node
 */
record EventLoopGuard(EventLoopGroup group) {

	void check(String call) {
		for (EventExecutor loop : this.group) {
			if (loop.inEventLoop()) {
				throw new IllegalStateException("A blocking " + call
						+ " was called on an event loop; call it from a handler's thread or use the asynchronous tier");
			}
		}
	}

}
