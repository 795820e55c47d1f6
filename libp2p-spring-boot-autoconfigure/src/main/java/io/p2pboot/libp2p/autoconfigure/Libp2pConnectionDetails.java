package io.p2pboot.libp2p.autoconfigure;

import java.util.List;

import io.p2pboot.libp2p.AddrInfo;

import org.springframework.boot.autoconfigure.service.connection.ConnectionDetails;

/**
 * Which peers to connect to when the node has started. A bean of this type replaces
 * {@code libp2p.bootstrap.peers}.
 */
public interface Libp2pConnectionDetails extends ConnectionDetails {

	/**
	 * Returns the peers.
	 * @return the peers with their addresses
	 */
	List<AddrInfo> bootstrapPeers();

}
