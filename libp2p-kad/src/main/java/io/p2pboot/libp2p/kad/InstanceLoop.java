package io.p2pboot.libp2p.kad;

import java.util.concurrent.RejectedExecutionException;

import io.netty.util.concurrent.EventExecutor;

/**
 * Hands work to an instance's event loop from others. Stateless.
 */
final class InstanceLoop {

	private InstanceLoop() {
	}

	/**
	 * Runs a task on the loop, unless it has ended: then nobody waits for the task, since
	 * everything that was under way has been failed.
	 */
	static void execute(EventExecutor loop, Runnable task) {
		if (loop.isShuttingDown() && !loop.inEventLoop()) {
			return;
		}
		try {
			loop.execute(task);
		}
		catch (RejectedExecutionException ex) {
			// It ended just now.
			return;
		}
	}

}
