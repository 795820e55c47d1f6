package io.p2pboot.libp2p;

/**
 * Nobody could be asked: the routing knows no peer that answers.
 */
public final class NoPeers extends RoutingFailed {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates the exception.
	 * @param message which routing it is
	 */
	public NoPeers(String message) {
		super(message, null);
	}

	@Override
	NoPeers copy() {
		return new NoPeers(text());
	}

}
