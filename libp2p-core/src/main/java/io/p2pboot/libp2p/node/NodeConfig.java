package io.p2pboot.libp2p.node;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NodeService;
import io.p2pboot.libp2p.swarm.SwarmConfig;
import io.p2pboot.libp2p.transport.Transport;

/**
 * What a {@link NodeBuilder} has gathered.
 */
record NodeConfig(PrivateKey identity, List<Multiaddr> listen, List<Multiaddr> announce, String agentVersion,
		List<Transport> transports, SwarmConfig swarm, NodeObserver observer, PeerStore peerStore, Clock clock,
		Duration shutdownGrace, Duration firstByteTimeout, int eventLoopThreads, int maxDatagramBytes,
		Optional<InetSocketAddress> dnsServer, List<NodeService> services) {

}
