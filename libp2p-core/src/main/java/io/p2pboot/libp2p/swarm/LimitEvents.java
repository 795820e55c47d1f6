package io.p2pboot.libp2p.swarm;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.ResourceManager;

/**
 * Tells the log and the observer what limits do. Any thread.
 */
record LimitEvents(SwarmLog log, NodeObserver observer) implements ResourceManager.Listener {

	@Override
	public void refused(LimitExceeded refusal, Direction direction, Resource resource) {
		this.log.refused(refusal);
		String scope = refusal.scope();
		int end = scope.indexOf(':');
		this.observer.resourceBlocked((end < 0) ? scope : scope.substring(0, end), direction, resource);
	}

	@Override
	public void gaveWay(String limit, ConnectionScope scope) {
		this.log.gaveWay(limit, scope);
	}

	@Override
	public void peerConnections(Direction direction, int before, int after) {
		this.observer.peerConnections(direction, before, after);
	}

	@Override
	public void peerStreams(Direction direction, int before, int after) {
		this.observer.peerStreams(direction, before, after);
	}

	@Override
	public void peerMemory(long before, long after) {
		this.observer.peerMemory(before, after);
	}

}
