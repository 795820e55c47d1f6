package io.p2pboot.libp2p.spring.metrics;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Tags;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;

/**
 * What the scopes of a node's resources use, under the names of go-libp2p's resource
 * manager, so that its dashboard answers. Any thread.
 */
final class ScopeMeters {

	/** As go-libp2p. */
	private static final double[] COUNTS = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 32, 64, 128, 256 };

	/** 1 KiB to 4 GiB, as go-libp2p. */
	private static final double[] BYTES = { 1L << 10, 4L << 10, 32L << 10, 1L << 20, 32L << 20, 256L << 20, 512L << 20,
			1L << 30, 2L << 30, 4L << 30 };

	private static final String SYSTEM = "system";

	private static final String TRANSIENT = "transient";

	private static final String SERVICE = "service";

	private static final String CONNECTIONS = "libp2p.rcmgr.connections";

	private static final String STREAMS = "libp2p.rcmgr.streams";

	private static final String MEMORY = "libp2p.rcmgr.memory";

	private final TrackedMeters registry;

	private final Supplier<Node> node;

	private final AtomicBoolean begun = new AtomicBoolean();

	private final ConcurrentMap<Tags, AtomicInteger> blocked = new ConcurrentHashMap<>();

	private final PeerHistogram peerConnections = new PeerHistogram("connections", "Connections of a peer", true,
			COUNTS);

	private final PeerHistogram peerStreams = new PeerHistogram("streams", "Streams of a peer", true, COUNTS);

	private final PeerHistogram peerMemory = new PeerHistogram("memory", "Unread bytes of a peer", false, BYTES);

	ScopeMeters(TrackedMeters registry, Supplier<Node> node) {
		this.registry = registry;
		this.node = node;
	}

	/** Makes the meters that every node has, once. */
	void begin() {
		if (!this.begun.compareAndSet(false, true)) {
			return;
		}
		for (Direction direction : Direction.values()) {
			Tags tags = Tags.of("dir", direction.label(), "scope", TRANSIENT);
			gauge(CONNECTIONS, "Open connections", tags, TRANSIENT,
					(usage) -> inbound(direction) ? usage.inboundConnections() : usage.outboundConnections());
			gauge(STREAMS, "Open streams", tags.and("protocol", MetricLabels.NONE), TRANSIENT,
					(usage) -> inbound(direction) ? usage.inboundStreams() : usage.outboundStreams());
		}
		for (String scope : List.of(SYSTEM, TRANSIENT)) {
			memory(scope, MetricLabels.NONE, MetricLabels.NONE, scope);
			gauge("libp2p.rcmgr.fds", "File descriptors of connections", Tags.of("scope", scope), scope,
					ScopeUsage::descriptors);
		}
		usages().forEach((usage) -> {
			if (usage.kind().equals(SERVICE)) {
				memory(SERVICE, MetricLabels.NONE, usage.name(), usage.scope());
			}
			else if (usage.scope().equals(SYSTEM) || usage.scope().equals(TRANSIENT)) {
				usage.limits().forEach((resource, most) -> limit(usage.scope(), resource));
			}
		});
	}

	private static boolean inbound(Direction direction) {
		return direction == Direction.INBOUND;
	}

	/** A protocol has its first stream. */
	void protocol(String label) {
		memory("protocol", label, MetricLabels.NONE, "protocol:" + label);
	}

	private void memory(String scope, String protocol, String service, String which) {
		gauge(MEMORY, "Bytes that nobody has read yet",
				Tags.of("scope", scope, "protocol", protocol, "service", service), which, ScopeUsage::memoryBytes);
	}

	private void limit(String scope, String resource) {
		gauge("libp2p.rcmgr.limit", "Limits of scopes", Tags.of("scope", scope, "resource", resource), scope,
				(usage) -> usage.limits().getOrDefault(resource, 0L));
	}

	private void gauge(String name, String description, Tags tags, String scope, ToLongFunction<ScopeUsage> value) {
		this.registry.gauge(name, description, tags, this, (meters) -> meters.value(scope, value));
	}

	private double value(String scope, ToLongFunction<ScopeUsage> value) {
		return usages().stream().filter((usage) -> usage.scope().equals(scope)).mapToLong(value).sum();
	}

	private List<ScopeUsage> usages() {
		return (this.node.get() instanceof NettyNode netty) ? netty.scopes(0) : List.of();
	}

	void blocked(String scope, Direction direction, Resource resource) {
		Tags tags = Tags.of("dir", direction.label(), "scope", scope, "resource", resource.label());
		AtomicInteger count = this.blocked.computeIfAbsent(tags, (same) -> new AtomicInteger());
		count.incrementAndGet();
		// Not a counter: its name would end with total, and the dashboard's does not.
		this.registry.gauge("libp2p.rcmgr.blocked.resources", "What limits have refused", tags, count);
	}

	void peerConnections(Direction direction, int before, int after) {
		this.peerConnections.changed(direction, before, after);
	}

	void peerStreams(Direction direction, int before, int after) {
		this.peerStreams.changed(direction, before, after);
	}

	void peerMemory(long before, long after) {
		this.peerMemory.changed(Direction.INBOUND, before, after);
	}

	/**
	 * How much of something peers have: the difference of two histograms, as go-libp2p
	 * has it, of what they have come to have and of what they had before. Allocates
	 * nothing once the meters exist.
	 */
	private final class PeerHistogram {

		private final String what;

		private final String description;

		private final boolean directed;

		private final double[] buckets;

		/** By direction: after, and before. */
		private final AtomicReferenceArray<@Nullable DistributionSummary> meters = new AtomicReferenceArray<>(
				2 * Direction.values().length);

		PeerHistogram(String what, String description, boolean directed, double[] buckets) {
			this.what = what;
			this.description = description;
			this.directed = directed;
			this.buckets = buckets;
		}

		void changed(Direction direction, long before, long after) {
			if (after > 0) {
				meter(direction, 0).record(after);
			}
			if (before > 0) {
				meter(direction, 1).record(before);
			}
		}

		private DistributionSummary meter(Direction direction, int previous) {
			int index = 2 * direction.ordinal() + previous;
			DistributionSummary meter = this.meters.get(index);
			if (meter == null) {
				Tags tags = this.directed ? Tags.of("dir", direction.label()) : Tags.empty();
				meter = ScopeMeters.this.registry.summary(
						"libp2p.rcmgr." + ((previous == 0) ? "" : "previous.") + "peer." + this.what,
						this.description + ((previous == 0) ? "" : ", before a change"), tags, this.buckets);
				this.meters.set(index, meter);
			}
			return meter;
		}

	}

}
