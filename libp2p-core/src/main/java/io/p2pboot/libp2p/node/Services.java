package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NodeService;

/**
 * The services of a node, started in order and stopped in the opposite one. Guarded by
 * the lock of the node's life cycle.
 */
final class Services {

	private final List<NodeService> services;

	private final Deque<NodeService> started = new ArrayDeque<>();

	private final EventLog log;

	Services(List<NodeService> services, EventLog log) {
		this.services = List.copyOf(services);
		this.log = log;
	}

	/** Starts all; the caller stops those that were started where one fails. */
	void start(NettyNode node) throws IOException {
		for (NodeService service : this.services) {
			// First: what it has begun before it failed is ended too.
			this.started.push(service);
			service.start(node);
		}
	}

	/** Stops what was started. */
	void stop() {
		while (!this.started.isEmpty()) {
			NodeService service = this.started.pop();
			try {
				service.stop();
			}
			catch (RuntimeException ex) {
				this.log.warn("service.stop", "The service {} failed to stop: {}", service, ex);
			}
		}
	}

}
