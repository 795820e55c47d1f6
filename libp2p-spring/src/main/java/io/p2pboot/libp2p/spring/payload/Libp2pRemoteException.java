package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;

/**
 * A peer that was asked answered with an error: a code, as a reset has one, and a text.
 * Only between peers that both serve error bodies; from others it is a
 * {@link io.p2pboot.libp2p.StreamReset} with the code alone.
 */
public final class Libp2pRemoteException extends IOException {

	private static final long serialVersionUID = 1L;

	private final long code;

	private final String text;

	Libp2pRemoteException(long code, String text) {
		super("The peer answered with error " + code + ": " + text);
		this.code = code;
		this.text = text;
	}

	/**
	 * Returns the code.
	 * @return the code, 0 to 2^32-1; see the table in docs/handlers.md
	 */
	public long code() {
		return this.code;
	}

	/**
	 * Returns what the peer says. A peer may say anything: do not show it to users as
	 * text of your own.
	 * @return the text, without control characters, of at most
	 * {@value ErrorBodies#MAX_TEXT_BYTES} bytes
	 */
	public String text() {
		return this.text;
	}

}
