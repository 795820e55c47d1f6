package io.p2pboot.libp2p.pubsub;

import java.util.Map;

/**
 * What there is at the end of a heartbeat. Immutable.
 *
 * @param queueBytes how many bytes wait for peers in each lane; a message that waits for
 * several counts for each
 * @param scores how many peers have a score of each level; empty if they are not scored
 */
public record PubSubSnapshot(Map<QueueLane, Long> queueBytes, Map<ScoreLevel, Integer> scores) {

	/** Copies the maps. */
	public PubSubSnapshot {
		queueBytes = Map.copyOf(queueBytes);
		scores = Map.copyOf(scores);
	}

}
