package io.p2pboot.libp2p.pubsub;

import java.io.IOException;

/**
 * A message was not published.
 */
public abstract sealed class PublishFailed extends IOException {

	private static final long serialVersionUID = 1L;

	private PublishFailed(String message) {
		super(message);
	}

	/** The message is longer than the network takes. */
	public static final class TooLarge extends PublishFailed {

		private static final long serialVersionUID = 1L;

		/**
		 * Creates the error.
		 * @param topic the topic
		 * @param bytes the length of the message with its fields
		 * @param maximum the largest length
		 */
		public TooLarge(String topic, long bytes, long maximum) {
			super("A message of " + bytes + " bytes for topic '" + topic + "' is longer than the limit of " + maximum);
		}

	}

	/** A validator of this node did not accept the message. */
	public static final class Rejected extends PublishFailed {

		private static final long serialVersionUID = 1L;

		/**
		 * Creates the error.
		 * @param topic the topic
		 * @param verdict what the validator said
		 */
		public Rejected(String topic, Validation verdict) {
			super("A validator said " + verdict + " to a message for topic '" + topic + "'");
		}

	}

	/** A message with the same id was published or seen before. */
	public static final class Duplicate extends PublishFailed {

		private static final long serialVersionUID = 1L;

		/**
		 * Creates the error.
		 * @param topic the topic
		 */
		public Duplicate(String topic) {
			super("A message with the same id was seen before on topic '" + topic + "'");
		}

	}

	/** Fewer peers than asked for subscribed in time. */
	public static final class NoPeers extends PublishFailed {

		private static final long serialVersionUID = 1L;

		/**
		 * Creates the error.
		 * @param topic the topic
		 * @param peers how many peers were subscribed
		 * @param wanted how many were asked for
		 */
		public NoPeers(String topic, int peers, int wanted) {
			super(peers + " peers are subscribed to topic '" + topic + "', " + wanted + " were asked for");
		}

	}

	/** Too many messages of this node are being published. */
	public static final class Overloaded extends PublishFailed {

		private static final long serialVersionUID = 1L;

		/**
		 * Creates the error.
		 * @param topic the topic
		 * @param maximum how many messages may be under way
		 */
		public Overloaded(String topic, int maximum) {
			super("More than " + maximum + " messages are being published, topic '" + topic + "'");
		}

		/**
		 * Creates the error.
		 * @param topic the topic
		 * @param maximumBytes how many bytes of messages may be under way
		 */
		public Overloaded(String topic, long maximumBytes) {
			super("More than " + maximumBytes + " bytes of messages are being published, topic '" + topic + "'");
		}

	}

	/** The node was closed first. */
	public static final class Closed extends PublishFailed {

		private static final long serialVersionUID = 1L;

		/**
		 * Creates the error.
		 * @param topic the topic
		 */
		public Closed(String topic) {
			super("Publishing has ended on this node, topic '" + topic + "'");
		}

	}

}
