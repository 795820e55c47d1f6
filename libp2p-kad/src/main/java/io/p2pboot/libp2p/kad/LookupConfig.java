package io.p2pboot.libp2p.kad;

import java.time.Duration;

/**
 * How a lookup goes. Immutable.
 *
 * @param k how many of the nearest peers it is to find
 * @param alpha how many peers are asked at once, over all paths
 * @param beta how many of the nearest have to have answered before it ends
 * @param paths how many disjoint paths it takes
 * @param timeout how long it may take
 * @param followUp whether those of the nearest k that have not been asked are asked at
 * the end
 */
record LookupConfig(int k, int alpha, int beta, int paths, Duration timeout, boolean followUp) {

	/** The values of go-libp2p. */
	static final LookupConfig DEFAULT = new LookupConfig(20, 10, 3, 1, Duration.ofSeconds(60), true);

	LookupConfig {
		if (k < 1 || alpha < 1 || beta < 1 || paths < 1) {
			throw new IllegalArgumentException("k, alpha, beta and the paths must be positive, were " + k + ", " + alpha
					+ ", " + beta + " and " + paths);
		}
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("The time-out of a lookup must be positive, was " + timeout);
		}
	}

	LookupConfig withoutFollowUp() {
		return new LookupConfig(this.k, this.alpha, this.beta, this.paths, this.timeout, false);
	}

}
