package io.p2pboot.libp2p;

import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * What a peer has told of itself with identify, as the {@link PeerStore} keeps it.
 *
 * @param id the peer
 * @param agentVersion its software, made printable; empty if it told none
 * @param protocolVersion its family of protocols, for example {@code ipfs/0.1.0}; empty
 * if it told none
 * @param protocols what it serves
 * @param addresses where it listens, as far as its addresses can be of use to this node
 * @see <a href=
 * "https://github.com/libp2p/specs/blob/master/identify/README.md">identify</a>
 */
public record IdentifiedPeer(PeerId id, Optional<String> agentVersion, Optional<String> protocolVersion,
		Set<ProtocolPath> protocols, List<Multiaddr> addresses) {

	/**
	 * Makes the collections unmodifiable.
	 * @param id the peer
	 * @param agentVersion its software
	 * @param protocolVersion its family of protocols
	 * @param protocols what it serves
	 * @param addresses where it listens
	 */
	public IdentifiedPeer {
		protocols = Set.copyOf(protocols);
		addresses = List.copyOf(addresses);
	}

	/**
	 * Reads what a store keeps of a peer.
	 * @param store the store
	 * @param peer the peer
	 * @return what is known; empty where nothing is
	 */
	public static IdentifiedPeer of(PeerStore store, PeerId peer) {
		return new IdentifiedPeer(peer, store.metadata(peer, PeerStore.AGENT_VERSION),
				store.metadata(peer, PeerStore.PROTOCOL_VERSION), store.protocols(peer), store.addresses(peer));
	}

}
