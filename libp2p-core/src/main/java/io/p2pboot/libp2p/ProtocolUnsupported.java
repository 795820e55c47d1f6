package io.p2pboot.libp2p;

import java.util.List;

/**
 * The remote peer does not serve any of the protocols that were proposed.
 */
public final class ProtocolUnsupported extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private final transient PeerId peer;

	private final transient List<ProtocolPath> proposed;

	/**
	 * Creates the error.
	 * @param peer the peer that refused
	 * @param proposed the protocols that were proposed, in order
	 */
	public ProtocolUnsupported(PeerId peer, List<ProtocolPath> proposed) {
		super("Peer " + peer + " supports none of " + proposed, null);
		this.peer = peer;
		this.proposed = List.copyOf(proposed);
	}

	/**
	 * Returns the peer that refused.
	 * @return the peer id
	 */
	public PeerId peer() {
		return this.peer;
	}

	/**
	 * Returns what was proposed.
	 * @return the protocols, in order
	 */
	public List<ProtocolPath> proposed() {
		return this.proposed;
	}

	@Override
	ProtocolUnsupported copy() {
		return new ProtocolUnsupported(this.peer, this.proposed);
	}

}
