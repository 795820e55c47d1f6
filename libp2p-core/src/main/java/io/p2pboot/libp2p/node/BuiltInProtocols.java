package io.p2pboot.libp2p.node;

import java.time.Duration;
import java.util.List;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.protocol.identify.Identify;
import io.p2pboot.libp2p.protocol.ping.Ping;

/**
 * The protocols that every node serves. As a direct listener it hears of connections at
 * once. Any thread.
 */
final class BuiltInProtocols implements ConnectionListener {

	private final Identify identify;

	private final Ping ping;

	BuiltInProtocols(Libp2pNode node, EventExecutor executor) {
		this.identify = new Identify(node, executor);
		this.ping = new Ping(node, executor);
	}

	void mount() {
		this.identify.mount();
		this.ping.mount();
	}

	@Override
	public void connected(Connection connection) {
		this.identify.connected(connection);
	}

	@Override
	public void disconnected(Connection connection) {
		this.identify.disconnected(connection);
	}

	Future<List<Duration>> ping(Connection connection, int times) {
		return this.ping.ping(connection, times);
	}

	/** Our protocols or addresses may have changed. */
	void changed() {
		this.identify.changed();
	}

	void close() {
		this.identify.close();
	}

}
