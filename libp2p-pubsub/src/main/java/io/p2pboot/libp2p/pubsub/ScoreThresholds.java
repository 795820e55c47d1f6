package io.p2pboot.libp2p.pubsub;

/**
 * From which score on a peer is treated how. Immutable.
 *
 * @param gossip below it no gossip is sent to or read from a peer; not positive
 * @param publish below it own messages are not sent to a peer; at most {@code gossip}
 * @param graylist below it every frame of a peer is dropped; at most {@code publish}
 * @param acceptPeerExchange from it on the peers that a PRUNE names are dialled; not
 * negative
 * @param opportunisticGraft below it a mesh's median makes it look for better peers; not
 * negative
 */
public record ScoreThresholds(double gossip, double publish, double graylist, double acceptPeerExchange,
		double opportunisticGraft) {

	/** Every threshold 0: what holds without a score. */
	public static final ScoreThresholds NONE = new ScoreThresholds(0, 0, 0, 0, 0);

	/** The defaults of Rust and JavaScript. */
	public static final ScoreThresholds DEFAULT = new ScoreThresholds(-10, -50, -80, 10, 20);

	/** Checks the values against each other. */
	public ScoreThresholds {
		Checks.notPositive("gossip", gossip);
		Checks.notPositive("publish", publish);
		Checks.notPositive("graylist", graylist);
		Checks.that(publish <= gossip, "'publish' must be at most 'gossip' (" + gossip + ")", publish);
		Checks.that(graylist <= publish, "'graylist' must be at most 'publish' (" + publish + ")", graylist);
		Checks.notNegative("acceptPeerExchange", acceptPeerExchange);
		Checks.notNegative("opportunisticGraft", opportunisticGraft);
	}

}
