package io.p2pboot.libp2p.node;

import org.junit.jupiter.api.Timeout;

/**
 * Bar B18 for QUIC: a thousand dials of each outcome.
 */
@Timeout(180)
class QuicDialLeakTest extends DialLeakConformance {

	@Override
	NodeLink link() {
		return NodeLink.QUIC;
	}

	@Override
	int dials() {
		return 1_000;
	}

	/** Nothing tells that nobody listens: each takes all of its time. */
	@Override
	int unansweredAtOnce() {
		return 250;
	}

}
