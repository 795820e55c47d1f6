package io.p2pboot.libp2p.pubsub;

/**
 * Why a message is not delivered; the names are those of go-libp2p-pubsub.
 */
public enum RejectReason {

	/** Who sent it is blacklisted. */
	BLACKLISTED_PEER("blacklisted peer"),

	/** Its author is blacklisted. */
	BLACKLISTED_SOURCE("blacklisted source"),

	/** It is not signed, and has to be. */
	MISSING_SIGNATURE("missing signature"),

	/** It is signed, and must not be. */
	UNEXPECTED_SIGNATURE("unexpected signature"),

	/** It names an author, and must not. */
	UNEXPECTED_AUTH_INFO("unexpected auth info"),

	/** The signature is not valid, or not by the author. */
	INVALID_SIGNATURE("invalid signature"),

	/** Too many messages wait to be checked. */
	QUEUE_FULL("validation queue full"),

	/** Too many messages are being validated. */
	THROTTLED("validation throttled"),

	/** A validator rejected it. */
	FAILED("validation failed"),

	/**
	 * A validator ignored it, or it has a form that other stacks would read differently.
	 */
	IGNORED("validation ignored"),

	/** It is an own message that another node sends back. */
	SELF_ORIGIN("self originated message");

	private final String text;

	RejectReason(String text) {
		this.text = text;
	}

	/**
	 * Returns the name as go-libp2p-pubsub writes it.
	 * @return for example {@code validation failed}
	 */
	@Override
	public String toString() {
		return this.text;
	}

}
