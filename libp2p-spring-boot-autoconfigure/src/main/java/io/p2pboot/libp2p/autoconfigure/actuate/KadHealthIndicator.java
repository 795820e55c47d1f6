package io.p2pboot.libp2p.autoconfigure.actuate;

import java.io.IOException;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.kad.KadStats;
import io.p2pboot.libp2p.kad.Kademlia;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells how many peers the routing table of a Kademlia instance holds: down while there
 * are fewer than a minimum, and the node runs. Waits for the instance's event loop, not
 * for the network.
 */
public final class KadHealthIndicator extends AbstractHealthIndicator {

	private final Node node;

	private final Kademlia kad;

	private final int minTableSize;

	/**
	 * Creates an indicator.
	 * @param node the node
	 * @param kad the instance
	 * @param minTableSize how many peers the table is to hold; 0 for any number
	 */
	public KadHealthIndicator(Node node, Kademlia kad, int minTableSize) {
		super("libp2p Kademlia health check failed");
		this.node = node;
		this.kad = kad;
		this.minTableSize = minTableSize;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws IOException {
		KadStats stats = this.kad.stats();
		builder.withDetail("protocol", this.kad.protocol().value())
			.withDetail("mode", this.kad.isServer() ? "server" : "client")
			.withDetail("tableSize", stats.tableSize());
		if (this.node.isRunning() && stats.tableSize() < this.minTableSize) {
			builder.down().withDetail("reason", "the routing table holds fewer than " + this.minTableSize + " peers");
		}
		else {
			builder.up();
		}
	}

}
