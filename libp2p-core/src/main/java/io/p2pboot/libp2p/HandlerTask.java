package io.p2pboot.libp2p;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What an executor of the user's is given to run a handler: it begins or is refused, and
 * never both, since an executor that has thrown may have kept it all the same.
 * Thread-safe.
 */
final class HandlerTask implements Runnable {

	private final Mount mount;

	private final Runnable work;

	private final AtomicBoolean decided = new AtomicBoolean();

	HandlerTask(Mount mount, Runnable work) {
		this.mount = mount;
		this.work = work;
	}

	@Override
	public void run() {
		this.mount.checkHandlerThread();
		if (this.decided.compareAndSet(false, true)) {
			this.work.run();
		}
	}

	/** Refuses it, since the executor threw; false if it has begun. */
	boolean refuse() {
		return this.decided.compareAndSet(false, true);
	}

}
