package io.p2pboot.libp2p.transport.tcp;

import io.p2pboot.libp2p.transport.EventLoops;

/** The same on NIO, which every platform has. */
class NioTcpTransportTest extends TcpTransportTest {

	@Override
	protected EventLoops createEventLoops() {
		return EventLoops.nio(2);
	}

	@Override
	protected boolean familiesAreApart() {
		return false;
	}

	@Override
	protected boolean sharesPorts() {
		return false;
	}

}
