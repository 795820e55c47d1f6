package io.p2pboot.libp2p.pubsub;

/**
 * Whether pruned peers are told of others, and what is taken of what others tell.
 * Immutable.
 *
 * @param offered whether a PRUNE names other peers of the topic
 * @param peers how many a PRUNE names, and how many of one are read; 0 to 16
 * @param dials how many of them are dialled at once
 * @param pending how many wait to be dialled
 */
public record PeerExchangeParams(boolean offered, int peers, int dials, int pending) {

	/** Peers are read, where the score of who names them allows it, and none named. */
	public static final PeerExchangeParams DEFAULT = new PeerExchangeParams(false, 16, 8, 128);

	/** Checks the values. */
	public PeerExchangeParams {
		Checks.range("peers", peers, 0, 16);
		Checks.range("dials", dials, 1, 128);
		Checks.range("pending", pending, 1, 1024);
	}

	/**
	 * Returns the same with naming on or off.
	 * @param offered whether a PRUNE names other peers of the topic
	 * @return the parameters
	 */
	public PeerExchangeParams withOffered(boolean offered) {
		return new PeerExchangeParams(offered, this.peers, this.dials, this.pending);
	}

}
