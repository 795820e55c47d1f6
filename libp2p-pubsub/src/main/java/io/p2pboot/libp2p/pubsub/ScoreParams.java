package io.p2pboot.libp2p.pubsub;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;

/**
 * How peers are scored. Specification: gossipsub 1.1, peer scoring. Wrong thresholds hurt
 * more than none: begin with {@code dryRun}. Immutable.
 *
 * @param topics the topics that count, by name
 * @param topicScoreCap the most that topics add up to; 0: no cap
 * @param application P5, what the application thinks of a peer; called on the router's
 * thread, must not block; what is no number, or an exception, counts as 0
 * @param applicationWeight the weight of P5
 * @param colocationWeight the weight of P6, the square of peers beyond the threshold at
 * one IP address or in one IPv6 /64; not positive
 * @param colocationThreshold how many peers may be at one; positive
 * @param colocationExempt the networks where any number of peers may be at one address,
 * such as that of a NAT or a data centre
 * @param behaviourWeight the weight of P7, the square of misbehaviour; not positive
 * @param behaviourThreshold how much is forgiven; not negative
 * @param behaviourDecay by what P7 decays each interval; between 0 and 1
 * @param decayInterval the time between decays; at least 1 second
 * @param decayToZero below what a counter becomes 0; between 0 and 1
 * @param retain how long the score of a peer that has left is kept, unless it is
 * positive; not negative
 * @param thresholds what follows from a score
 * @param dryRun whether scores are computed and reported only, and nothing follows
 */
