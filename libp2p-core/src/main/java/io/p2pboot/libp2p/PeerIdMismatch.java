package io.p2pboot.libp2p;

/**
 * Another peer answered than the one that was asked for.
 */
public final class PeerIdMismatch extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private final transient PeerId expected;

	private final transient PeerId actual;

	/**
	 * Creates the error.
	 * @param expected the peer that was asked for
	 * @param actual the peer that proved its identity
	 */
	public PeerIdMismatch(PeerId expected, PeerId actual) {
		super("Expected peer " + expected + " but " + actual + " answered", null);
		this.expected = expected;
		this.actual = actual;
	}

	/**
	 * Returns the peer that was asked for.
	 * @return the expected peer id
	 */
	public PeerId expected() {
		return this.expected;
	}

	/**
	 * Returns the peer that answered.
	 * @return the peer id that was proven
	 */
	public PeerId actual() {
		return this.actual;
	}

	@Override
	PeerIdMismatch copy() {
		return new PeerIdMismatch(this.expected, this.actual);
	}

}
