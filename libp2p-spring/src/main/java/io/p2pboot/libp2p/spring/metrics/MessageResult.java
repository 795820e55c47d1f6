package io.p2pboot.libp2p.spring.metrics;

import io.p2pboot.libp2p.pubsub.RejectReason;

/**
 * What became of a message, with the reasons that go-libp2p-pubsub names.
 *
 * @param ordinal its place in a table, from 0 to {@link #COUNT}
 * @param result the value of the tag
 * @param reason why, where it was not accepted
 */
record MessageResult(int ordinal, String result, String reason) {

	static final MessageResult DELIVERED = new MessageResult(0, "delivered", MetricLabels.NONE);

	static final MessageResult PUBLISHED = new MessageResult(1, "published", MetricLabels.NONE);

	static final MessageResult DUPLICATE = new MessageResult(2, "duplicate", MetricLabels.NONE);

	static final MessageResult UNDELIVERABLE = new MessageResult(3, "undeliverable", MetricLabels.NONE);

	private static final int ACCEPTED = 4;

	private static final MessageResult[] REFUSED = refused();

	static final int COUNT = ACCEPTED + REFUSED.length;

	static MessageResult of(RejectReason reason) {
		return REFUSED[reason.ordinal()];
	}

	private static MessageResult[] refused() {
		RejectReason[] reasons = RejectReason.values();
		MessageResult[] results = new MessageResult[reasons.length];
		for (int index = 0; index < reasons.length; index++) {
			results[index] = new MessageResult(ACCEPTED + index, result(reasons[index]), reasons[index].toString());
		}
		return results;
	}

	private static String result(RejectReason reason) {
		return switch (reason) {
			case QUEUE_FULL, THROTTLED -> "throttled";
			case IGNORED, SELF_ORIGIN -> "ignored";
			case BLACKLISTED_PEER, BLACKLISTED_SOURCE, MISSING_SIGNATURE, UNEXPECTED_SIGNATURE, UNEXPECTED_AUTH_INFO,
					INVALID_SIGNATURE, FAILED ->
				"rejected";
		};
	}

}
