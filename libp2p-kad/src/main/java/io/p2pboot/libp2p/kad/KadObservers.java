package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.eventlog.EventLog;
import org.slf4j.LoggerFactory;

/**
 * Those who hear of an instance's messages; one that fails keeps nobody else from it.
 * Thread-safe.
 */
final class KadObservers implements KadObserver {

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Kademlia.class));

	private final List<KadObserver> all = new CopyOnWriteArrayList<>();

	Node.Subscription add(KadObserver observer) {
		this.all.add(observer);
		return () -> this.all.remove(observer);
	}

	@Override
	public void requestReceived(String type, int bytes) {
		each((observer) -> observer.requestReceived(type, bytes));
	}

	@Override
	public void requestServed(String type, Duration time) {
		each((observer) -> observer.requestServed(type, time));
	}

	@Override
	public void requestSent(String type, int bytes) {
		each((observer) -> observer.requestSent(type, bytes));
	}

	@Override
	public void requestAnswered(String type, Duration time) {
		each((observer) -> observer.requestAnswered(type, time));
	}

	@Override
	public void lookupEnded(String operation, String outcome, Duration time, int hops) {
		each((observer) -> observer.lookupEnded(operation, outcome, time, hops));
	}

	private void each(Consumer<KadObserver> event) {
		for (KadObserver observer : this.all) {
			try {
				event.accept(observer);
			}
			catch (RuntimeException | Error ex) {
				this.log.warn("kad.observer", "An observer of Kademlia failed: {}", ex);
			}
		}
	}

}
