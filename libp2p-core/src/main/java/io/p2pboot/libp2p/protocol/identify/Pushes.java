package io.p2pboot.libp2p.protocol.identify;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ProtocolPath;
import org.jspecify.annotations.Nullable;

/**
 * Tells connected peers when something has changed: a moment later, so that several
 * changes make one push, to so many of them at once only, and in rounds that
 * {@link PushSpacing} keeps apart. Runs on one executor; {@link #changed} and
 * {@link #behind} may be called on any thread.
 */
final class Pushes {

	/** How many pushes run at once. */
	static final int MAX_CONCURRENT = 32;

	/** Sends one push. */
	interface Sender {

		/** Completes the promise, on any thread, when the push is over, well or not. */
		void push(IdentifiedConnection to, LocalSnapshot snapshot, Promise<Void> over);

	}

	private final EventExecutor executor;

	private final Supplier<List<ProtocolPath>> protocols;

	private final Supplier<LocalSnapshot> current;

	private final Collection<IdentifiedConnection> connections;

	private final Sender sender;

	private final Deque<IdentifiedConnection> waiting = new ArrayDeque<>();

	private @Nullable LocalSnapshot last;

	private final PushSpacing spacing = new PushSpacing();

	private @Nullable ScheduledFuture<?> timer;

	private long dueNanos;

	/** Our protocols at the last round. */
	private List<ProtocolPath> told = List.of();

	private int running;

	private volatile boolean closed;

	Pushes(EventExecutor executor, Supplier<List<ProtocolPath>> protocols, Supplier<LocalSnapshot> current,
			Collection<IdentifiedConnection> connections, Sender sender) {
		this.executor = executor;
		this.protocols = protocols;
		this.current = current;
		this.connections = connections;
		this.sender = sender;
	}

	/** Something that we tell may have changed. */
	void changed() {
		run(this::schedule);
	}

	/** Looks whether something has changed of which nobody told. On the executor. */
	void poll() {
		if (!this.closed && !this.connections.isEmpty() && this.current.get() != this.last) {
			schedule();
		}
	}

	/** A peer may have been told something old while it could not be pushed to. */
	void behind(IdentifiedConnection connection) {
		run(() -> {
			this.waiting.add(connection);
			startNext();
		});
	}

	void close() {
		this.closed = true;
	}

	private void schedule() {
		if (this.connections.isEmpty()) {
			// Whoever connects from now on is told the newest.
			return;
		}
		long now = this.executor.ticker().nanoTime();
		long due = this.spacing.due(now, haveProtocolsChanged());
		ScheduledFuture<?> running = this.timer;
		if (running != null) {
			if (due - this.dueNanos >= 0) {
				return;
			}
			running.cancel(false);
		}
		this.dueNanos = due;
		this.timer = this.executor.schedule(this::pushAll, due - now, TimeUnit.NANOSECONDS);
	}

	private boolean haveProtocolsChanged() {
		// Not of a snapshot: each is signed, and this is asked at each change.
		return !this.protocols.get().equals(this.told);
	}

	private void pushAll() {
		this.timer = null;
		LocalSnapshot snapshot = this.current.get();
		this.told = snapshot.protocols();
		if (this.connections.stream().anyMatch((connection) -> connection.isBehind(snapshot))) {
			this.spacing.round(this.executor.ticker().nanoTime());
		}
		this.waiting.clear();
		this.waiting.addAll(this.connections);
		startNext();
	}

	private void startNext() {
		if (this.closed || this.waiting.isEmpty()) {
			return;
		}
		LocalSnapshot snapshot = this.current.get();
		this.last = snapshot;
		while (this.running < MAX_CONCURRENT && !this.waiting.isEmpty()) {
			IdentifiedConnection next = this.waiting.remove();
			if (next.isBehind(snapshot)) {
				this.running++;
				next.sent(snapshot);
				// Not the executor's: Netty logs an error where that has ended before.
				Promise<Void> over = ImmediateEventExecutor.INSTANCE.newPromise();
				over.addListener((done) -> run(this::pushed));
				this.sender.push(next, snapshot, over);
			}
		}
	}

	private void pushed() {
		this.running--;
		startNext();
	}

	/** Runs a task on the executor, unless the node has ended. */
	private void run(Runnable task) {
		if (this.closed) {
			return;
		}
		if (this.executor.inEventLoop()) {
			task.run();
			return;
		}
		try {
			this.executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			// The node has ended in this very moment: there is nobody to push to.
			this.closed = true;
		}
	}

}
