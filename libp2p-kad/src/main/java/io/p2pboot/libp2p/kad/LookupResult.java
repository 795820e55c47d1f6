package io.p2pboot.libp2p.kad;

import java.util.List;

/**
 * How a lookup ended. Immutable.
 *
 * @param outcome why it ended
 * @param closest the nearest peers that answered, the nearest first
 * @param requests how many peers were asked, the follow-up included
 * @param followUps how many of them in the follow-up
 * @param failures how many of them failed
 * @param hops over how many peers the nearest was found; 0 if it was a seed
 */
record LookupResult(Outcome outcome, List<KadPeer> closest, int requests, int followUps, int failures, int hops) {

	/** Why a lookup ended. */
	enum Outcome {

		/** The nearest peers were found. */
		CONVERGED,

		/** What it was for was found, or nobody waits for it any more. */
		STOPPED,

		/** Its time was over. */
		TIMED_OUT,

		/** There was nobody to ask, or nobody answered. */
		NO_PEERS

	}

	LookupResult {
		closest = List.copyOf(closest);
	}

}
