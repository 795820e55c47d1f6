package io.p2pboot.libp2p.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.swarm.AddressSource;

/**
 * Where the addresses of a peer come from: the caller, the peer store, the routings. Any
 * thread.
 */
final class DialSources {

	private final PeerStore peerStore;

	private final Executor routingThreads;

	private final EventLoopGroup eventLoops;

	private final List<PeerRouting> routings = new CopyOnWriteArrayList<>();

	DialSources(PeerStore peerStore, Executor routingThreads, EventLoopGroup eventLoops) {
		this.peerStore = peerStore;
		this.routingThreads = routingThreads;
		this.eventLoops = eventLoops;
	}

	void add(PeerRouting routing) {
		this.routings.add(routing);
	}

	/** The sources for one dial, in order; the first are the caller's own addresses. */
	List<AddressSource> of(AddrInfo peer) {
		List<AddressSource> sources = new ArrayList<>();
		sources.add(new AddressSource("the addresses given", true, () -> succeeded(peer.addresses())));
		sources.add(new AddressSource("the peer store", false, () -> succeeded(this.peerStore.addresses(peer.id())),
				() -> certified(peer.id())));
		this.routings
			.forEach((routing) -> sources.add(new AddressSource("routing " + routing.name(), false, () -> RoutingCall
				.start(routing, peer.id(), this.routingThreads, this.eventLoops.next().newPromise()))));
		return sources;
	}

	private Set<Multiaddr> certified(PeerId peer) {
		return this.peerStore.record(peer).map((record) -> Set.copyOf(record.addresses())).orElse(Set.of());
	}

	private Future<List<Multiaddr>> succeeded(List<Multiaddr> addresses) {
		return this.eventLoops.next().newSucceededFuture(addresses);
	}

}
