package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;

/**
 * Where a user's thread waits for the network. Any thread but an event loop's.
 *
 * @param group the event loops of the node
 */
record BlockingCalls(EventLoopGroup group) {

	<T> T await(Future<T> future, String call) throws IOException {
		checkThread(call);
		try {
			future.await();
		}
		catch (InterruptedException ex) {
			future.cancel(true);
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted in " + call);
		}
		if (future.isSuccess()) {
			return future.getNow();
		}
		throw failure(future.cause(), call);
	}

	/** Waits for the end of something, successful or not, but not for ever. */
	void awaitEnd(Future<?> future, long timeoutMillis) {
		try {
			future.await(timeoutMillis, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	void checkThread(String call) {
		for (EventExecutor loop : this.group) {
			if (loop.inEventLoop()) {
				throw new IllegalStateException("A blocking " + call
						+ " was called on an event loop; call it from another thread or use the asynchronous tier");
			}
		}
	}

	private static IOException failure(Throwable cause, String call) {
		if (cause instanceof IOException io) {
			return io;
		}
		return new ConnectionLost(call + " failed: " + cause.getMessage(), cause);
	}

}
