package io.p2pboot.libp2p.pubsub.gossip;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * How many peers that others have named wait to be dialled, or are, at each host. Anybody
 * can sign a record with the address of somebody else: nobody has this node knock at one
 * host for many. Not thread-safe.
 */
final class HostShares {

	/** How many peers at one host are dialled or wait for it. */
	static final int MAX_PEERS = 4;

	private final Map<String, Integer> peers = new HashMap<>();

	/** Takes a share of each host of a peer's; what is left of its addresses. */
	List<Multiaddr> take(List<Multiaddr> addresses) {
		List<Multiaddr> left = addresses.stream()
			.filter((address) -> this.peers.getOrDefault(host(address), 0) < MAX_PEERS)
			.toList();
		hosts(left).forEach((host) -> this.peers.merge(host, 1, Integer::sum));
		return left;
	}

	/** Gives back what was taken for these addresses. */
	void giveBack(List<Multiaddr> taken) {
		hosts(taken)
			.forEach((host) -> this.peers.computeIfPresent(host, (key, count) -> (count == 1) ? null : count - 1));
	}

	private static List<String> hosts(List<Multiaddr> addresses) {
		return addresses.stream().map(HostShares::host).distinct().toList();
	}

	private static String host(Multiaddr address) {
		return address.components().get(0).value();
	}

}
