package io.p2pboot.libp2p;

/**
 * Who opened a connection or a stream, as seen from this node.
 */
public enum Direction {

	/** The remote peer opened it. */
	INBOUND,

	/** This node opened it. */
	OUTBOUND;

	/**
	 * Returns the label value that metrics use.
	 * @return {@code inbound} or {@code outbound}
	 */
	public String label() {
		return (this == INBOUND) ? "inbound" : "outbound";
	}

}
