package io.p2pboot.libp2p.transport.quic;

import io.p2pboot.libp2p.transport.EventLoops;

/** The same with ports that several event loops serve. */
class SeveralLoopsQuicTransportTest extends QuicTransportTest {

	@Override
	EventLoops createEventLoops() {
		return EventLoops.create(3);
	}

	@Override
	QuicConfig config() {
		return super.config().withEventLoops(3);
	}

}
