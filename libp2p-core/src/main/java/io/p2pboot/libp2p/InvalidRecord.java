package io.p2pboot.libp2p;

import org.jspecify.annotations.Nullable;

/**
 * A value is not one that its key may have, or nothing can tell so: the namespace of the
 * key has no validator.
 */
public final class InvalidRecord extends RoutingFailed {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the exception.
	 * @param message what is wrong
	 */
	public InvalidRecord(String message) {
		super(message, null);
	}

	/**
	 * Creates the exception.
	 * @param message what is wrong
	 * @param cause why
	 */
	public InvalidRecord(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

	@Override
	InvalidRecord copy() {
		return new InvalidRecord(text());
	}

}