public record ScoreParams(Map<String, TopicScoreParams> topics, double topicScoreCap,
		ToDoubleFunction<PeerId> application, double applicationWeight, double colocationWeight,
		int colocationThreshold, List<IpNetwork> colocationExempt, double behaviourWeight, double behaviourThreshold,
		double behaviourDecay, Duration decayInterval, double decayToZero, Duration retain, ScoreThresholds thresholds,
		boolean dryRun) {

	/** The defaults of Rust, without topics. */
	public static final ScoreParams DEFAULT = new ScoreParams(Map.of(), 3600, (peer) -> 0, 10, -5, 10, List.of(), -10,
			0, 0.2, Duration.ofSeconds(1), 0.01, Duration.ofHours(1), ScoreThresholds.DEFAULT, false);

	/** Checks the values. */
	public ScoreParams {
		topics = Map.copyOf(topics);
		colocationExempt = List.copyOf(colocationExempt);
		Checks.notNegative("topicScoreCap", topicScoreCap);
		Checks.finite("applicationWeight", applicationWeight);
		Checks.notPositive("colocationWeight", colocationWeight);
		Checks.atLeast("colocationThreshold", colocationThreshold, 1);
		Checks.notPositive("behaviourWeight", behaviourWeight);
		Checks.notNegative("behaviourThreshold", behaviourThreshold);
		Checks.decay("behaviourDecay", behaviourDecay);
		Checks.that(decayInterval.compareTo(Duration.ofSeconds(1)) >= 0, "'decayInterval' must be at least 1 second",
				decayInterval);
		Checks.decay("decayToZero", decayToZero);
		Checks.notNegative("retain", retain);
	}

	/**
	 * Returns the factor that takes a counter of 1 to {@code decayToZero} within a time.
	 * @param time the time; positive
	 * @param interval the time between decays; positive
	 * @param decayToZero below what a counter becomes 0
	 * @return the factor, between 0 and 1
	 */
	public static double decay(Duration time, Duration interval, double decayToZero) {
		return Math.pow(decayToZero, 1 / Math.max(1.0, (double) time.toNanos() / interval.toNanos()));
	}

	/**
	 * Returns the same with other topics.
	 * @param topics the topics that count, by name
	 * @return the parameters
	 */
	public ScoreParams withTopics(Map<String, TopicScoreParams> topics) {
		return new ScoreParams(topics, this.topicScoreCap, this.application, this.applicationWeight,
				this.colocationWeight, this.colocationThreshold, this.colocationExempt, this.behaviourWeight,
				this.behaviourThreshold, this.behaviourDecay, this.decayInterval, this.decayToZero, this.retain,
				this.thresholds, this.dryRun);
	}

	/**
	 * Returns the same with other thresholds.
	 * @param thresholds what follows from a score
	 * @return the parameters
	 */
	public ScoreParams withThresholds(ScoreThresholds thresholds) {
		return new ScoreParams(this.topics, this.topicScoreCap, this.application, this.applicationWeight,
				this.colocationWeight, this.colocationThreshold, this.colocationExempt, this.behaviourWeight,
				this.behaviourThreshold, this.behaviourDecay, this.decayInterval, this.decayToZero, this.retain,
				thresholds, this.dryRun);
	}

	/**
	 * Returns the same with another judgement of the application.
	 * @param application what the application thinks of a peer
	 * @param applicationWeight its weight
	 * @return the parameters
	 */
	public ScoreParams withApplication(ToDoubleFunction<PeerId> application, double applicationWeight) {
		return new ScoreParams(this.topics, this.topicScoreCap, application, applicationWeight, this.colocationWeight,
				this.colocationThreshold, this.colocationExempt, this.behaviourWeight, this.behaviourThreshold,
				this.behaviourDecay, this.decayInterval, this.decayToZero, this.retain, this.thresholds, this.dryRun);
	}

	/**
	 * Returns the same with other rules for peers at one IP address.
	 * @param colocationWeight the weight of P6
	 * @param colocationThreshold how many peers may be at one address
	 * @return the parameters
	 */
	public ScoreParams withColocation(double colocationWeight, int colocationThreshold) {
		return new ScoreParams(this.topics, this.topicScoreCap, this.application, this.applicationWeight,
				colocationWeight, colocationThreshold, this.colocationExempt, this.behaviourWeight,
				this.behaviourThreshold, this.behaviourDecay, this.decayInterval, this.decayToZero, this.retain,
				this.thresholds, this.dryRun);
	}

	/**
	 * Returns the same with other networks that are exempt from P6.
	 * @param networks where any number of peers may be at one address
	 * @return the parameters
	 */
	public ScoreParams withColocationExempt(List<IpNetwork> networks) {
		return new ScoreParams(this.topics, this.topicScoreCap, this.application, this.applicationWeight,
				this.colocationWeight, this.colocationThreshold, networks, this.behaviourWeight,
				this.behaviourThreshold, this.behaviourDecay, this.decayInterval, this.decayToZero, this.retain,
				this.thresholds, this.dryRun);
	}

	/**
	 * Returns the same with other rules for misbehaviour.
	 * @param behaviourWeight the weight of P7
	 * @param behaviourThreshold how much is forgiven
	 * @param behaviourDecay by what P7 decays each interval
	 * @return the parameters
	 */
	public ScoreParams withBehaviour(double behaviourWeight, double behaviourThreshold, double behaviourDecay) {
		return new ScoreParams(this.topics, this.topicScoreCap, this.application, this.applicationWeight,
				this.colocationWeight, this.colocationThreshold, this.colocationExempt, behaviourWeight,
				behaviourThreshold, behaviourDecay, this.decayInterval, this.decayToZero, this.retain, this.thresholds,
				this.dryRun);
	}

	/**
	 * Returns the same as a dry run or not.
	 * @param dryRun whether scores are computed and reported only
	 * @return the parameters
	 */
	public ScoreParams withDryRun(boolean dryRun) {
		return new ScoreParams(this.topics, this.topicScoreCap, this.application, this.applicationWeight,
				this.colocationWeight, this.colocationThreshold, this.colocationExempt, this.behaviourWeight,
				this.behaviourThreshold, this.behaviourDecay, this.decayInterval, this.decayToZero, this.retain,
				this.thresholds, dryRun);
	}

}
