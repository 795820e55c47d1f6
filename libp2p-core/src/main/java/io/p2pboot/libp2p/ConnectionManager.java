package io.p2pboot.libp2p;

import java.time.Duration;

/**
 * Says which connections are worth keeping when there are many: above the high mark
 * ({@code NodeBuilder.connectionMarks}) those that are worth least are closed until the
 * low mark is reached. Idle connections go first, then those whose peers have the least
 * sum of tags. Protected peers stay. Thread-safe; no method blocks.
 */
public interface ConnectionManager {

	/**
	 * Gives a peer a tag; it keeps it whether it is connected or not.
	 * @param peer the peer
	 * @param tag the name of the tag, of which the peer has one
	 * @param value how much it is worth, may be negative
	 */
	void tag(PeerId peer, String tag, int value);

	/**
	 * Adds to a tag that loses half of its value in each half-life, and with it what was
	 * not repeated. A tag of {@link #tag} becomes such a one.
	 * @param peer the peer
	 * @param tag the name of the tag, of which the peer has one
	 * @param more how much is added, may be negative
	 * @param halfLife after how long half of it is left, positive
	 * @throws IllegalArgumentException if the half-life is not positive
	 */
	void bump(PeerId peer, String tag, int more, Duration halfLife);

	/**
	 * Takes a tag away, if it is there.
	 * @param peer the peer
	 * @param tag the name of the tag
	 */
	void untag(PeerId peer, String tag);

	/**
	 * Returns the sum of a peer's tags.
	 * @param peer the peer
	 * @return the sum, 0 without tags
	 */
	long value(PeerId peer);

	/**
	 * Protects a peer: its connections are not closed to make room, and a node that is
	 * full makes room for them. Each reason has its name; the peer is protected while one
	 * is left.
	 * @param peer the peer
	 * @param reason the name of the reason
	 */
	void protect(PeerId peer, String reason);

	/**
	 * Takes one reason away.
	 * @param peer the peer
	 * @param reason the name of the reason
	 * @return whether the peer is still protected
	 */
	boolean unprotect(PeerId peer, String reason);

	/**
	 * Returns whether a peer is protected.
	 * @param peer the peer
	 * @return whether it is, for any reason
	 */
	boolean isProtected(PeerId peer);

	/**
	 * Closes connections until the low mark is reached, whatever the high mark; those
	 * within their grace period stay.
	 * @return how many were closed
	 */
	int trim();

}
