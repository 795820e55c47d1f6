package io.p2pboot.libp2p.muxer.yamux;

import java.time.Duration;

import io.p2pboot.libp2p.resource.ConnectionLimits;

/**
 * How yamux behaves. Immutable.
 *
 * @param maxWindowBytes how far a stream's receive window may grow, 256 KiB to 1 GiB. One
 * stream may take half of what the first windows leave of {@code unreadBytes}
 * @param unreadBytes how many bytes that nobody has read the windows of one connection
 * may let the peer send, at least 256 KiB. Each stream that the peer may have open counts
 * with its first window of 256 KiB, which the specification fixes; windows grow by no
 * more than the rest. The first windows of streams that this side opens come on top
 * @param inboundStreams how many streams the peer may have open; one more is reset. There
 * are never more than {@code unreadBytes} has first windows
 * @param keepAlive how often a ping is sent, which also measures the round trip
 * @param writeTimeout how long writes to the connection may make no progress, and how
 * long a pong may take
 */
public record YamuxConfig(int maxWindowBytes, long unreadBytes, int inboundStreams, Duration keepAlive,
		Duration writeTimeout) {

	/** The window that every stream starts with, in bytes; fixed by the specification. */
	public static final int INITIAL_WINDOW_BYTES = 256 * 1024;

	/** What is used unless configured. */
	public static final YamuxConfig DEFAULT = new YamuxConfig(16 << 20,
			ConnectionLimits.DEFAULT.unreadBytesPerConnection(), ConnectionLimits.DEFAULT.inboundStreamsPerConnection(),
			Duration.ofSeconds(30), Duration.ofSeconds(10));

	/**
	 * Checks the settings.
	 * @param maxWindowBytes how far a window may grow
	 * @param unreadBytes how many unread bytes the windows may promise
	 * @param inboundStreams how many streams the peer may have open
	 * @param keepAlive how often a ping is sent
	 * @param writeTimeout how long writes may make no progress
	 * @throws IllegalArgumentException if one is out of its range
	 */
	public YamuxConfig {
		if (maxWindowBytes < INITIAL_WINDOW_BYTES || maxWindowBytes > 1 << 30) {
			throw new IllegalArgumentException(
					"maxWindowBytes is " + INITIAL_WINDOW_BYTES + " to " + (1 << 30) + ", was " + maxWindowBytes);
		}
		if (unreadBytes < INITIAL_WINDOW_BYTES) {
			throw new IllegalArgumentException(
					"unreadBytes is at least " + INITIAL_WINDOW_BYTES + ", was " + unreadBytes);
		}
		if (inboundStreams < 1) {
			throw new IllegalArgumentException("inboundStreams must be positive, was " + inboundStreams);
		}
		if (keepAlive.isNegative() || keepAlive.isZero() || writeTimeout.isNegative() || writeTimeout.isZero()) {
			throw new IllegalArgumentException(
					"keepAlive and writeTimeout must be positive, were " + keepAlive + " and " + writeTimeout);
		}
	}

	/**
	 * Returns these settings with another largest window.
	 * @param maxWindowBytes how far a window may grow
	 * @return the settings
	 */
	public YamuxConfig withMaxWindowBytes(int maxWindowBytes) {
		return new YamuxConfig(maxWindowBytes, this.unreadBytes, this.inboundStreams, this.keepAlive,
				this.writeTimeout);
	}

	/**
	 * Returns these settings with other limits.
	 * @param inboundStreams how many streams the peer may have open
	 * @param unreadBytes how many unread bytes the windows may promise
	 * @return the settings
	 */
	public YamuxConfig withLimits(int inboundStreams, long unreadBytes) {
		return new YamuxConfig(this.maxWindowBytes, unreadBytes, inboundStreams, this.keepAlive, this.writeTimeout);
	}

	/**
	 * Returns these settings with other times.
	 * @param keepAlive how often a ping is sent
	 * @param writeTimeout how long writes may make no progress
	 * @return the settings
	 */
	public YamuxConfig withTimes(Duration keepAlive, Duration writeTimeout) {
		return new YamuxConfig(this.maxWindowBytes, this.unreadBytes, this.inboundStreams, keepAlive, writeTimeout);
	}

	/** How many streams the peer may have open, as their first windows have room. */
	int streamsWithinBudget() {
		return (int) Math.min(this.inboundStreams, this.unreadBytes / INITIAL_WINDOW_BYTES);
	}

	/** What the first windows leave for windows to grow. */
	long growthBytes() {
		return this.unreadBytes - (long) streamsWithinBudget() * INITIAL_WINDOW_BYTES;
	}

}
