package io.p2pboot.libp2p.blocking;

import java.io.IOException;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.transport.EventLoops;

/**
 * Where a user's thread waits for the network. Any thread but an event loop's.
 */
public final class BlockingCalls {

	private BlockingCalls() {
	}

	/**
	 * Waits for a result.
	 * @param <T> the type of the result
	 * @param future what to wait for; cancelled if the thread is interrupted
	 * @param call what waits, for errors
	 * @return the result
	 * @throws IOException if it failed, or the thread was interrupted
	 * @throws IllegalStateException on an event loop
	 */
	public static <T> T await(Future<T> future, String call) throws IOException {
		checkThread(call);
		return Futures.await(future, call);
	}

	/**
	 * Waits for the end of something, successful or not, but not for ever. Returns at
	 * once if the thread is interrupted.
	 * @param future what to wait for
	 * @param timeoutMillis the longest wait, in milliseconds
	 */
	public static void awaitEnd(Future<?> future, long timeoutMillis) {
		Futures.awaitEnd(future, timeoutMillis);
	}

	/**
	 * Checks that the calling thread may block.
	 * @param call what is about to block, for the error
	 * @throws IllegalStateException on an event loop
	 */
	public static void checkThread(String call) {
		if (EventLoops.isEventLoop()) {
			throw new IllegalStateException("A blocking " + call
					+ " was called on an event loop; call it from another thread or use the asynchronous tier");
		}
	}

}
