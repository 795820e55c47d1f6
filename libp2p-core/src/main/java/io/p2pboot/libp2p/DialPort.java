package io.p2pboot.libp2p;

/**
 * The local port that a dial leaves from.
 */
public enum DialPort {

	/**
	 * The port of a listener of the same transport that leads to the peer, so that what
	 * the peer observes is an address that others can dial. An ephemeral port where there
	 * is no such listener, the system cannot share a port, or the port has a connection
	 * with that very address already.
	 */
	REUSE,

	/** Never the port of a listener. */
	NEW

}
