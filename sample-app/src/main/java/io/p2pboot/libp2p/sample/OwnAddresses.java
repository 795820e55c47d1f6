package io.p2pboot.libp2p.sample;

import java.util.Comparator;
import java.util.List;

import io.p2pboot.libp2p.Node;

/**
 * Where others reach this node, as a user pastes it.
 */
public final class OwnAddresses {

	private OwnAddresses() {
	}

	/**
	 * Lists the addresses with the peer id. Those of QUIC come first: only its
	 * connections carry datagrams beside their streams.
	 * @param node the node
	 * @return the addresses
	 */
	public static List<String> of(Node node) {
		return node.addrInfo()
			.addresses()
			.stream()
			.map((address) -> address + "/p2p/" + node.peerId())
			.sorted(Comparator.comparing((String address) -> !address.contains("/quic-v1")))
			.toList();
	}

}
