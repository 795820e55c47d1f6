package io.p2pboot.libp2p.swarm;

import java.time.Duration;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The swarm's event log, one line an event. Any thread.
 */
final class SwarmLog {

	private final EventLog log;

	SwarmLog() {
		this(LoggerFactory.getLogger(Swarm.class));
	}

	SwarmLog(Logger logger) {
		this.log = new EventLog(logger);
	}

	void listening(Multiaddr address) {
		this.log.info("listening", "Listening on {}", address);
	}

	void connected(Connection connection) {
		this.log.debug("connected", "Connected {}", connection);
	}

	void disconnected(Connection connection) {
		this.log.debug("disconnected", "Disconnected {}: {}", connection,
				connection.endCause().map(Throwable::getMessage).orElse("no cause is known"));
	}

	void refused(LimitExceeded limit) {
		this.log.warn("limit", "{}", limit.getMessage());
	}

	void gaveWay(String limit, ConnectionScope scope) {
		this.log.info("gave.way", "Limit '{}' reached: closing {} to make room", limit, scope);
	}

	void trimmed(int closed, int before, ConnectionMarks marks) {
		this.log.info("trimmed", "Closing {} of {} connections, above the mark of {} (marks {} and {})", closed, before,
				(before > marks.high()) ? "high" : "low", marks.low(), marks.high());
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

	void listenerSlow(ConnectionListener listener, Duration taken, int waiting) {
		this.log.warn("listener.slow",
				"The connection listener {} has taken {} ms for one event, and {} connections wait to be told of; "
						+ "let it do long work elsewhere",
				listener, taken.toMillis(), waiting);
	}

	void upgradeFailed(Multiaddr remote, Throwable cause) {
		this.log.debug("upgrade.failed", "Inbound connection from {} failed: {}", remote, cause.getMessage());
	}

}
