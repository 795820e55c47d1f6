package io.p2pboot.libp2p.swarm;

import java.util.List;

import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.Listener;

/**
 * {@code 0.0.0.0} on the socket of {@code ::}: the sockets of NIO take both families,
 * cannot be told not to, and no second one can be bound to the port. Thread-safe.
 *
 * @param both the listener on {@code ::}, which owns the socket
 * @param address the address of IPv4
 */
record SharedListener(Listener both, Multiaddr address) implements Listener {

	private static final Multiaddr.Component ANY_IP6 = new Multiaddr.Component(MultiaddrProtocol.IP6, "::");

	/** Whether a listener takes the connections of an address as well. */
	static boolean serves(Listener listener, Multiaddr address, EventLoops eventLoops) {
		List<Multiaddr.Component> wanted = address.components();
		List<Multiaddr.Component> bound = listener.address().components();
		boolean anyIp4 = address.components().get(0).protocol() == MultiaddrProtocol.IP4
				&& address.ipSocketAddress().map((socket) -> socket.getAddress().isAnyLocalAddress()).orElse(false);
		return anyIp4 && NioServerSocketChannel.class.isAssignableFrom(eventLoops.tcpServer()) && listener.isOpen()
				&& bound.get(0).equals(ANY_IP6)
				&& bound.subList(1, bound.size()).equals(wanted.subList(1, wanted.size()));
	}

	@Override
	public boolean isOpen() {
		return this.both.isOpen();
	}

	@Override
	public boolean sharesSocket() {
		return this.both.sharesSocket();
	}

	/** The socket is the other listener's to close. */
	@Override
	public Future<Void> close() {
		return ImmediateEventExecutor.INSTANCE.newSucceededFuture(null);
	}

}
