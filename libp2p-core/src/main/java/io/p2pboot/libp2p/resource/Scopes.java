package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;

/**
 * Gathers what each scope uses. One thread.
 */
final class Scopes {

	private final ResourceLimits limits;

	private final UnreadMemory memory;

	private final StreamUse streams;

	private final List<ScopeUsage> told = new ArrayList<>();

	Scopes(ResourceLimits limits, UnreadMemory memory, StreamUse streams) {
		this.limits = limits;
		this.memory = memory;
		this.streams = streams;
	}

	void system(DirectionCount connections, DirectionCount handshakes, int descriptors, long bytes) {
		Map<String, Long> most = streams(this.limits.streams().system());
		most.put("conns", (long) this.limits.connections().connections());
		most.put("memory", this.memory.bytes());
		most.put("fd", (long) this.limits.descriptors());
		StreamUse.Count open = this.streams.system();
		this.told.add(new ScopeUsage("system", connections.of(Direction.INBOUND) + handshakes.of(Direction.INBOUND),
				connections.of(Direction.OUTBOUND) + handshakes.of(Direction.OUTBOUND), open.inbound(), open.outbound(),
				bytes, descriptors, most));
	}

	void handshaking(DirectionCount handshakes, DirectionCount negotiating, int descriptors) {
		this.told.add(new ScopeUsage("transient", handshakes.of(Direction.INBOUND), handshakes.of(Direction.OUTBOUND),
				negotiating.of(Direction.INBOUND), negotiating.of(Direction.OUTBOUND), 0, descriptors,
				Map.of("conns_inbound", (long) this.limits.connections().inboundUpgrading())));
	}

	/** Protocols that have streams, and all services. */
	void shared() {
		List<ScopeUsage> found = new ArrayList<>();
		this.streams.forEach((key, count) -> {
			if (key.kind() == StreamUse.Kind.PROTOCOL) {
				found.add(shared(key, count));
			}
		});
		this.limits.streams().services().keySet().forEach((name) -> {
			StreamUse.Key key = new StreamUse.Key(StreamUse.Kind.SERVICE, name, Optional.empty());
			found.add(shared(key, this.streams.count(key)));
		});
		found.sort(Comparator.comparing(ScopeUsage::scope));
		this.told.addAll(found);
	}

	private ScopeUsage shared(StreamUse.Key key, StreamUse.Count count) {
		return new ScopeUsage(key.toString(), 0, 0, count.inbound(), count.outbound(),
				Math.max(0, this.streams.memory(key)), 0, streams(this.streams.limit(key)));
	}

	void peers(Map<PeerId, StreamUse.Count> connections, Map<PeerId, Long> bytes, int most) {
		Map<String, Long> limit = streams(this.limits.streams().peer());
		limit.put("conns", (long) this.limits.connections().connectionsPerPeer());
		connections.entrySet().stream().map((entry) -> {
			StreamUse.Key key = new StreamUse.Key(StreamUse.Kind.PEER, "", Optional.of(entry.getKey()));
			StreamUse.Count open = this.streams.count(key);
			return new ScopeUsage(key.toString(), entry.getValue().inbound(), entry.getValue().outbound(),
					open.inbound(), open.outbound(), bytes.getOrDefault(entry.getKey(), 0L), 0, limit);
		})
			.sorted(Comparator.comparingLong((ScopeUsage usage) -> usage.inboundStreams() + usage.outboundStreams())
				.reversed())
			.limit(most)
			.forEach(this.told::add);
	}

	private static Map<String, Long> streams(Limit limit) {
		Map<String, Long> most = new HashMap<>();
		if (limit.inbound() < Integer.MAX_VALUE) {
			most.put("streams_inbound", (long) limit.inbound());
		}
		if (limit.outbound() < Integer.MAX_VALUE) {
			most.put("streams_outbound", (long) limit.outbound());
		}
		return most;
	}

	List<ScopeUsage> told() {
		return List.copyOf(this.told);
	}

}
