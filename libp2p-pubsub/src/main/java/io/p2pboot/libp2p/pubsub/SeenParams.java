package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * How long a message is remembered, so that it is delivered once. Immutable.
 *
 * @param timeToLive how long; positive
 * @param sinceLast whether the time counts from the last sight of the message, and not
 * from the first
 * @param maxMessages how many are remembered; the oldest go first
 */
public record SeenParams(Duration timeToLive, boolean sinceLast, int maxMessages) {

	/** 120 seconds from the first sight, as Go; a million messages. */
	public static final SeenParams DEFAULT = new SeenParams(Duration.ofSeconds(120), false, 1_000_000);

	/** Checks the values. */
	public SeenParams {
		Checks.positive("timeToLive", timeToLive);
		Checks.range("maxMessages", maxMessages, 1, 100_000_000);
	}

}
