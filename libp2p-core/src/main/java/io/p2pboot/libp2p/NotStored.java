package io.p2pboot.libp2p;

/**
 * No peer has stored what was to be stored.
 */
public final class NotStored extends RoutingFailed {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the exception.
	 * @param message what it was, and how many peers were asked
	 */
	public NotStored(String message) {
		super(message, null);
	}

	@Override
	NotStored copy() {
		return new NotStored(text());
	}

}
