package io.p2pboot.libp2p.node;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.eventlog.EventLog;

/**
 * The one event of a change of what we tell others: our protocols and addresses. Any
 * thread.
 */
final class LocalChanges {

	private final List<Runnable> tasks = new CopyOnWriteArrayList<>();

	private final EventLog log;

	LocalChanges(EventLog log) {
		this.log = log;
	}

	Node.Subscription add(Runnable task) {
		this.tasks.add(task);
		return () -> this.tasks.remove(task);
	}

	/** Something may have changed. */
	void changed() {
		for (Runnable task : this.tasks) {
			try {
				task.run();
			}
			catch (RuntimeException ex) {
				this.log.warn("local.change", "A listener of local changes failed: {}", ex);
			}
		}
	}

}
