package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.kad.KademliaBuilder;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;

/**
 * Kademlia servers in memory that know each other, for a test's application to find:
 * {@link KadNetwork} makes them. Thread-safe. Closing it ends them.
 */
public final class TestKadNetwork implements AutoCloseable {

	/** How many servers there may be. */
	static final int MAX_NODES = 100;

	/** How many peers find room in every table. */
	private static final int FULL = 20;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final List<NettyNode> nodes = new ArrayList<>();

	private final List<Kademlia> instances = new ArrayList<>();

	private TestKadNetwork() {
	}

	static TestKadNetwork create(MemoryNetwork network, String protocol, int nodes,
			Map<String, RecordValidator> validators) throws IOException {
		if (nodes < 1 || nodes > MAX_NODES) {
			throw new IllegalArgumentException("There must be 1 to " + MAX_NODES + " servers, were " + nodes);
		}
		TestKadNetwork created = new TestKadNetwork();
		try {
			for (int index = 0; index < nodes; index++) {
				created.add(network, protocol, validators);
			}
			created.meet();
		}
		catch (IOException | RuntimeException ex) {
			created.close();
			throw ex;
		}
		return created;
	}

	/** Everybody calls the first, and hears of the others there. */
	private void meet() throws IOException {
		List<Kademlia> others = this.instances.subList(1, this.instances.size());
		for (Kademlia other : others) {
			other.refresh();
		}
		long start = System.nanoTime();
		while (this.instances.get(0).routingTable().size() < Math.min(others.size(), FULL)) {
			if (System.nanoTime() - start > TIMEOUT.toNanos()) {
				throw new IOException("The servers do not know each other within " + TIMEOUT);
			}
			LockSupport.parkNanos(1_000_000);
		}
		for (Kademlia other : others) {
			other.refresh();
		}
	}

	private void add(MemoryNetwork network, String protocol, Map<String, RecordValidator> validators)
			throws IOException {
		NettyNode node = NodeBuilder.create()
			.transport(new MemoryTransport(network))
			.listen("/memory/0")
			.agentVersion("test-kad-server")
			.shutdownGrace(Duration.ZERO)
			.start();
		this.nodes.add(node);
		KademliaBuilder builder = Kademlia.builder(protocol).mode(Kademlia.Mode.SERVER);
		validators.forEach(builder::validator);
		if (this.nodes.size() > 1) {
			builder.bootstrap(bootstrapPeers());
		}
		this.instances.add(node.mountRouting(builder.build()));
	}

	/**
	 * Returns the server that others begin with.
	 * @return one peer with its address
	 */
	public List<AddrInfo> bootstrapPeers() {
		Node first = this.nodes.get(0);
		return List.of(new AddrInfo(first.peerId(), first.listenAddresses()));
	}

	/**
	 * Returns the nodes of the servers.
	 * @return the nodes, the one that others begin with first
	 */
	public List<Node> nodes() {
		return List.copyOf(this.nodes);
	}

	/**
	 * Returns the servers, for a test to provide and find content and values with.
	 * @return the instances, in the order of {@link #nodes}
	 */
	public List<Kademlia> instances() {
		return List.copyOf(this.instances);
	}

	@Override
	public void close() {
		this.instances.forEach(Kademlia::close);
		this.nodes.forEach(NettyNode::close);
	}

}
