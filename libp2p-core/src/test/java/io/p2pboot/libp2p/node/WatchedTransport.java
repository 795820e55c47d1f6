package io.p2pboot.libp2p.node;

import java.util.function.Consumer;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.Listener;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.TransportContext;

/**
 * A transport that tells what it is asked for.
 *
 * @param transport what does the work
 * @param bound is given each listener, once bound
 * @param dialled is given the options of each dial, once begun
 */
record WatchedTransport(Transport transport, Consumer<Listener> bound,
		Consumer<DialOptions> dialled) implements Transport {

	@Override
	public String name() {
		return this.transport.name();
	}

	@Override
	public boolean supports(Multiaddr address) {
		return this.transport.supports(address);
	}

	@Override
	public boolean carriesDatagrams() {
		return this.transport.carriesDatagrams();
	}

	@Override
	public void start(TransportContext context) {
		this.transport.start(context);
	}

	@Override
	public Future<Listener> listen(Multiaddr address) {
		return this.transport.listen(address).addListener((Future<Listener> done) -> this.bound.accept(done.getNow()));
	}

	@Override
	public Future<MuxedConnection> dial(Multiaddr address, DialOptions options) {
		Future<MuxedConnection> dial = this.transport.dial(address, options);
		this.dialled.accept(options);
		return dial;
	}

	@Override
	public Future<Void> close() {
		return this.transport.close();
	}

}
