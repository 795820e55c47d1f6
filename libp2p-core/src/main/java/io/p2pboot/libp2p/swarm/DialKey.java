package io.p2pboot.libp2p.swarm;

import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Role;

/**
 * What callers who share a dial have in common.
 *
 * @param peer the peer
 * @param sources the names of what is asked for addresses: whoever is a routing's own
 * must not wait for that routing
 * @param direct whether only a direct connection will do
 * @param allowLimited whether a limited connection will do
 * @param role who speaks first
 * @param port the local port that the dials leave from
 */
record DialKey(PeerId peer, List<String> sources, boolean direct, boolean allowLimited, Role role, DialPort port) {

	static DialKey of(PeerId peer, List<AddressSource> sources, ConnectOptions options) {
		List<String> names = new ArrayList<>(sources.size());
		for (AddressSource source : sources) {
			names.add(source.name());
		}
		return new DialKey(peer, List.copyOf(names), options.direct(), options.allowLimited(), options.role(),
				options.port());
	}

}
