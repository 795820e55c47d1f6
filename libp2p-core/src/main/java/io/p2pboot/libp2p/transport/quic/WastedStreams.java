package io.p2pboot.libp2p.transport.quic;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.Allowance;
import org.slf4j.LoggerFactory;

/**
 * Bounds the streams that a peer opens and then resets, or ends without a byte: each
 * costs a channel and its handlers, and the peer a few bytes. Event loop only.
 */
final class WastedStreams {

	/** How many such streams may come at once. */
	static final int BURST = 5000;

	/** How many more of them a second. */
	static final int PER_SECOND = 2000;

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(QuicTransport.class));

	private final Allowance allowance;

	WastedStreams(long now) {
		this.allowance = Allowance.perSecond(BURST, PER_SECOND, now);
	}

	/** Counts one; false if the connection is to end. */
	boolean count(long now, Object remote) {
		if (this.allowance.take(now)) {
			return true;
		}
		log.warn("quic.flood",
				"The connection with {} is closed: the peer resets more than {} streams, and {} a second", remote,
				BURST, PER_SECOND);
		return false;
	}

}
