package io.p2pboot.libp2p.pubsub.gossip;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.p2pboot.libp2p.PeerId;
import org.jspecify.annotations.Nullable;

/**
 * What became of the messages that are seen, and who sent them, for the score. Router's
 * thread only.
 */
final class Deliveries {

	/** The most messages that are followed. */
	static final int MAX = 100_000;

	/** What became of a message. */
	enum Status {

		/** It is being validated; left by any of the others. */
		UNKNOWN,

		/** It was accepted. */
		VALID,

		/** It was rejected: whoever sends it still is to blame. */
		INVALID,

		/** It was ignored or not validated: nobody is to blame. */
		IGNORED

	}

	private final PeerScore score;

	private final long timeToLive;

	/** The oldest first. */
	private final Map<Digest, Delivery> deliveries = new LinkedHashMap<>();

	Deliveries(PeerScore score, long timeToLive) {
		this.score = score;
		this.timeToLive = timeToLive;
	}

	/** A message is seen for the first time. */
	void begin(RoutedMessage message, long now) {
		this.deliveries.put(message.id(), new Delivery(message, now));
		if (this.deliveries.size() > MAX) {
			Iterator<Delivery> oldest = this.deliveries.values().iterator();
			oldest.next();
			oldest.remove();
		}
	}

	/** The message of which a copy has come; null if it is not followed any more. */
	@Nullable RoutedMessage inFlight(Digest id) {
		Delivery delivery = this.deliveries.get(id);
		return (delivery != null) ? delivery.message : null;
	}

	/** A peer has sent a copy. */
	void duplicate(Digest id, PeerId from, String topic, long now) {
		Delivery delivery = this.deliveries.get(id);
		if (delivery == null) {
			return;
		}
		boolean again = !delivery.senders.add(from);
		switch (delivery.status) {
			case VALID -> {
				if (!again) {
					this.score.duplicate(from, topic, now - delivery.acceptedAt);
				}
			}
			// Each time: what is known to be invalid is not sent by mistake.
			case INVALID -> this.score.invalid(from, topic);
			case UNKNOWN, IGNORED -> {
				// Counted once it is known, or not at all.
			}
		}
	}

	/** A message was accepted. */
	void accepted(RoutedMessage message, long now) {
		Delivery delivery = this.deliveries.get(message.id());
		if (!message.message().local()) {
			this.score.first(message.receivedFrom(), message.topic());
		}
		if (delivery == null || delivery.status != Status.UNKNOWN) {
			return;
		}
		delivery.acceptedAt = now;
		settle(message, delivery, Status.VALID);
		for (PeerId sender : delivery.senders) {
			if (!sender.equals(message.receivedFrom())) {
				this.score.duplicate(sender, message.topic(), 0);
			}
		}
	}

	/** A message was rejected: everybody who sent it is to blame. */
	void rejected(RoutedMessage message) {
		end(message, Status.INVALID);
		message.senders().forEach((sender) -> this.score.invalid(sender, message.topic()));
	}

	/** A message was ignored. */
	void ignored(RoutedMessage message) {
		end(message, Status.IGNORED);
	}

	private void end(RoutedMessage message, Status status) {
		Delivery delivery = this.deliveries.get(message.id());
		if (delivery != null && delivery.status == Status.UNKNOWN) {
			settle(message, delivery, status);
		}
	}

	/** What is needed no more goes: the payload, and without a score everything. */
	private void settle(RoutedMessage message, Delivery delivery, Status status) {
		delivery.status = status;
		delivery.message = null;
		if (!this.score.isOn()) {
			this.deliveries.remove(message.id());
		}
	}

	/** Forgets what is old. */
	void expire(long now) {
		Iterator<Delivery> oldest = this.deliveries.values().iterator();
		while (oldest.hasNext() && now - oldest.next().begunAt >= this.timeToLive) {
			oldest.remove();
		}
	}

	int size() {
		return this.deliveries.size();
	}

	/** One message. */
	private static final class Delivery {

		private final Set<PeerId> senders;

		private final long begunAt;

		private @Nullable RoutedMessage message;

		private Status status = Status.UNKNOWN;

		private long acceptedAt;

		Delivery(RoutedMessage message, long begunAt) {
			this.message = message;
			this.senders = message.senders();
			this.begunAt = begunAt;
		}

	}

}
