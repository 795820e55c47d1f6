package io.p2pboot.libp2p.node;

import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.protocol.identify.Identify;
import io.p2pboot.libp2p.protocol.ping.Ping;

/**
 * The services that every node has.
 *
 * @param identify tells and asks who is who
 * @param ping measures round trips
 * @param datagrams carries datagrams
 */
record BuiltInProtocols(Identify identify, Ping ping, DatagramService datagrams) {

	/** What they serve, which nobody may unmount. */
	static final Set<ProtocolPath> PATHS = Set.of(Identify.PATH, Identify.PUSH_PATH, Ping.PATH,
			DatagramService.CONTROL);

	List<NodeService> services() {
		return List.of(this.datagrams, this.identify, this.ping);
	}

}
