package io.p2pboot.libp2p.sample.files;

import java.io.IOException;

/**
 * A request for a file that is not served; the message is for the other side.
 */
public class FileRefused extends IOException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates a refusal.
	 * @param message why, with the value and the limit; no local path
	 */
	public FileRefused(String message) {
		super(message);
	}

}
