package io.p2pboot.libp2p.pubsub;

/**
 * Whether messages are signed and what is asked of those of others. All nodes of a
 * network have to agree. Specification: libp2p/specs pubsub/README.md, message signing.
 */
public enum SignaturePolicy {

	/** Messages are signed; one without a signature is rejected. The default. */
	STRICT_SIGN(true, true),

	/**
	 * Messages name no author and carry no sequence number, signature or key; one that
	 * has any of these, even empty, is rejected. The message id must be made of the data.
	 */
	STRICT_NO_SIGN(false, false),

	/**
	 * Messages are signed; a signature is verified where there is one. For reading old
	 * networks only.
	 */
	LAX_SIGN(true, false),

	/**
	 * Messages are not signed; a signature is verified where there is one. For reading
	 * old networks only.
	 */
	LAX_NO_SIGN(false, false);

	private final boolean signs;

	private final boolean requiresSignature;

	SignaturePolicy(boolean signs, boolean requiresSignature) {
		this.signs = signs;
		this.requiresSignature = requiresSignature;
	}

	/**
	 * Returns whether own messages are signed.
	 * @return whether they are
	 */
	public boolean signs() {
		return this.signs;
	}

	/**
	 * Returns whether a message without a signature is rejected.
	 * @return whether it is
	 */
	public boolean requiresSignature() {
		return this.requiresSignature;
	}

	/**
	 * Returns whether a message with an author, a sequence number, a signature or a key
	 * is rejected.
	 * @return whether it is
	 */
	public boolean forbidsAuthor() {
		return this == STRICT_NO_SIGN;
	}

}
