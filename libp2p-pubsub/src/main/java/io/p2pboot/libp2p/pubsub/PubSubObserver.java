package io.p2pboot.libp2p.pubsub;

import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * Measures publishing and subscribing: meters are built on this. Calls come on any
 * thread, so an implementation must be thread-safe, must not block and should not
 * allocate; what it throws is logged. Every method does nothing by default.
 */
public interface PubSubObserver {

	/** An observer that measures nothing. */
	PubSubObserver NONE = new PubSubObserver() {
	};

	/**
	 * Returns an observer that tells others. What one of several throws is logged, and
	 * reaches neither the caller nor the next.
	 * @param observers the others, told in their order
	 * @return an observer
	 */
	static PubSubObserver of(List<PubSubObserver> observers) {
		if (observers.isEmpty()) {
			return NONE;
		}
		return (observers.size() == 1) ? observers.get(0) : new SeveralObservers(observers);
	}

	/**
	 * A peer can be sent to.
	 * @param peer the peer
	 * @param protocol the protocol that was negotiated
	 */
	default void peerAdded(PeerId peer, ProtocolPath protocol) {
	}

	/**
	 * A peer has gone.
	 * @param peer the peer
	 */
	default void peerRemoved(PeerId peer) {
	}

	/**
	 * A topic was joined.
	 * @param topic the topic
	 */
	default void joined(String topic) {
	}

	/**
	 * A topic was left.
	 * @param topic the topic
	 */
	default void left(String topic) {
	}

	/**
	 * A peer came into the mesh of a topic.
	 * @param peer the peer
	 * @param topic the topic
	 */
	default void grafted(PeerId peer, String topic) {
	}

	/**
	 * A peer left the mesh of a topic.
	 * @param peer the peer
	 * @param topic the topic
	 */
	default void pruned(PeerId peer, String topic) {
	}

	/**
	 * A message was accepted, and is delivered and forwarded.
	 * @param message the message
	 */
	default void delivered(TopicMessage message) {
	}

	/**
	 * A message of a peer was accepted; told beside {@link #delivered}.
	 * @param message the message
	 * @param elapsed how long it took from its arrival, with signature and validators
	 */
	default void accepted(TopicMessage message, Duration elapsed) {
	}

	/**
	 * The validators of a topic have decided about a message of a peer.
	 * @param topic the topic
	 * @param validation what they said
	 * @param elapsed how long it took, with waiting for them
	 */
	default void validated(String topic, Validation validation, Duration elapsed) {
	}

	/**
	 * A message came that was there already.
	 * @param from who sent it
	 * @param topic its topic
	 */
	default void duplicate(PeerId from, String topic) {
	}

	/**
	 * A message was not accepted.
	 * @param from who sent it
	 * @param topic its topic
	 * @param reason why
	 */
	default void rejected(PeerId from, String topic, RejectReason reason) {
	}

	/**
	 * A subscription's queue was full, and a message was dropped.
	 * @param message the message
	 */
	default void undeliverable(TopicMessage message) {
	}

	/**
	 * A frame was read.
	 * @param from who sent it
	 * @param bytes its length
	 */
	default void received(PeerId from, int bytes) {
	}

	/**
	 * A frame was sent.
	 * @param to who gets it
	 * @param bytes its length
	 */
	default void sent(PeerId to, int bytes) {
	}

	/**
	 * Something for a peer was dropped because its queue was full or it waited too long.
	 * @param to who does not get it
	 * @param lane what it is
	 * @param bytes its length
	 */
	default void dropped(PeerId to, QueueLane lane, int bytes) {
	}

	/**
	 * A peer took nothing for so long that it is hung up on.
	 * @param peer the peer
	 */
	default void stalled(PeerId peer) {
	}

	/**
	 * A control message was read.
	 * @param from who sent it
	 * @param kind which
	 */
	default void controlReceived(PeerId from, ControlKind kind) {
	}

	/**
	 * A control message was sent.
	 * @param to who gets it
	 * @param kind which
	 */
	default void controlSent(PeerId to, ControlKind kind) {
	}

	/**
	 * A frame was longer than what is read, or not what the protocol allows, and was not
	 * read.
	 * @param from who sent it
	 * @param bytes its length
	 */
	default void skipped(PeerId from, long bytes) {
	}

	/**
	 * A peer did not send messages that it had offered.
	 * @param peer the peer
	 * @param count how many
	 */
	default void promisesBroken(PeerId peer, int count) {
	}

	/**
	 * A message was not sent to a peer that had said that it has it.
	 * @param peer the peer
	 * @param bytes its length
	 */
	default void saved(PeerId peer, int bytes) {
	}

	/**
	 * A heartbeat was done.
	 * @param elapsed how long it took
	 */
	default void heartbeat(Duration elapsed) {
	}

	/**
	 * Tells in each heartbeat what there is.
	 * @param snapshot what there is
	 */
	default void snapshot(PubSubSnapshot snapshot) {
	}

	/**
	 * A validator threw or took too long: the message is ignored.
	 * @param topic the topic
	 * @param failure what it threw
	 */
	default void validatorFailed(String topic, Throwable failure) {
	}

}
