package io.p2pboot.libp2p.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
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

	/** Forgets a routing; false if it was not there. */
	boolean remove(PeerRouting routing) {
		return this.routings.remove(routing);
	}

	List<PeerRouting> routings() {
		return List.copyOf(this.routings);
	}

	/**
	 * The sources for one dial, in order; the first are the caller's own addresses. A
	 * routing is not asked by what it dials itself.
	 */
	List<AddressSource> of(AddrInfo peer, ConnectOptions options) {
		List<AddressSource> sources = new ArrayList<>();
		sources.add(new AddressSource("the addresses given", true, () -> succeeded(peer.addresses())));
		sources.add(new AddressSource("the peer store", false, () -> succeeded(this.peerStore.addresses(peer.id())),
				() -> certified(peer.id())));
		if (options.routings()) {
			for (PeerRouting routing : this.routings) {
				if (!RoutingCall.isAsking(routing)) {
					sources.add(asking(routing, peer.id()));
				}
			}
		}
		return sources;
	}

	private AddressSource asking(PeerRouting routing, PeerId peer) {
		return new AddressSource("routing " + routing.name(), false,
				() -> RoutingCall.start(routing, peer, this.routingThreads, this.eventLoops.next().newPromise()));
	}

	private Set<Multiaddr> certified(PeerId peer) {
		return this.peerStore.record(peer).map((record) -> Set.copyOf(record.addresses())).orElse(Set.of());
	}

	private Future<List<Multiaddr>> succeeded(List<Multiaddr> addresses) {
		return this.eventLoops.next().newSucceededFuture(addresses);
	}

}
