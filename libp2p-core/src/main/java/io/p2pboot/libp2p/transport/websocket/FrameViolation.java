package io.p2pboot.libp2p.transport.websocket;

import java.io.IOException;

/**
 * The peer broke RFC 6455, or sent what libp2p does not use.
 */
final class FrameViolation extends IOException {

	/** RFC 6455 section 7.4.1: protocol error. */
	static final int PROTOCOL_ERROR = 1002;

	/** RFC 6455 section 7.4.1: data of a type that cannot be accepted. */
	static final int UNSUPPORTED_DATA = 1003;

	/** RFC 6455 section 7.4.1: what is sent violates a policy. */
	static final int POLICY_VIOLATION = 1008;

	private static final long serialVersionUID = 1L;

	private final int status;

	FrameViolation(int status, String message) {
		super("WebSocket: " + message);
		this.status = status;
	}

	int status() {
		return this.status;
	}

}
