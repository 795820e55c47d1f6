package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * How a topic's mesh is kept. Specification: gossipsub 1.1, parameters. Immutable.
 *
 * @param degree how many peers a mesh should have (D)
 * @param low below how many it is filled (D_low), at most {@code degree}
 * @param high from how many on it is cut (D_high), at least {@code degree}
 * @param score how many of the best are kept when it is cut (D_score), at most
 * {@code degree}
 * @param outbound how many at least are peers that this node dialled (D_out), less than
 * {@code low} and at most half of {@code degree}; 0 only with {@code degree} 0
 * @param pruneBackoff how long a pruned peer must not be grafted; positive
 * @param unsubscribeBackoff the same after leaving a topic; positive
 * @param backoffSlack how much longer this node waits before it grafts; not negative
 * @param graftFlood within which time after a PRUNE a GRAFT is penalised twice; not
 * negative
 * @param fanoutTimeToLive how long peers are kept for a topic that is published to and
 * not joined; positive
 * @param floodPublish whether own messages go to every peer of the topic whose score
 * allows it, and not to the mesh alone
 * @param opportunisticTicks each how many heartbeats a poor mesh is bettered; positive
 * @param opportunisticPeers by how many peers; not negative
 */
public record MeshParams(int degree, int low, int high, int score, int outbound, Duration pruneBackoff,
		Duration unsubscribeBackoff, Duration backoffSlack, Duration graftFlood, Duration fanoutTimeToLive,
		boolean floodPublish, int opportunisticTicks, int opportunisticPeers) {

	/** The values of the specification and of Go. */
	public static final MeshParams DEFAULT = new MeshParams(6, 5, 12, 4, 2, Duration.ofSeconds(60),
			Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ofSeconds(60), false, 60,
			2);

	/** Checks the values against each other. */
	public MeshParams {
		Checks.range("degree", degree, 0, 10_000);
		Checks.range("low", low, 0, degree);
		Checks.range("high", high, degree, 10_000);
		Checks.range("score", score, 0, degree);
		Checks.range("outbound", outbound, 0, degree / 2);
		Checks.that(degree == 0 || outbound < low, "'outbound' must be less than 'low' (" + low + ")", outbound);
		Checks.positive("pruneBackoff", pruneBackoff);
		Checks.positive("unsubscribeBackoff", unsubscribeBackoff);
		Checks.notNegative("backoffSlack", backoffSlack);
		Checks.notNegative("graftFlood", graftFlood);
		Checks.positive("fanoutTimeToLive", fanoutTimeToLive);
		Checks.atLeast("opportunisticTicks", opportunisticTicks, 1);
		Checks.range("opportunisticPeers", opportunisticPeers, 0, 100);
	}

	/**
	 * Returns the same with other sizes.
	 * @param degree D
	 * @param low D_low
	 * @param high D_high
	 * @param score D_score
	 * @param outbound D_out
	 * @return the parameters
	 */
	public MeshParams withSizes(int degree, int low, int high, int score, int outbound) {
		return new MeshParams(degree, low, high, score, outbound, this.pruneBackoff, this.unsubscribeBackoff,
				this.backoffSlack, this.graftFlood, this.fanoutTimeToLive, this.floodPublish, this.opportunisticTicks,
				this.opportunisticPeers);
	}

	/**
	 * Returns the same with other back-offs.
	 * @param pruneBackoff after a PRUNE
	 * @param unsubscribeBackoff after leaving a topic
	 * @param backoffSlack how much longer this node waits
	 * @return the parameters
	 */
	public MeshParams withBackoff(Duration pruneBackoff, Duration unsubscribeBackoff, Duration backoffSlack) {
		return new MeshParams(this.degree, this.low, this.high, this.score, this.outbound, pruneBackoff,
				unsubscribeBackoff, backoffSlack, this.graftFlood, this.fanoutTimeToLive, this.floodPublish,
				this.opportunisticTicks, this.opportunisticPeers);
	}

	/**
	 * Returns the same with flood publishing on or off.
	 * @param floodPublish whether own messages go to every peer of the topic
	 * @return the parameters
	 */
	public MeshParams withFloodPublish(boolean floodPublish) {
		return new MeshParams(this.degree, this.low, this.high, this.score, this.outbound, this.pruneBackoff,
				this.unsubscribeBackoff, this.backoffSlack, this.graftFlood, this.fanoutTimeToLive, floodPublish,
				this.opportunisticTicks, this.opportunisticPeers);
	}

}
