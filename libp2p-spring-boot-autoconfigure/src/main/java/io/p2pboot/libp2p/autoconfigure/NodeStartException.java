package io.p2pboot.libp2p.autoconfigure;

/**
 * The node could not be started.
 */
final class NodeStartException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	NodeStartException(String message, Throwable cause) {
		super(message, cause);
	}

}
