package io.p2pboot.libp2p.kad;

import java.time.Duration;

/**
 * Hears of each message of an instance, for meters. Called on event loops: it must not
 * block, and what it throws is logged and changes nothing. Types are those of the
 * protocol, for example {@code FIND_NODE}.
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

}
