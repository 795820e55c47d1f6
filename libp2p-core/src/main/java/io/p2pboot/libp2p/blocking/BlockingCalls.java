package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.transport.EventLoops;

/**
 * Where a user's thread waits for the network. Any thread but an event loop's. Waits on a
 * latch, never in the monitor of Netty's promise, which would pin a virtual thread to its
 * carrier on JDK 21 to 23.
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
		try {
			done(future).await();
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

	/**
	 * Waits for the end of something, successful or not, but not for ever. Returns at
	 * once if the thread is interrupted.
	 * @param future what to wait for
	 * @param timeoutMillis the longest wait, in milliseconds
	 */
	public static void awaitEnd(Future<?> future, long timeoutMillis) {
		try {
			// What has not ended by then goes on by itself.
			boolean ignored = done(future).await(timeoutMillis, TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static CountDownLatch done(Future<?> future) {
		CountDownLatch done = new CountDownLatch(1);
		if (future.isDone()) {
			done.countDown();
		}
		else {
			future.addListener((ended) -> done.countDown());
		}
		return done;
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

	private static IOException failure(Throwable cause, String call) {
		if (cause instanceof IOException io) {
			return io;
		}
		return new ConnectionLost(call + " failed: " + cause.getMessage(), cause);
	}

}
