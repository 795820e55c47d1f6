package io.p2pboot.libp2p.crypto;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * A key file cannot be used. The message names the file and what is wrong with it, and
 * never shows the key.
 */
public final class KeyFileException extends IOException {

	private static final long serialVersionUID = 1L;

	private final String action;

	KeyFileException(String message, String action) {
		this(message, action, null);
	}

	KeyFileException(String message, String action, @Nullable Throwable cause) {
		super(message + "; " + action, cause);
		this.action = action;
	}

	/**
	 * Returns what mends it.
	 * @return an instruction, with the command where there is one
	 */
	public String action() {
		return this.action;
	}

}
