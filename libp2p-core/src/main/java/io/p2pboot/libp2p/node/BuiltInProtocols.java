package io.p2pboot.libp2p.node;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.protocol.identify.Identify;
import io.p2pboot.libp2p.protocol.ping.Ping;
import io.p2pboot.libp2p.transport.Transport;

/**
 * The services that every node has.
 *
 * @param identify tells and asks who is who
 * @param ping measures round trips
 * @param datagrams carries datagrams
 */
record BuiltInProtocols(Identify identify, Ping ping, DatagramService datagrams) {

	private static final Set<ProtocolPath> ALWAYS = Set.of(Identify.PATH, Identify.PUSH_PATH, Ping.PATH);

	/** What they serve with some transports, which nobody else may. */
	static Set<ProtocolPath> paths(List<Transport> transports) {
		Set<ProtocolPath> paths = new HashSet<>(ALWAYS);
		if (transports.stream().anyMatch(Transport::carriesDatagrams)) {
			paths.add(DatagramService.CONTROL);
		}
		return Set.copyOf(paths);
	}

	/** What tells of the connection itself, whatever else waits on it. */
	static final Set<ProtocolPath> URGENT = Set.of(Identify.PATH, Identify.PUSH_PATH, Ping.PATH);

	List<NodeService> services() {
		return List.of(this.datagrams, this.identify, this.ping);
	}

}
