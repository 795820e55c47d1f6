package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.blocking.BlockingCalls;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.transport.Listener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binds the addresses of a node, all or none, but for those of a family that this host
 * does not have. One thread, which blocks.
 */
final class Binding {

	private static final Logger logger = LoggerFactory.getLogger(Libp2pNode.class);

	private final Function<Multiaddr, Future<Listener>> listen;

	private final BooleanSupplier hostHasIp6;

	private final long endMillis;

	/**
	 * Creates what binds.
	 * @param listen begins to bind one address
	 * @param hostHasIp6 whether addresses of IPv6 can be bound
	 * @param endMillis how long the rest is waited for after a failure
	 */
	Binding(Function<Multiaddr, Future<Listener>> listen, BooleanSupplier hostHasIp6, long endMillis) {
		this.listen = listen;
		this.hostHasIp6 = hostHasIp6;
		this.endMillis = endMillis;
	}

	/**
	 * Binds addresses.
	 * @param addresses the addresses
	 * @throws IOException if one cannot be bound, or none is of a family of this host;
	 * what was bound is the caller's to close
	 */
	void bind(List<Multiaddr> addresses) throws IOException {
		boolean ip6 = addresses.stream().noneMatch(Binding::isIp6) || this.hostHasIp6.getAsBoolean();
		List<Multiaddr> lacking = addresses.stream().filter((address) -> !ip6 && isIp6(address)).toList();
		if (!lacking.isEmpty() && lacking.size() == addresses.size()) {
			throw new BindException("Could not listen on " + lacking.get(0) + ": this host has no IPv6");
		}
		// First what may take both families: it serves IPv4 on the same port as well.
		bindAll(addresses.stream().filter((address) -> !lacking.contains(address) && isAnyIp6(address)).toList());
		bindAll(addresses.stream().filter((address) -> !lacking.contains(address) && !isAnyIp6(address)).toList());
		if (!lacking.isEmpty()) {
			logger.warn("Not listening on {}: this host has no IPv6", lacking);
		}
	}

	private void bindAll(List<Multiaddr> addresses) throws IOException {
		List<Future<Listener>> binding = new ArrayList<>();
		addresses.forEach((address) -> binding.add(this.listen.apply(address)));
		try {
			for (Future<Listener> bound : binding) {
				BlockingCalls.await(bound, "listen");
			}
		}
		catch (IOException | RuntimeException ex) {
			binding.forEach((bound) -> BlockingCalls.awaitEnd(bound, this.endMillis));
			throw ex;
		}
	}

	private static boolean isIp6(Multiaddr address) {
		MultiaddrProtocol first = address.components().get(0).protocol();
		return first == MultiaddrProtocol.IP6 || first == MultiaddrProtocol.IP6ZONE;
	}

	private static boolean isAnyIp6(Multiaddr address) {
		return isIp6(address)
				&& address.ipSocketAddress().map((socket) -> socket.getAddress().isAnyLocalAddress()).orElse(false);
	}

}
