package io.p2pboot.libp2p.pubsub;

/**
 * What a validator says of a message.
 */
public enum Validation {

	/** It is delivered and forwarded. */
	ACCEPT,

	/**
	 * It breaks the rules of the application's protocol: it is dropped, and counts
	 * against the score of every peer that sent it. What an honest peer may forward (old,
	 * early, unknown version) is {@link #IGNORE} instead.
	 */
	REJECT,

	/** It is dropped, and counts against nobody. */
	IGNORE

}
