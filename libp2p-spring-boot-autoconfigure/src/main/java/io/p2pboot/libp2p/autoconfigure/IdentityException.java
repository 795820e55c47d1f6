package io.p2pboot.libp2p.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * The identity of the node cannot be had as configured. The message never shows the key.
 */
final class IdentityException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String action;

	IdentityException(String message, String action, @Nullable Throwable cause) {
		super(message, cause);
		this.action = action;
	}

	String action() {
		return this.action;
	}

}
