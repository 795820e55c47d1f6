package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * A message of a peer is not what the handler takes. The text shows nothing of it.
 */
public class UnreadableMessage extends IOException {

	private static final long serialVersionUID = 1L;

	/** The code with which a stream is reset for it, unless an exception handler says. */
	public static final long RESET_CODE = 400;

	/**
	 * Creates the error.
	 * @param message what is wrong, without quoting the peer
	 */
	public UnreadableMessage(String message) {
		this(message, null);
	}

	/**
	 * Creates the error with a cause.
	 * @param message what is wrong, without quoting the peer
	 * @param cause the cause, if it does not quote the peer either
	 */
	public UnreadableMessage(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
