package io.p2pboot.libp2p;

/**
 * A better value is known for the key than the one that was to be stored.
 */
public final class OlderRecord extends RoutingFailed {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the exception.
	 * @param message which key it is
	 */
	public OlderRecord(String message) {
		super(message, null);
	}

	@Override
	OlderRecord copy() {
		return new OlderRecord(text());
	}

}
