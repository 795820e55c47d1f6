package io.p2pboot.libp2p.pubsub;

/**
 * How messages wait for a subscriber. Immutable.
 *
 * @param queueMessages how many messages wait at most
 * @param queueBytes how many bytes of messages wait at most, each with all its fields
 * @param overflow what happens to what does not fit
 */
public record SubscribeOptions(int queueMessages, long queueBytes, Overflow overflow) {

	/** 1,024 messages, 16 MiB, the oldest make room. */
	public static final SubscribeOptions DEFAULT = new SubscribeOptions(1024, 16L * 1024 * 1024, Overflow.DROP_OLDEST);

	/** Checks the values. */
	public SubscribeOptions {
		Checks.range("queueMessages", queueMessages, 1, 10_000_000);
		Checks.atLeast("queueBytes", queueBytes, 1);
	}

}
