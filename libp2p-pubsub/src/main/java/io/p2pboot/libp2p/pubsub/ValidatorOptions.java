package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * How a validator is run. Immutable.
 *
 * @param maxInFlight how many messages it decides about at once; what comes beyond is
 * ignored, and blames nobody
 * @param timeout how long one decision may take; positive
 */
public record ValidatorOptions(int maxInFlight, Duration timeout) {

	/** 1,024 messages, 5 seconds. */
	public static final ValidatorOptions DEFAULT = new ValidatorOptions(1024, Duration.ofSeconds(5));

	/** Checks the values. */
	public ValidatorOptions {
		Checks.range("maxInFlight", maxInFlight, 1, 1_000_000);
		Checks.positive("timeout", timeout);
	}

}
