package io.p2pboot.libp2p;

/**
 * The routing's time was over before an answer was there.
 */
public final class RoutingTimeout extends RoutingFailed {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the exception.
	 * @param message what took how long
	 */
	public RoutingTimeout(String message) {
		super(message, null);
	}

	@Override
	RoutingTimeout copy() {
		return new RoutingTimeout(text());
	}

}
