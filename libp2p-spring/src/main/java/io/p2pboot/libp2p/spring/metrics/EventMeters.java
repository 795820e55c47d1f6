package io.p2pboot.libp2p.spring.metrics;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import io.micrometer.core.instrument.Tags;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.netty.NettyNode;

/**
 * What connection listeners are told, under the names of go-libp2p's event bus, so that
 * its dashboard answers. Where go has a queue for each subscriber, all listeners of a
 * node have one. Any thread.
 */
final class EventMeters {

	private static final String EVENT = "event";

	private static final Tags LISTENERS = Tags.of("subscriber.name", "connection-listeners");

	private final TrackedMeters registry;

	private final Supplier<Node> node;

	private final AtomicBoolean begun = new AtomicBoolean();

	EventMeters(TrackedMeters registry, Supplier<Node> node) {
		this.registry = registry;
		this.node = node;
	}

	/** Makes the meters, once, if the node tells of its events. */
	void begin() {
		if (this.begun.get() || !(this.node.get() instanceof NettyNode) || !this.begun.compareAndSet(false, true)) {
			return;
		}
		event("EvtPeerConnectednessChanged", EventUsage::connections);
		event("EvtPeerIdentificationCompleted", EventUsage::identifications);
		event("EvtPeerProtocolsUpdated", EventUsage::protocolChanges);
		this.registry.gauge("libp2p.eventbus.subscriber.queue.length", "Connections whose events wait for listeners",
				LISTENERS, this, of(EventUsage::waiting));
		this.registry.gauge("libp2p.eventbus.subscriber.queue.full",
				"1 while so many wait that some that have ended are told of no more", LISTENERS, this,
				of((usage) -> usage.full() ? 1 : 0));
		// Not a counter: its name would end with total, and the dashboard's does not.
		this.registry.gauge("libp2p.eventbus.subscriber.event.queued", "Events that listeners are told of", LISTENERS,
				this, of(EventUsage::events));
	}

	private void event(String name, ToLongFunction<EventUsage> count) {
		Tags tags = Tags.of(EVENT, name);
		this.registry.counter("libp2p.eventbus.events.emitted", "Events of connections", tags, this, of(count));
		// A counter in name only: go's gauge ends with total, as no other one may.
		this.registry.counter("libp2p.eventbus.subscribers", "Listeners of connections", tags, this,
				of(EventUsage::listeners));
	}

	private static ToDoubleFunction<EventMeters> of(ToLongFunction<EventUsage> part) {
		return (meters) -> (meters.node.get() instanceof NettyNode netty) ? part.applyAsLong(netty.eventUsage())
				: Double.NaN;
	}

}
