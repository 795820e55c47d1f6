package io.p2pboot.libp2p.interop.driver;

/**
 * A peer's answer that a request failed, or the lack of an answer.
 */
public final class PeerFailure extends RuntimeException {

	private static final long serialVersionUID = 1L;

	private final String kind;

	PeerFailure(String stack, String op, String kind, String message) {
		super(stack + " " + op + " failed, " + kind + ": " + message);
		this.kind = kind;
	}

	/**
	 * Returns the kind.
	 * @return one of the kinds of the control protocol, or {@code silent} if the peer did
	 * not answer at all
	 */
	public String kind() {
		return this.kind;
	}

}
