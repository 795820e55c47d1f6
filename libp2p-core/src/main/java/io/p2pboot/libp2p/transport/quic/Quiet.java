package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;

import io.netty.handler.codec.quic.QuicChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether nothing that was sent waits for its acknowledgement. The codec does not tell,
 * but it has a timer for as long as something does; else the next one is that of the idle
 * timeout. Event loop only.
 */
final class Quiet {

	private static final Logger logger = LoggerFactory.getLogger(Quiet.class);

	private final QuicChannel channel;

	private final Duration idleTimeout;

	Quiet(QuicChannel channel, Duration idleTimeout) {
		this.channel = channel;
		this.idleTimeout = idleTimeout;
	}

	/** How long the peer may be silent, at most, for anything to be seen here. */
	long horizonNanos() {
		return IdleTimeout.nanos(this.channel, this.idleTimeout) / 2;
	}

	/**
	 * Looks. What we have to send has to be sent before.
	 * @param unknown what it is where that cannot be seen
	 */
	boolean isQuiet(boolean unknown) {
		QuicheAccess access = QuicheAccess.of(this.channel);
		if (!access.offers(QuicheAccess.Use.CONFIRMATION)) {
			return unknown;
		}
		try {
			return access.timeoutNanos(this.channel) > horizonNanos();
		}
		catch (Throwable ex) {
			logger.debug("Could not find out whether packets are in flight: {}", ex.toString());
			return unknown;
		}
	}

}
