package io.p2pboot.libp2p.pubsub;

import java.time.Duration;
import java.util.Optional;

/**
 * How a message is published. Immutable.
 *
 * @param atLeast how many peers at least have to be subscribed before it is sent; 0: it
 * is sent to whoever there is
 * @param within how long to wait for them; positive
 * @param flood whether it goes to every peer of the topic; empty: as the node is
 * configured
 */
public record PublishOptions(int atLeast, Duration within, Optional<Boolean> flood) {

	/** Sent to whoever there is. */
	public static final PublishOptions DEFAULT = new PublishOptions(0, Duration.ofSeconds(5), Optional.empty());

	/** Checks the values. */
	public PublishOptions {
		Checks.range("atLeast", atLeast, 0, 1_000_000);
		Checks.positive("within", within);
	}

	/**
	 * Waits for peers, for 5 seconds.
	 * @param peers how many at least have to be subscribed
	 * @return the options
	 */
	public static PublishOptions atLeast(int peers) {
		return new PublishOptions(peers, DEFAULT.within, DEFAULT.flood);
	}

	/**
	 * Returns the same with another time to wait.
	 * @param time how long to wait for peers; positive
	 * @return the options
	 */
	public PublishOptions within(Duration time) {
		return new PublishOptions(this.atLeast, time, this.flood);
	}

	/**
	 * Returns the same with flooding on or off.
	 * @param flood whether the message goes to every peer of the topic
	 * @return the options
	 */
	public PublishOptions flood(boolean flood) {
		return new PublishOptions(this.atLeast, this.within, Optional.of(flood));
	}

}
