package io.p2pboot.libp2p;

import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Peers and networks that are blocked, and such that are allowed: a gater that can be
 * changed at any time. Whoever is blocked is neither dialled nor let in; whoever is
 * allowed gets in also when limits are reached, as far as others can make room. Of the
 * networks that an address belongs to, the smallest decides: with {@code 0.0.0.0/0}
 * blocked and {@code 10.0.0.0/8} allowed, only the latter gets in. A peer that is blocked
 * stays out wherever it is. Connections that exist are not ended by a change; see
 * {@link Node#disconnect}. Thread-safe; no method blocks.
 */
public final class AccessLists implements ConnectionGater {

	private enum Verdict {

		ALLOWED, BLOCKED

	}

	private final Map<PeerId, Verdict> peers = new ConcurrentHashMap<>();

	private final Map<IpNetwork, Verdict> networks = new ConcurrentHashMap<>();

	/** Creates empty lists: everybody gets in as far as there is room. */
	public AccessLists() {
	}

	/**
	 * Blocks a peer; it is no longer allowed.
	 * @param peer the peer
	 * @return these lists
	 */
	public AccessLists block(PeerId peer) {
		this.peers.put(peer, Verdict.BLOCKED);
		return this;
	}

	/**
	 * Blocks a network; it is no longer allowed.
	 * @param network the network
	 * @return these lists
	 */
	public AccessLists block(IpNetwork network) {
		this.networks.put(network, Verdict.BLOCKED);
		return this;
	}

	/**
	 * Allows a peer; it is no longer blocked.
	 * @param peer the peer
	 * @return these lists
	 */
	public AccessLists allow(PeerId peer) {
		this.peers.put(peer, Verdict.ALLOWED);
		return this;
	}

	/**
	 * Allows a network; it is no longer blocked.
	 * @param network the network
	 * @return these lists
	 */
	public AccessLists allow(IpNetwork network) {
		this.networks.put(network, Verdict.ALLOWED);
		return this;
	}

	/**
	 * Takes a peer from either list.
	 * @param peer the peer
	 * @return these lists
	 */
	public AccessLists forget(PeerId peer) {
		this.peers.remove(peer);
		return this;
	}

	/**
	 * Takes a network from either list.
	 * @param network the network, as it was listed
	 * @return these lists
	 */
	public AccessLists forget(IpNetwork network) {
		this.networks.remove(network);
		return this;
	}

	/**
	 * Returns the peers that are blocked.
	 * @return a snapshot
	 */
	public Set<PeerId> blockedPeers() {
		return listed(this.peers, Verdict.BLOCKED);
	}

	/**
	 * Returns the peers that are allowed.
	 * @return a snapshot
	 */
	public Set<PeerId> allowedPeers() {
		return listed(this.peers, Verdict.ALLOWED);
	}

	/**
	 * Returns the networks that are blocked.
	 * @return a snapshot
	 */
	public Set<IpNetwork> blockedNetworks() {
		return listed(this.networks, Verdict.BLOCKED);
	}

	/**
	 * Returns the networks that are allowed.
	 * @return a snapshot
	 */
	public Set<IpNetwork> allowedNetworks() {
		return listed(this.networks, Verdict.ALLOWED);
	}

	private static <T> Set<T> listed(Map<T, Verdict> list, Verdict verdict) {
		return list.entrySet()
			.stream()
			.filter((entry) -> entry.getValue() == verdict)
			.map(Map.Entry::getKey)
			.collect(Collectors.toUnmodifiableSet());
	}

	/**
	 * Returns whether a peer is allowed.
	 * @param peer the peer
	 * @return whether it gets in also when limits are reached
	 */
	public boolean isAllowed(PeerId peer) {
		return this.peers.get(peer) == Verdict.ALLOWED;
	}

	/**
	 * Returns whether an address is allowed.
	 * @param address the address
	 * @return whether whoever is there gets in also when limits are reached
	 */
	public boolean isAllowed(Multiaddr address) {
		return verdict(address).filter((verdict) -> verdict == Verdict.ALLOWED).isPresent();
	}

	/**
	 * Returns whether a peer is blocked.
	 * @param peer the peer
	 * @return whether it stays out
	 */
	public boolean isBlocked(PeerId peer) {
		return this.peers.get(peer) == Verdict.BLOCKED;
	}

	/**
	 * Returns whether an address is blocked.
	 * @param address the address
	 * @return whether whoever is there stays out
	 */
	public boolean isBlocked(Multiaddr address) {
		return verdict(address).filter((verdict) -> verdict == Verdict.BLOCKED).isPresent();
	}

	private Optional<Verdict> verdict(Multiaddr address) {
		return this.networks.isEmpty() ? Optional.empty() : IpNetwork.addressOf(address).flatMap(this::verdict);
	}

	/** Of the smallest network that is listed. */
	private Optional<Verdict> verdict(InetAddress address) {
		for (int bits = address.getAddress().length * 8; bits >= 0; bits--) {
			Verdict verdict = this.networks.get(IpNetwork.of(address, bits));
			if (verdict != null) {
				return Optional.of(verdict);
			}
		}
		return Optional.empty();
	}

	@Override
	public boolean allowPeerDial(PeerId peer) {
		return !isBlocked(peer);
	}

	@Override
	public boolean allowAddressDial(PeerId peer, Multiaddr address) {
		return !isBlocked(address);
	}

	@Override
	public boolean allowAccept(Multiaddr local, Multiaddr remote) {
		return !isBlocked(remote);
	}

	@Override
	public boolean alwaysAllows(Multiaddr remote) {
		return isAllowed(remote);
	}

	@Override
	public boolean alwaysAllows(PeerId peer) {
		return isAllowed(peer);
	}

	@Override
	public boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
		return !isBlocked(peer);
	}

}
