package io.p2pboot.libp2p.autoconfigure.actuate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.kad.KadStats;
import io.p2pboot.libp2p.kad.Kademlia;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Tells how many peers the routing tables of Kademlia instances hold: down while one
 * holds fewer than its minimum, and the node runs. Waits for the event loops of the
 * instances, not for the network.
 */
public final class KadHealthIndicator extends AbstractHealthIndicator {

	private final Node node;

	private final Map<Kademlia, Integer> minTableSizes;

	/**
	 * Creates an indicator.
	 * @param node the node
	 * @param minTableSizes the instances, in the order in which they are shown, and how
	 * many peers the table of each is to hold; 0 for any number
	 */
	public KadHealthIndicator(Node node, Map<Kademlia, Integer> minTableSizes) {
		super("libp2p Kademlia health check failed");
		this.node = node;
		this.minTableSizes = new LinkedHashMap<>(minTableSizes);
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) throws IOException {
		List<Map<String, Object>> instances = new ArrayList<>();
		builder.up();
		for (Map.Entry<Kademlia, Integer> each : this.minTableSizes.entrySet()) {
			Kademlia kad = each.getKey();
			KadStats stats = kad.stats();
			Map<String, Object> details = new LinkedHashMap<>();
			details.put("protocol", kad.protocol().value());
			details.put("mode", kad.isServer() ? "server" : "client");
			details.put("tableSize", stats.tableSize());
			if (this.node.isRunning() && stats.tableSize() < each.getValue()) {
				builder.down();
				details.put("reason", "the routing table holds fewer than " + each.getValue() + " peers");
			}
			instances.add(details);
		}
		if (instances.size() == 1) {
			builder.withDetails(instances.get(0));
		}
		else {
			builder.withDetail("instances", instances);
		}
	}

}
