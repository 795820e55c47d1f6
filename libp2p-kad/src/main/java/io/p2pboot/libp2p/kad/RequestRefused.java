package io.p2pboot.libp2p.kad;

import java.io.IOException;

/**
 * A request breaks a rule, or asks for more than there is room for: its stream is reset.
 */
final class RequestRefused extends IOException {

	private static final long serialVersionUID = 1L;

	RequestRefused(String message) {
		super(message);
	}

}
