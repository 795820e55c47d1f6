package io.p2pboot.libp2p;

/**
 * A {@link ConnectionGater} of this node does not allow the connection.
 */
public final class ConnectionBlocked extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private final String what;

	/**
	 * Creates the error.
	 * @param what what is not allowed
	 */
	public ConnectionBlocked(String what) {
		super("A connection gater of this node does not allow " + what, null);
		this.what = what;
	}

	@Override
	ConnectionBlocked copy() {
		return new ConnectionBlocked(this.what);
	}

}
