package io.p2pboot.libp2p;

/**
 * The connection under a stream, or one that was being used, has ended.
 */
public final class ConnectionLost extends Libp2pException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the error.
	 * @param message what ended the connection, with the peer where it is known
	 * @param cause the first cause
	 */
	public ConnectionLost(String message, Throwable cause) {
		super(message, cause);
	}

	/**
	 * Creates the error without a further cause.
	 * @param message what ended the connection, with the peer where it is known
	 */
	public ConnectionLost(String message) {
		super(message, null);
	}

	@Override
	ConnectionLost copy() {
		return new ConnectionLost(text());
	}

}
