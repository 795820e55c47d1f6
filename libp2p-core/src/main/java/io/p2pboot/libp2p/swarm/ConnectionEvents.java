package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import org.jspecify.annotations.Nullable;

/**
 * Tells listeners of connections: the events of one connection one after the other, in
 * order, off the event loops. What a connection has to tell waits merged, so that it
 * takes the same room whatever its peer does; and while many connections wait, one that
 * ends before its beginning was told is told of no more. Any thread; guarded by
 * {@code lock}.
 */
final class ConnectionEvents {

	/** How many connections are told of at once. */
	static final int MAX_AT_ONCE = 256;

	/**
	 * Up to how many waiting connections nothing is left out. Above it only connections
	 * that are open, or whose beginning was told, wait.
	 */
	static final int MAX_WAITING = 256;

	/** A listener that takes longer than this for an event is named in the log. */
	static final Duration SLOW = Duration.ofSeconds(1);

	private final List<ConnectionListener> direct = new CopyOnWriteArrayList<>();

	private final List<Listener> listeners = new CopyOnWriteArrayList<>();

	private final Executor executor;

	private final SwarmLog log;

	private final LongSupplier nanoTime;

	private final ReentrantLock lock = new ReentrantLock();

	/** Connections that have something to tell, or are told of now. */
	private final Map<Connection, Pending> connections = new HashMap<>();

	/** Those that wait for their turn, the ones that have ended first. */
	private final Set<Pending> ended = new LinkedHashSet<>();

	private final Set<Pending> ready = new LinkedHashSet<>();

	private final Set<Call> calls = new HashSet<>();

	private int workers;

	private final LongAdder changes = new LongAdder();

	private final LongAdder identifications = new LongAdder();

	private final LongAdder protocolChanges = new LongAdder();

	ConnectionEvents(Executor executor, SwarmLog log) {
		this(executor, log, System::nanoTime);
	}

	ConnectionEvents(Executor executor, SwarmLog log, LongSupplier nanoTime) {
		this.executor = executor;
		this.log = log;
		this.nanoTime = nanoTime;
	}

	Node.Subscription add(ConnectionListener listener) {
		Listener added = new Listener(listener);
		this.listeners.add(added);
		return () -> this.listeners.remove(added);
	}

	/** Adds a listener that is called at once, where the event happens; never blocks. */
	Node.Subscription addDirect(ConnectionListener listener) {
		this.direct.add(listener);
		return () -> this.direct.remove(listener);
	}

	void connected(Connection connection) {
		this.changes.increment();
		fire(connection, (listener) -> listener.connected(connection), (pending) -> pending.connected = true);
	}

	void identified(Connection connection) {
		this.identifications.increment();
		fire(connection, (listener) -> listener.identified(connection), (pending) -> pending.identified = true);
	}

