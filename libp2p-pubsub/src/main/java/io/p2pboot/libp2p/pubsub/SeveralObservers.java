package io.p2pboot.libp2p.pubsub;

import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * Tells several observers. Any thread.
 *
 * @param observers the observers
 */
record SeveralObservers(List<PubSubObserver> observers) implements PubSubObserver {

	SeveralObservers {
		observers = List.copyOf(observers);
	}

	@Override
	public void peerAdded(PeerId peer, ProtocolPath protocol) {
		for (PubSubObserver observer : this.observers) {
			observer.peerAdded(peer, protocol);
		}
	}

	@Override
	public void peerRemoved(PeerId peer) {
		for (PubSubObserver observer : this.observers) {
			observer.peerRemoved(peer);
		}
	}

	@Override
	public void joined(String topic) {
		for (PubSubObserver observer : this.observers) {
			observer.joined(topic);
		}
	}

	@Override
	public void left(String topic) {
		for (PubSubObserver observer : this.observers) {
			observer.left(topic);
		}
	}

	@Override
	public void grafted(PeerId peer, String topic) {
		for (PubSubObserver observer : this.observers) {
			observer.grafted(peer, topic);
		}
	}

	@Override
	public void pruned(PeerId peer, String topic) {
		for (PubSubObserver observer : this.observers) {
			observer.pruned(peer, topic);
		}
	}

	@Override
	public void delivered(TopicMessage message) {
		for (PubSubObserver observer : this.observers) {
			observer.delivered(message);
		}
	}

	@Override
	public void duplicate(PeerId from, String topic) {
		for (PubSubObserver observer : this.observers) {
			observer.duplicate(from, topic);
		}
	}

	@Override
	public void rejected(PeerId from, String topic, RejectReason reason) {
		for (PubSubObserver observer : this.observers) {
			observer.rejected(from, topic, reason);
		}
	}

	@Override
	public void undeliverable(TopicMessage message) {
		for (PubSubObserver observer : this.observers) {
			observer.undeliverable(message);
		}
	}

	@Override
	public void received(PeerId from, int bytes) {
		for (PubSubObserver observer : this.observers) {
			observer.received(from, bytes);
		}
	}

	@Override
	public void sent(PeerId to, int bytes) {
		for (PubSubObserver observer : this.observers) {
			observer.sent(to, bytes);
		}
	}

	@Override
	public void dropped(PeerId to, QueueLane lane, int bytes) {
		for (PubSubObserver observer : this.observers) {
			observer.dropped(to, lane, bytes);
		}
	}

	@Override
	public void stalled(PeerId peer) {
		for (PubSubObserver observer : this.observers) {
			observer.stalled(peer);
		}
	}

	@Override
	public void controlReceived(PeerId from, ControlKind kind) {
		for (PubSubObserver observer : this.observers) {
			observer.controlReceived(from, kind);
		}
	}

	@Override
	public void controlSent(PeerId to, ControlKind kind) {
		for (PubSubObserver observer : this.observers) {
			observer.controlSent(to, kind);
		}
	}

	@Override
	public void accepted(TopicMessage message, Duration elapsed) {
		for (PubSubObserver observer : this.observers) {
			observer.accepted(message, elapsed);
		}
	}

	@Override
	public void validated(String topic, Validation validation, Duration elapsed) {
		for (PubSubObserver observer : this.observers) {
			observer.validated(topic, validation, elapsed);
		}
	}

	@Override
	public void snapshot(PubSubSnapshot snapshot) {
		for (PubSubObserver observer : this.observers) {
			observer.snapshot(snapshot);
		}
	}

	@Override
	public void skipped(PeerId from, long bytes) {
		for (PubSubObserver observer : this.observers) {
			observer.skipped(from, bytes);
		}
	}

	@Override
	public void promisesBroken(PeerId peer, int count) {
		for (PubSubObserver observer : this.observers) {
			observer.promisesBroken(peer, count);
		}
	}

	@Override
	public void saved(PeerId peer, int bytes) {
		for (PubSubObserver observer : this.observers) {
			observer.saved(peer, bytes);
		}
	}

	@Override
	public void heartbeat(Duration elapsed) {
		for (PubSubObserver observer : this.observers) {
			observer.heartbeat(elapsed);
		}
	}

	@Override
	public void validatorFailed(String topic, Throwable failure) {
		for (PubSubObserver observer : this.observers) {
			observer.validatorFailed(topic, failure);
		}
	}

}
