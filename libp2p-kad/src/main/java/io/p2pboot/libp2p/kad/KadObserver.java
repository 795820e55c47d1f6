package io.p2pboot.libp2p.kad;

import java.time.Duration;

/**
 * Hears of each message and lookup of an instance, for meters. Called on event loops: it
 * must not block, and what it throws is logged and changes nothing. Types of messages are
 * those of the protocol, for example {@code FIND_NODE}.
 */
public interface KadObserver {

	/**
	 * A request of a peer was read.
	 * @param type its type
	 * @param bytes its length, without the prefix that tells it
	 */
	default void requestReceived(String type, int bytes) {
	}

	/**
	 * A request of a peer was answered, or served if it has no answer.
	 * @param type its type
	 * @param time since it had been read; with what its peer had to wait for asking too
	 * often
	 */
	default void requestServed(String type, Duration time) {
	}

	/**
	 * A request was sent.
	 * @param type its type
	 * @param bytes its length, without the prefix that tells it
	 */
	default void requestSent(String type, int bytes) {
	}

	/**
	 * A request was answered, or accepted if it has no answer.
	 * @param type its type
	 * @param time since it was begun, with connecting
	 */
	default void requestAnswered(String type, Duration time) {
	}

	/**
	 * A lookup has ended.
	 * @param operation what it was for: {@code closest_peers} (also for refreshing the
	 * table and for storing), {@code find_peer}, {@code find_providers},
	 * {@code search_value} or {@code provide} (the optimistic way)
	 * @param outcome {@code converged} if the nearest peers were found, {@code stopped}
	 * if what was looked for was found or nobody waited any more, {@code timed_out}, or
	 * {@code no_peers} if there was nobody to ask or nobody answered
	 * @param time since it was begun, with what a search waited for its reader
	 * @param hops over how many peers the nearest one that answered was heard of; 0 if it
	 * was in the table, or nobody answered
	 */
	default void lookupEnded(String operation, String outcome, Duration time, int hops) {
	}

}