	void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
		this.protocolChanges.increment();
		fire(connection, (listener) -> listener.protocolsChanged(connection, added, removed),
				(pending) -> pending.change(added, removed));
	}

	void disconnected(Connection connection) {
		this.changes.increment();
		fire(connection, (listener) -> listener.disconnected(connection), (pending) -> pending.disconnected = true);
	}

	private void fire(Connection connection, Consumer<ConnectionListener> event, Consumer<Pending> later) {
		this.direct.forEach((listener) -> call(listener, connection, event));
		boolean start = false;
		this.lock.lock();
		try {
			Pending pending = this.connections.computeIfAbsent(connection, Pending::new);
			later.accept(pending);
			if (pending.disconnected && pending.connected && waiting() > MAX_WAITING) {
				this.connections.remove(connection);
				this.ready.remove(pending);
			}
			else if (!pending.busy && await(pending) && this.workers < MAX_AT_ONCE) {
				this.workers++;
				start = true;
			}
		}
		finally {
			this.lock.unlock();
		}
		if (start) {
			startWorker();
		}
		nameSlow();
	}

	private void startWorker() {
		try {
			this.executor.execute(this::work);
		}
		catch (RejectedExecutionException ex) {
			// The node has ended: nobody is told any more.
			this.lock.lock();
			try {
				this.workers--;
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/** Puts it where it waits for its turn; false if it waited before. */
	private boolean await(Pending pending) {
		if (pending.disconnected && !pending.connected) {
			boolean waited = this.ready.remove(pending);
			return this.ended.add(pending) && !waited;
		}
		return this.ready.add(pending);
	}

	private int waiting() {
		return this.ended.size() + this.ready.size();
	}

	/** How many connections wait for their turn. */
	int waitingConnections() {
		this.lock.lock();
		try {
			return waiting();
		}
		finally {
			this.lock.unlock();
		}
	}

	EventUsage usage() {
		int waiting = waitingConnections();
		return new EventUsage(this.changes.sum(), this.identifications.sum(), this.protocolChanges.sum(),
				this.direct.size() + this.listeners.size(), waiting, waiting > MAX_WAITING);
	}

	private void work() {
		for (Pending next = next(null); next != null; next = next(next)) {
			next.told.forEach(this::tell);
		}
	}

	/** Ends a turn and takes the next; null if none waits. */
	private @Nullable Pending next(@Nullable Pending done) {
		this.lock.lock();
		try {
			if (done != null) {
				done.busy = false;
				if (done.hasNews()) {
					await(done);
				}
				else {
					this.connections.remove(done.connection);
				}
			}
			Set<Pending> from = this.ended.isEmpty() ? this.ready : this.ended;
			if (from.isEmpty()) {
				this.workers--;
				return null;
			}
			Pending next = from.iterator().next();
			from.remove(next);
			next.take();
			return next;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void tell(Event event) {
		for (Listener listener : this.listeners) {
			Call call = begin(listener);
			call(listener.listener, event.connection(), event.telling());
			end(call);
		}
	}

	private Call begin(Listener listener) {
		Call call = new Call(listener, this.nanoTime.getAsLong());
		this.lock.lock();
		try {
			this.calls.add(call);
		}
		finally {
			this.lock.unlock();
		}
		return call;
	}

	private void end(Call call) {
		this.lock.lock();
		try {
			this.calls.remove(call);
		}
		finally {
			this.lock.unlock();
		}
		nameIfSlow(call);
	}

	/** One that does not come back is named by those who wait for it. */
	private void nameSlow() {
		List<Call> running = List.of();
		this.lock.lock();
		try {
			if (waiting() > MAX_WAITING) {
				running = List.copyOf(this.calls);
			}
		}
		finally {
			this.lock.unlock();
		}
		running.forEach(this::nameIfSlow);
	}

	private void nameIfSlow(Call call) {
		long nanos = this.nanoTime.getAsLong() - call.startNanos;
		if (nanos >= SLOW.toNanos() && call.listener.named.compareAndSet(false, true)) {
			this.log.listenerSlow(call.listener.listener, Duration.ofNanos(nanos), waitingConnections());
		}
	}

	private void call(ConnectionListener listener, Connection connection, Consumer<ConnectionListener> event) {
		try {
			event.accept(listener);
		}
		catch (Throwable ex) {
			this.log.listenerFailed(connection, ex);
		}
	}

	/** A listener, and whether the log has named it. */
	private static final class Listener {

		private final ConnectionListener listener;

		private final AtomicBoolean named = new AtomicBoolean();

		Listener(ConnectionListener listener) {
			this.listener = listener;
		}

	}

	/** A listener is being told. */
	private static final class Call {

		private final Listener listener;

		private final long startNanos;

		Call(Listener listener, long startNanos) {
			this.listener = listener;
			this.startNanos = startNanos;
		}

	}

	private record Event(Connection connection, Consumer<ConnectionListener> telling) {
	}

	/** What one connection has to tell. */
	private static final class Pending {

		private final Connection connection;

		private boolean connected;

		private boolean identified;

		private Set<ProtocolPath> added = Set.of();

		private Set<ProtocolPath> removed = Set.of();

		private boolean disconnected;

		/** Told of by a worker now. */
		private boolean busy;

		private List<Event> told = List.of();

		Pending(Connection connection) {
			this.connection = connection;
		}

		boolean hasNews() {
			return this.connected || this.identified || this.disconnected || !this.added.isEmpty()
					|| !this.removed.isEmpty();
		}

		/** Two changes as one: what came and went is no change. */
		void change(Set<ProtocolPath> added, Set<ProtocolPath> removed) {
			Set<ProtocolPath> now = without(this.added, removed);
			now.addAll(without(added, this.removed));
			Set<ProtocolPath> gone = without(this.removed, added);
			gone.addAll(without(removed, this.added));
			this.added = now;
			this.removed = gone;
		}

		private static Set<ProtocolPath> without(Set<ProtocolPath> all, Set<ProtocolPath> others) {
			Set<ProtocolPath> left = new HashSet<>(all);
			left.removeAll(others);
			return left;
		}

		/** Takes what there is to tell. */
		void take() {
			this.told = new ArrayList<>();
			if (this.connected) {
				tell((listener) -> listener.connected(this.connection));
			}
			if (this.identified) {
				tell((listener) -> listener.identified(this.connection));
			}
			if (!this.added.isEmpty() || !this.removed.isEmpty()) {
				Set<ProtocolPath> added = Set.copyOf(this.added);
				Set<ProtocolPath> removed = Set.copyOf(this.removed);
				tell((listener) -> listener.protocolsChanged(this.connection, added, removed));
			}
			if (this.disconnected) {
				tell((listener) -> listener.disconnected(this.connection));
			}
			this.connected = false;
			this.identified = false;
			this.disconnected = false;
			this.added = Set.of();
			this.removed = Set.of();
			this.busy = true;
		}

		private void tell(Consumer<ConnectionListener> telling) {
			this.told.add(new Event(this.connection, telling));
		}

	}

}
