package io.p2pboot.libp2p.sample.files;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of our own transfers. Thread-safe.
 */
public final class TransferThreads implements Executor, AutoCloseable {

	/** How many transfers run at once. */
	static final int THREADS = 4;

	/** How many more may wait; one more is refused. */
	static final int WAITING = 64;

	private final ThreadPoolExecutor pool = new ThreadPoolExecutor(THREADS, THREADS, 30, TimeUnit.SECONDS,
			new LinkedBlockingQueue<>(WAITING), (task) -> {
				Thread thread = new Thread(task, "transfer");
				thread.setDaemon(true);
				return thread;
			});

	/**
	 * Creates the threads; they end when they are idle.
	 */
	public TransferThreads() {
		this.pool.allowCoreThreadTimeOut(true);
	}

	@Override
	public void execute(Runnable transfer) {
		this.pool.execute(transfer);
	}

	@Override
	public void close() {
		this.pool.shutdownNow();
	}

}
