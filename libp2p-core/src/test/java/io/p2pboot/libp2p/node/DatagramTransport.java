package io.p2pboot.libp2p.node;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;

/**
 * A transport that says that its connections carry datagrams.
 *
 * @param transport what carries everything else
 */
record DatagramTransport(Transport transport) implements Transport {

	@Override
	public boolean carriesDatagrams() {
		return true;
	}

	@Override
	public String name() {
		return this.transport.name();
	}

	@Override
	public boolean supports(Multiaddr address) {
		return this.transport.supports(address);
	}

	@Override
	public void start(TransportContext context) {
		this.transport.start(context);
	}

	@Override
	public Future<Listener> listen(Multiaddr address) {
		return this.transport.listen(address);
	}

	@Override
	public Future<MuxedConnection> dial(Multiaddr address, DialOptions options) {
		return this.transport.dial(address, options);
	}

	@Override
	public Future<Void> close() {
		return this.transport.close();
	}

}
