package io.p2pboot.libp2p.multiformats;

import java.io.IOException;

/**
 * Bytes from outside could not be decoded. The only exception that decoders throw for bad
 * input.
 */
public class DecodeException extends IOException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the error.
	 * @param message what is wrong, with the value and the limit
	 */
	public DecodeException(String message) {
		super(message);
	}

	/**
	 * Creates the error with a cause.
	 * @param message what is wrong, with the value and the limit
	 * @param cause the cause
	 */
	public DecodeException(String message, Throwable cause) {
		super(message, cause);
	}

}
