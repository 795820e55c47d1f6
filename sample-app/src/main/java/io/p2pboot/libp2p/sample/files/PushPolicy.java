package io.p2pboot.libp2p.sample.files;

import java.util.Set;

import io.p2pboot.libp2p.PeerId;

/**
 * From whom files are accepted.
 *
 * @param peers the peers that may push
 * @param open whether everybody may
 */
public record PushPolicy(Set<PeerId> peers, boolean open) {

	/**
	 * Copies.
	 * @param peers the peers
	 * @param open whether everybody may
	 */
	public PushPolicy {
		peers = Set.copyOf(peers);
	}

	void check(PeerId peer) throws FileRefused {
		if (!this.open && !this.peers.contains(peer)) {
			throw new FileRefused("The peer " + peer + " may not push files here");
		}
	}

}
