package io.p2pboot.libp2p.swarm;

import io.netty.channel.Channel;
import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.ResourceManager;
import io.p2pboot.libp2p.resource.UnreadMemory;
import io.p2pboot.libp2p.transport.EventLoops;

/**
 * Says which connections the swarm has: the gater's and the limits' word. Any thread.
 */
final class Admission {

	private final ConnectionGater gater;

	private final ResourceManager resources;

	private final ConnectionTrimmer trimmer;

	private volatile boolean accepting;

	Admission(SwarmConfig config, ConnectionTable table, EventLoops eventLoops, SwarmLog log, NodeObserver observer) {
		this.gater = config.gater();
		this.resources = new ResourceManager(config.resourceLimits(), this.gater, UnreadMemory.ofProcess(),
				eventLoops.group().next().ticker()::nanoTime, new LimitEvents(log, observer));
		this.trimmer = new ConnectionTrimmer(config.marks(), table, this.resources, eventLoops.group(), log);
	}

	ResourceManager resources() {
		return this.resources;
	}

	ConnectionTrimmer trimmer() {
		return this.trimmer;
	}

	void accepting(boolean accepting) {
		this.accepting = accepting;
	}

	boolean isAccepting() {
		return this.accepting;
	}

	/** Opens the scope of a connection, which ends with its channel. */
	ConnectionScope admit(Channel channel, Direction direction, Multiaddr local, Multiaddr remote)
			throws Libp2pException {
		if (direction == Direction.INBOUND && !this.accepting) {
			throw new ConnectionLost("The node accepts no connections");
		}
		ConnectionScope scope = this.resources.open(direction, local, remote, () -> makeRoom(channel));
		channel.closeFuture().addListener((closed) -> scope.close());
		return scope;
	}

	/** Others need the connection's place: tells the peer, if it can be told yet. */
	private static void makeRoom(Channel channel) {
		SwarmConnection connection = channel.attr(SwarmConnection.KEY).get();
		if (connection != null) {
			connection.end(ErrorCode.GARBAGE_COLLECTED);
		}
		else {
			channel.close();
		}
	}

	void checkDial(PeerId peer) throws ConnectionBlocked {
		if (!this.gater.allowPeerDial(peer)) {
			throw new ConnectionBlocked("dials of the peer " + peer);
		}
	}

	/** Closes a connection that is ready but not allowed. */
	void checkUpgraded(SwarmConnection connection) throws ConnectionBlocked {
		if (!this.gater.allowUpgraded(connection)) {
			connection.end(ErrorCode.GATED);
			throw new ConnectionBlocked("the connection " + connection);
		}
	}

}
