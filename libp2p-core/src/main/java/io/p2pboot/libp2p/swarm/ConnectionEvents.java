package io.p2pboot.libp2p.swarm;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;

/**
 * Tells listeners of connections: the events of one connection one after the other, in
 * order, off the event loops. Any thread; guarded by {@code lock}.
 */
final class ConnectionEvents {

	private final List<ConnectionListener> direct = new CopyOnWriteArrayList<>();

	private final List<ConnectionListener> listeners = new CopyOnWriteArrayList<>();

	private final Executor executor;

	private final SwarmLog log;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<Connection, Queue<Runnable>> pending = new WeakHashMap<>();

	ConnectionEvents(Executor executor, SwarmLog log) {
		this.executor = executor;
		this.log = log;
	}

	Node.Subscription add(ConnectionListener listener) {
		this.listeners.add(listener);
		return () -> this.listeners.remove(listener);
	}

	/** Adds a listener that is called at once, where the event happens; never blocks. */
	Node.Subscription addDirect(ConnectionListener listener) {
		this.direct.add(listener);
		return () -> this.direct.remove(listener);
	}

	void fire(Connection connection, BiConsumer<ConnectionListener, Connection> event) {
		this.direct.forEach((listener) -> call(listener, connection, event));
		Runnable task = () -> this.listeners.forEach((listener) -> call(listener, connection, event));
		this.lock.lock();
		try {
			Queue<Runnable> queue = this.pending.get(connection);
			if (queue != null) {
				queue.add(task);
				return;
			}
			queue = new ArrayDeque<>();
			queue.add(task);
			this.pending.put(connection, queue);
		}
		finally {
			this.lock.unlock();
		}
		this.executor.execute(() -> drain(connection));
	}

	private void drain(Connection connection) {
		while (true) {
			Runnable next;
			this.lock.lock();
			try {
				Queue<Runnable> queue = this.pending.get(connection);
				next = (queue != null) ? queue.poll() : null;
				if (next == null) {
					this.pending.remove(connection);
					return;
				}
			}
			finally {
				this.lock.unlock();
			}
			next.run();
		}
	}

	private void call(ConnectionListener listener, Connection connection,
			BiConsumer<ConnectionListener, Connection> event) {
		try {
			event.accept(listener, connection);
		}
		catch (Throwable ex) {
			this.log.listenerFailed(connection, ex);
		}
	}

}
