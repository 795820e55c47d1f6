package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * What a peer may make this node keep or do. Immutable.
 *
 * @param maxMessageBytes the longest frame that is read, and the longest message that is
 * published, in bytes with its fields; at most 16 MiB
 * @param maxTopicsPeer of how many topics that this node does not follow one peer's
 * subscriptions are kept
 * @param maxControlBytes how many bytes of a frame may be control messages
 * @param maxEntries how many messages or control entries one list of a frame may have;
 * subscriptions have {@link #MAX_SUBSCRIPTIONS}
 * @param maxFields how many protobuf fields a frame may have, subscriptions apart
 * @param ownQueueBytes how many bytes of own messages wait for one peer
 * @param ownQueueTime how long an own message waits for a peer; positive
 * @param forwardQueueBytes how many bytes of forwarded messages wait for one peer
 * @param forwardQueueTime how long a forwarded message waits for a peer; positive
 * @param controlQueueBytes how many bytes of IHAVE, IWANT and IDONTWANT wait for one peer
 * @param totalQueueBytes how many bytes of messages wait for all peers together, each
 * message once: own ones that find no room are not sent, and those of others make room
 * for them. As many bytes of own messages may be on their way into these queues: waiting
 * for peers, their signature or validators
 * @param checkingMessagesPeer how many messages of one peer are checked at once before
 * this node stops reading from it
 * @param checkingBytesPeer the same in bytes
 * @param answerBytesPeer how many bytes are sent to one peer that asks for messages in
 * one heartbeat
 * @param cacheBytes how many bytes of messages are kept to answer requests
 * @param maxBackoffs how many back-offs are kept
 */
public record PubSubLimits(int maxMessageBytes, int maxTopicsPeer, int maxControlBytes, int maxEntries, int maxFields,
		int ownQueueBytes, Duration ownQueueTime, int forwardQueueBytes, Duration forwardQueueTime,
		int controlQueueBytes, long totalQueueBytes, int checkingMessagesPeer, int checkingBytesPeer,
		int answerBytesPeer, long cacheBytes, int maxBackoffs) {

	private static final int MIB = 1024 * 1024;

	/** The longest frame that is skipped; a longer one ends the connection. */
	public static final int MAX_SKIPPED_BYTES = 16 * MIB;

	/** The most bytes of a topic's name in UTF-8. */
	public static final int MAX_TOPIC_BYTES = 1024;

	/**
	 * The most subscriptions that a frame may have. Go tells all its topics in one frame:
	 * of names of ten bytes, shorter than those in use, a frame of 1 MiB holds as many.
	 */
	public static final int MAX_SUBSCRIPTIONS = 65_536;

	/** The most messages that are published at once. */
	public static final int MAX_BATCH_MESSAGES = 1024;

	/** Frames up to 1 MiB, as Go. */
	public static final PubSubLimits DEFAULT = new PubSubLimits(MIB, 1000, 512 * 1024, 5000, 65_536, 4 * MIB,
			Duration.ofSeconds(5), 4 * MIB, Duration.ofSeconds(1), 64 * 1024, 64L * MIB, 64, 4 * MIB, 16 * MIB,
			64L * MIB, 20_000);

	/** Checks the values. */
	public PubSubLimits {
		Checks.range("maxMessageBytes", maxMessageBytes, 1024, MAX_SKIPPED_BYTES);
		Checks.range("maxTopicsPeer", maxTopicsPeer, 1, 1_000_000);
		Checks.range("maxControlBytes", maxControlBytes, 16 * 1024, MAX_SKIPPED_BYTES);
		Checks.range("maxEntries", maxEntries, 100, 1_000_000);
		Checks.range("maxFields", maxFields, 1000, 10_000_000);
		Checks.atLeast("ownQueueBytes", ownQueueBytes, maxMessageBytes);
		Checks.positive("ownQueueTime", ownQueueTime);
		Checks.atLeast("forwardQueueBytes", forwardQueueBytes, maxMessageBytes);
		Checks.positive("forwardQueueTime", forwardQueueTime);
		Checks.range("controlQueueBytes", controlQueueBytes, 16 * 1024, MAX_SKIPPED_BYTES);
		Checks.atLeast("totalQueueBytes", totalQueueBytes, maxMessageBytes);
		Checks.atLeast("checkingMessagesPeer", checkingMessagesPeer, 1);
		Checks.atLeast("checkingBytesPeer", checkingBytesPeer, 1);
		Checks.atLeast("answerBytesPeer", answerBytesPeer, 0);
		Checks.atLeast("cacheBytes", cacheBytes, maxMessageBytes);
		Checks.atLeast("maxBackoffs", maxBackoffs, 1);
	}

	/**
	 * Returns the same with another longest message; the queues grow with it where they
	 * have to.
	 * @param bytes the longest frame and message in bytes
	 * @return the limits
	 */
	public PubSubLimits withMaxMessageBytes(int bytes) {
		return new PubSubLimits(bytes, this.maxTopicsPeer, this.maxControlBytes, this.maxEntries, this.maxFields,
				Math.max(bytes, this.ownQueueBytes), this.ownQueueTime, Math.max(bytes, this.forwardQueueBytes),
				this.forwardQueueTime, this.controlQueueBytes, Math.max(bytes, this.totalQueueBytes),
				this.checkingMessagesPeer, this.checkingBytesPeer, this.answerBytesPeer,
				Math.max(bytes, this.cacheBytes), this.maxBackoffs);
	}

	/**
	 * Returns the same with other queues.
	 * @param own how many bytes of own messages wait for one peer
	 * @param forward how many bytes of forwarded messages wait for one peer
	 * @param total how many bytes wait for all peers together
	 * @return the limits
	 */
	public PubSubLimits withQueues(int own, int forward, long total) {
		return new PubSubLimits(this.maxMessageBytes, this.maxTopicsPeer, this.maxControlBytes, this.maxEntries,
				this.maxFields, own, this.ownQueueTime, forward, this.forwardQueueTime, this.controlQueueBytes, total,
				this.checkingMessagesPeer, this.checkingBytesPeer, this.answerBytesPeer, this.cacheBytes,
				this.maxBackoffs);
	}

}
