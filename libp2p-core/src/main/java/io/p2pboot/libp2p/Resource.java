package io.p2pboot.libp2p;

import java.util.Locale;

/**
 * What a limit is on.
 */
public enum Resource {

	/** A connection, its handshake, or a file descriptor for it. */
	CONNECTION,

	/** A stream. */
	STREAM,

	/** Memory. */
	MEMORY;

	/**
	 * Returns the name in metrics, as go-libp2p has it.
	 * @return for example {@code connection}
	 */
	public String label() {
		return name().toLowerCase(Locale.ROOT);
	}

}
