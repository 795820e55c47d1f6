package io.p2pboot.libp2p.pubsub;

import java.util.Locale;

/**
 * What follows from a peer's score, or would without {@link ScoreParams#dryRun()}.
 */
public enum ScoreLevel {

	/** Below {@link ScoreThresholds#graylist()}: its frames are dropped. */
	GRAYLIST,

	/** Below {@link ScoreThresholds#publish()}: own messages are not sent to it. */
	PUBLISH,

	/** Below {@link ScoreThresholds#gossip()}: no gossip is exchanged with it. */
	GOSSIP,

	/** Below 0: it is in no mesh. */
	NEGATIVE,

	/** Nothing. */
	GOOD;

	/**
	 * Returns the level of a score.
	 * @param score the score
	 * @param thresholds from which score on a peer is treated how
	 * @return the level
	 */
	public static ScoreLevel of(double score, ScoreThresholds thresholds) {
		if (score >= 0) {
			return GOOD;
		}
		if (score < thresholds.graylist()) {
			return GRAYLIST;
		}
		if (score < thresholds.publish()) {
			return PUBLISH;
		}
		return (score < thresholds.gossip()) ? GOSSIP : NEGATIVE;
	}

	/** The name in meters. */
	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT);
	}

}
