package io.p2pboot.libp2p.autoconfigure.actuate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.kad.KadStats;
import io.p2pboot.libp2p.kad.Kademlia;

/**
 * Shows the Kademlia instances with their routing tables. Waits for their event loops,
 * not for the network.
 *
 * @param instances the instances
 */
public record KadSection(Supplier<List<Kademlia>> instances) implements EndpointSection {

	@Override
	public String name() {
		return "kad";
	}

	@Override
	public KadDescriptor describe() {
		return new KadDescriptor(this.instances.get().stream().map(KadSection::describe).toList());
	}

	private static InstanceDescriptor describe(Kademlia kad) {
		try {
			return new InstanceDescriptor(kad.protocol().value(), kad.isServer(),
					kad.routingTable().stream().map(PeerId::toString).toList(), kad.stats());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Kademlia.
	 *
	 * @param instances the instances
	 */
	public record KadDescriptor(List<InstanceDescriptor> instances) {
	}

	/**
	 * An instance.
	 *
	 * @param protocol its protocol
	 * @param server whether it answers others now
	 * @param routingTable the peers of its routing table, those that share the shortest
	 * prefix with this node first
	 * @param stats what it holds and has done
	 */
	public record InstanceDescriptor(String protocol, boolean server, List<String> routingTable, KadStats stats) {
	}

}
