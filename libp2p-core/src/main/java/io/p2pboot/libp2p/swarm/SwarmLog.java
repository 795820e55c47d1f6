package io.p2pboot.libp2p.swarm;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.slf4j.LoggerFactory;

/**
 * The swarm's event log, one line an event. Any thread.
 */
final class SwarmLog {

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Swarm.class));

	void listening(Multiaddr address) {
		this.log.info("listening", "Listening on {}", address);
	}

	void connected(Connection connection) {
		this.log.debug("connected", "Connected {}", connection);
	}

	void disconnected(Connection connection) {
		this.log.debug("disconnected", "Disconnected {}", connection);
	}

	void limit(LimitExceeded limit) {
		this.log.warn("limit", "{}", limit.getMessage());
	}

	void limit(String limit, Connection connection) {
		this.log.warn("limit", "Limit '{}' reached by {}", limit, connection);
	}

	void initializerFailed(ProtocolPath protocol, Throwable cause) {
		this.log.warn("initializer.failed", "Setting up a stream of {} failed: {}", protocol, cause);
	}

	void listenerFailed(Connection connection, Throwable cause) {
		this.log.warn("listener.failed", "A connection listener failed for {}: {}", connection, cause);
	}

	void upgradeFailed(Multiaddr remote, Throwable cause) {
		this.log.debug("upgrade.failed", "Inbound connection from {} failed: {}", remote, cause.getMessage());
	}

}
