package io.p2pboot.libp2p.protocol.datagram;

/**
 * The peer sent a datagram that ends the connection.
 */
final class NativeViolation extends Exception {

	private static final long serialVersionUID = 1L;

	NativeViolation(String message) {
		super(message);
	}

}
