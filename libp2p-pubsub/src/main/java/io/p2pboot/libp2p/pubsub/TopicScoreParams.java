package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * How peers are scored by what they do in one topic. Specification: gossipsub 1.1, peer
 * scoring. Immutable.
 *
 * @param weight the weight of the topic; not negative
 * @param timeInMesh P1, the time in the mesh
 * @param firstDeliveries P2, being the first to deliver
 * @param meshDeliveries P3 and P3b, delivering too little
 * @param invalidWeight the weight of P4, the square of invalid messages; not positive
 * @param invalidDecay by what P4 decays each interval; between 0 and 1
 */
public record TopicScoreParams(double weight, TimeInMesh timeInMesh, FirstDeliveries firstDeliveries,
		MeshDeliveries meshDeliveries, double invalidWeight, double invalidDecay) {

	/** Only invalid messages count. */
	public static final TopicScoreParams INVALID_ONLY = new TopicScoreParams(1, TimeInMesh.NONE, FirstDeliveries.NONE,
			MeshDeliveries.NONE, -10, 0.9);

	/** Checks the values. */
	public TopicScoreParams {
		Checks.notNegative("weight", weight);
		Checks.notPositive("invalidWeight", invalidWeight);
		Checks.decay("invalidDecay", invalidDecay);
	}

	/**
	 * P1: how long a peer is in the mesh.
	 *
	 * @param weight the weight; not negative
	 * @param quantum the time that counts as one; positive
	 * @param cap the most that counts; positive where the weight is not 0
	 */
	public record TimeInMesh(double weight, Duration quantum, double cap) {

		/** Does not count. */
		public static final TimeInMesh NONE = new TimeInMesh(0, Duration.ofSeconds(1), 1);

		/** Checks the values. */
		public TimeInMesh {
			Checks.notNegative("timeInMesh.weight", weight);
			Checks.positive("timeInMesh.quantum", quantum);
			Checks.finite("timeInMesh.cap", cap);
			Checks.that(cap > 0, "'timeInMesh.cap' must be positive", cap);
		}

	}

	/**
	 * P2: how often a peer was the first to deliver a message.
	 *
	 * @param weight the weight; not negative
	 * @param decay by what it decays each interval; between 0 and 1
	 * @param cap the most that counts; positive
	 */
	public record FirstDeliveries(double weight, double decay, double cap) {

		/** Does not count. */
		public static final FirstDeliveries NONE = new FirstDeliveries(0, 0.5, 1);

		/** Checks the values. */
		public FirstDeliveries {
			Checks.notNegative("firstDeliveries.weight", weight);
			Checks.decay("firstDeliveries.decay", decay);
			Checks.finite("firstDeliveries.cap", cap);
			Checks.that(cap > 0, "'firstDeliveries.cap' must be positive", cap);
		}

	}

	/**
	 * P3 and P3b: the square of what a peer in the mesh delivers too little.
	 *
	 * @param weight the weight of P3, while it is in the mesh; not positive
	 * @param decay by what the count of deliveries decays each interval; between 0 and 1
	 * @param cap the most deliveries that count; positive
	 * @param threshold how many there should be; positive
	 * @param window for how long after the first delivery another one counts; not
	 * negative
	 * @param activation how long a peer has to be in the mesh; positive
	 * @param failureWeight the weight of P3b, once it is pruned or leaves; not positive
	 * @param failureDecay by what P3b decays each interval; between 0 and 1
	 */
	public record MeshDeliveries(double weight, double decay, double cap, double threshold, Duration window,
			Duration activation, double failureWeight, double failureDecay) {

		/** Does not count. */
		public static final MeshDeliveries NONE = new MeshDeliveries(0, 0.5, 1, 1, Duration.ofMillis(10),
				Duration.ofSeconds(1), 0, 0.5);

		/** Checks the values. */
		public MeshDeliveries {
			Checks.notPositive("meshDeliveries.weight", weight);
			Checks.decay("meshDeliveries.decay", decay);
			Checks.finite("meshDeliveries.cap", cap);
			Checks.that(cap > 0, "'meshDeliveries.cap' must be positive", cap);
			Checks.finite("meshDeliveries.threshold", threshold);
			Checks.that(threshold > 0, "'meshDeliveries.threshold' must be positive", threshold);
			Checks.notNegative("meshDeliveries.window", window);
			Checks.positive("meshDeliveries.activation", activation);
			Checks.notPositive("meshDeliveries.failureWeight", failureWeight);
			Checks.decay("meshDeliveries.failureDecay", failureDecay);
		}

	}

}
