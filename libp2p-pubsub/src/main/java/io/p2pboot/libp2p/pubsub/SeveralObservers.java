package io.p2pboot.libp2p.pubsub;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells several observers, each in turn: what one throws reaches neither the router nor
 * the next. Any thread; allocates nothing for what happens with every frame or message.
 */
final class SeveralObservers implements PubSubObserver {

	private static final Logger logger = LoggerFactory.getLogger(SeveralObservers.class);

	private final PubSubObserver[] observers;

	/**
	 * One that fails does so with every message: the first failure is enough of a
	 * warning.
	 */
	private final AtomicBoolean warned = new AtomicBoolean();

	SeveralObservers(List<PubSubObserver> observers) {
		this.observers = observers.toArray(PubSubObserver[]::new);
	}

	@Override
	public void peerAdded(PeerId peer, ProtocolPath protocol) {
		each((observer) -> observer.peerAdded(peer, protocol));
	}

	@Override
	public void peerRemoved(PeerId peer) {
		each((observer) -> observer.peerRemoved(peer));
	}

	@Override
	public void joined(String topic) {
		each((observer) -> observer.joined(topic));
	}

	@Override
	public void left(String topic) {
		each((observer) -> observer.left(topic));
	}

	@Override
	public void grafted(PeerId peer, String topic) {
		each((observer) -> observer.grafted(peer, topic));
	}

	@Override
	public void pruned(PeerId peer, String topic) {
		each((observer) -> observer.pruned(peer, topic));
	}

	@Override
	public void delivered(TopicMessage message) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.delivered(message);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void duplicate(PeerId from, String topic) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.duplicate(from, topic);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void rejected(PeerId from, String topic, RejectReason reason) {
		each((observer) -> observer.rejected(from, topic, reason));
	}

	@Override
	public void undeliverable(TopicMessage message) {
		each((observer) -> observer.undeliverable(message));
	}

	@Override
	public void received(PeerId from, int bytes) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.received(from, bytes);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void sent(PeerId to, int bytes) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.sent(to, bytes);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void dropped(PeerId to, QueueLane lane, int bytes) {
		each((observer) -> observer.dropped(to, lane, bytes));
	}

	@Override
	public void stalled(PeerId peer) {
		each((observer) -> observer.stalled(peer));
	}

	@Override
	public void controlReceived(PeerId from, ControlKind kind) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.controlReceived(from, kind);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void controlSent(PeerId to, ControlKind kind) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.controlSent(to, kind);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void accepted(TopicMessage message, Duration elapsed) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.accepted(message, elapsed);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void validated(String topic, Validation validation, Duration elapsed) {
		for (PubSubObserver observer : this.observers) {
			try {
				observer.validated(topic, validation, elapsed);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	@Override
	public void snapshot(PubSubSnapshot snapshot) {
		each((observer) -> observer.snapshot(snapshot));
	}

	@Override
	public void skipped(PeerId from, long bytes) {
		each((observer) -> observer.skipped(from, bytes));
	}

	@Override
	public void promisesBroken(PeerId peer, int count) {
		each((observer) -> observer.promisesBroken(peer, count));
	}

	@Override
	public void saved(PeerId peer, int bytes) {
		each((observer) -> observer.saved(peer, bytes));
	}

	@Override
	public void heartbeat(Duration elapsed) {
		each((observer) -> observer.heartbeat(elapsed));
	}

	@Override
	public void validatorFailed(String topic, Throwable failure) {
		each((observer) -> observer.validatorFailed(topic, failure));
	}

	private void each(Consumer<PubSubObserver> event) {
		for (PubSubObserver observer : this.observers) {
			try {
				event.accept(observer);
			}
			catch (RuntimeException | Error ex) {
				failed(observer, ex);
			}
		}
	}

	private void failed(PubSubObserver observer, Throwable failure) {
		if (this.warned.compareAndSet(false, true)) {
			logger.warn("The observer {} failed; more of this is logged at debug level", observer, failure);
		}
		else {
			logger.debug("The observer {} failed", observer, failure);
		}
	}

}
