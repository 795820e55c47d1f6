package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import io.p2pboot.libp2p.blocking.BlockingCalls;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.swarm.Swarm;

/**
 * Starts and stops a node, step by step. Any thread but an event loop's; guarded by
 * {@code lock}.
 */
final class Lifecycle {

	/** How long unbinding a port, or freeing what a transport holds, is waited for. */
	static final long END_TIMEOUT_MILLIS = 5_000;

	/** How long delivery is waited for though the grace period is over. */
	private static final long DELIVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

	enum State {

		/** Built or stopped; left by start and close. */
		STOPPED,

		/** Left by drain, stop and close. */
		RUNNING,

		/** Refuses what is inbound; left by start, stop and close. */
		DRAINING,

		/** Final. */
		CLOSED

	}

	private final NodeConfig config;

	private final Swarm swarm;

	private final Services services;

	private final Mounts mounts;

	private final OpenStreams openStreams;

	private final LocalChanges changes;

	private final EventLog log;

	private final Ticker ticker;

	private final ReentrantLock lock = new ReentrantLock();

	private volatile State state = State.STOPPED;

	Lifecycle(NodeConfig config, Swarm swarm, Services services, Mounts mounts, OpenStreams openStreams,
			LocalChanges changes, EventLog log, Ticker ticker) {
		this.config = config;
		this.swarm = swarm;
		this.services = services;
		this.mounts = mounts;
		this.openStreams = openStreams;
		this.changes = changes;
		this.log = log;
		this.ticker = ticker;
	}

	State state() {
		return this.state;
	}

	boolean isRunning() {
		State now = this.state;
		return now == State.RUNNING || now == State.DRAINING;
	}

	void start(NettyNode node) throws IOException {
		BlockingCalls.checkThread("start");
		this.lock.lock();
		try {
			switch (this.state) {
				case STOPPED -> startAll(node);
				case DRAINING -> resume();
				case RUNNING -> {
				}
				case CLOSED -> throw new IllegalStateException("The node " + node.peerId() + " is closed");
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void startAll(NettyNode node) throws IOException {
		this.swarm.running(true);
		this.state = State.RUNNING;
		try {
			this.services.start(node);
			bindAll();
		}
		catch (IOException | RuntimeException ex) {
			halt(Duration.ZERO);
			throw ex;
		}
	}

	/** Takes a drain back: the services run still. */
	private void resume() throws IOException {
		this.state = State.RUNNING;
		try {
			bindAll();
		}
		catch (IOException | RuntimeException ex) {
			halt(Duration.ZERO);
			throw ex;
		}
	}

	private void bindAll() throws IOException {
		this.swarm.accepting(true);
		new Binding(this.swarm.listeners()::listen, HostAddresses::haveIp6, END_TIMEOUT_MILLIS)
			.bind(this.config.listen());
		this.changes.changed();
	}

	boolean drain(Duration grace) {
		if (grace.isNegative()) {
			throw new IllegalArgumentException("The grace period must not be negative, was " + grace);
		}
		BlockingCalls.checkThread("drain");
		this.lock.lock();
		try {
			if (this.state != State.RUNNING) {
				return true;
			}
			this.state = State.DRAINING;
			this.swarm.accepting(false);
			List<Future<Void>> closing = this.swarm.listeners().stop();
			boolean drained = awaitStreams(grace);
			closing.forEach((future) -> BlockingCalls.awaitEnd(future, END_TIMEOUT_MILLIS));
			return drained;
		}
		finally {
			this.lock.unlock();
		}
	}

	void stop() {
		BlockingCalls.checkThread("stop");
		this.lock.lock();
		try {
			if (isRunning()) {
				halt(this.config.shutdownGrace());
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Stops, and frees what the node holds with the task. */
	void close(Runnable free) {
		BlockingCalls.checkThread("close");
		this.lock.lock();
		try {
			if (this.state == State.CLOSED) {
				return;
			}
			if (isRunning()) {
				halt(this.config.shutdownGrace());
			}
			this.state = State.CLOSED;
			free.run();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void halt(Duration grace) {
		this.state = State.STOPPED;
		long began = this.ticker.nanoTime();
		this.swarm.accepting(false);
		List<Future<?>> ending = new ArrayList<>(this.swarm.listeners().close());
		awaitStreams(grace);
		this.services.stop();
		this.mounts.unmountBuiltIn();
		// Streams that took all of the time are not to cost others what they wrote.
		long least = Math.min(nanos(grace), DELIVERY_NANOS);
		awaitDelivery(Math.max(began + nanos(grace), this.ticker.nanoTime() + least));
		this.swarm.running(false);
		this.swarm.connections().forEach((connection) -> ending.add(this.swarm.close(connection)));
		ending.forEach((future) -> BlockingCalls.awaitEnd(future, END_TIMEOUT_MILLIS));
	}

	/** No longer than can be added to a time. */
	private static long nanos(Duration grace) {
		return Math.min(TimeUnit.NANOSECONDS.convert(grace), Long.MAX_VALUE / 2);
	}

	/** What was written has to arrive, from streams that are closed as well. */
	private void awaitDelivery(long deadline) {
		List<Future<?>> delivering = new ArrayList<>();
		if (deadline - this.ticker.nanoTime() > 0) {
			this.swarm.connections().forEach((connection) -> delivering.add(this.swarm.delivered(connection)));
		}
		for (Future<?> delivery : delivering) {
			long left = TimeUnit.NANOSECONDS.toMillis(deadline - this.ticker.nanoTime());
			BlockingCalls.awaitEnd(delivery, Math.max(0, left));
		}
		long late = delivering.stream().filter((delivery) -> !delivery.isDone()).count();
		if (late > 0) {
			this.log.info("stop.undelivered",
					"Closing {} connections whose peers had not taken all that was written to them", late);
		}
	}

	private boolean awaitStreams(Duration grace) {
		boolean drained = this.openStreams.awaitEmpty(nanos(grace));
		if (!drained) {
			this.log.info("stop", "Resetting {} streams that were still served after {} ms", this.openStreams.size(),
					TimeUnit.NANOSECONDS.toMillis(nanos(grace)));
			this.openStreams.resetAll();
		}
		return drained;
	}

}
