package io.p2pboot.libp2p.ipfs;

import java.util.List;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.kad.KademliaBuilder;
import io.p2pboot.libp2p.multiformats.AddressScope;

/**
 * The Kademlia networks that every IPFS node takes part in: the public one, Amino, and
 * one of the local network beside it. Nothing here dials anybody; a node does, on which
 * an instance is mounted. Stateless.
 */
public final class Amino {

	/** The protocol of the public network. */
	public static final String PROTOCOL = "/ipfs/kad/1.0.0";

	/** The protocol of a local network. */
	public static final String LAN_PROTOCOL = "/ipfs/lan/kad/1.0.0";

	private static final List<AddrInfo> BOOTSTRAP = List.of(
			dnsaddr("bootstrap.libp2p.io", "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"),
			dnsaddr("bootstrap.libp2p.io", "QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa"),
			dnsaddr("bootstrap.libp2p.io", "QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb"),
			dnsaddr("bootstrap.libp2p.io", "QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt"),
			dnsaddr("va1.bootstrap.libp2p.io", "12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8"));

	private Amino() {
	}

	private static AddrInfo dnsaddr(String name, String id) {
		return AddrInfo.parse("/dnsaddr/" + name + "/p2p/" + id);
	}

	/**
	 * Returns the peers through which nodes enter the public network.
	 * @return five peers, at names that are looked up when they are dialled
	 */
	public static List<AddrInfo> bootstrapPeers() {
		return BOOTSTRAP;
	}

	/**
	 * Begins to build an instance of the public network: addresses of the internet alone,
	 * a server once the node is known to be reachable, records of IPNS and of public
	 * keys.
	 * @return a builder with all that the network asks for and its bootstrap peers
	 */
	public static KademliaBuilder kademlia() {
		return Kademlia.builder(PROTOCOL)
			.addressScope(AddressScope.INTERNET)
			.validator(IpnsValidator.NAMESPACE, new IpnsValidator())
			.bootstrap(BOOTSTRAP);
	}

}
