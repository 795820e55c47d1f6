package io.p2pboot.libp2p.journal;

/**
 * What a journal holds. Immutable.
 *
 * @param magic the text with which its file begins: 8 characters of ASCII, at least half
 * of them unlike those of any other kind
 * @param holds what it holds, for messages, for example {@code peers}
 * @param maxPayloadBytes the longest payload of a frame, in bytes; positive
 */
public record JournalKind(String magic, String holds, int maxPayloadBytes) {

	/** The length of the magic text, in bytes. */
	static final int MAGIC_BYTES = 8;

	/**
	 * Creates a kind.
	 * @throws IllegalArgumentException if the magic text has another length or the
	 * payload is not positive
	 */
	public JournalKind {
		if (magic.length() != MAGIC_BYTES || maxPayloadBytes < 1) {
			throw new IllegalArgumentException("A magic text has " + MAGIC_BYTES
					+ " characters and a payload a positive length, was '" + magic + "' and " + maxPayloadBytes);
		}
	}

}
