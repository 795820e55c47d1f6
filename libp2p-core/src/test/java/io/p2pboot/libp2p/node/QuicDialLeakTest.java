package io.p2pboot.libp2p.node;

import io.p2pboot.libp2p.guard.Nightly;
import org.junit.jupiter.api.Timeout;

/**
 * Bar B18 for QUIC: a thousand dials of each outcome, a hundred by day.
 */
@Timeout(180)
class QuicDialLeakTest extends DialLeakConformance {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

	@Override
	int dials() {
		return Nightly.nightOrDay(1_000, 100);
	}

	/** Nothing tells that nobody listens: each takes all of its time. */
	@Override
	int unansweredAtOnce() {
		return Nightly.nightOrDay(250, 50);
	}

}
