package io.p2pboot.libp2p.node;

import java.util.List;
import java.util.function.Predicate;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.slf4j.LoggerFactory;

/**
 * Several gaters that all have to agree. One that throws does not. Any thread.
 *
 * @param gaters the gaters, in the order in which they are asked
 */
record Gaters(List<ConnectionGater> gaters) implements ConnectionGater {

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(ConnectionGater.class));

	Gaters {
		gaters = List.copyOf(gaters);
	}

	private boolean all(Predicate<ConnectionGater> question) {
		for (ConnectionGater gater : this.gaters) {
			try {
				if (!question.test(gater)) {
					return false;
				}
			}
			catch (RuntimeException | LinkageError ex) {
				log.warn("gater.failed", "A connection gater failed, which blocks the connection: {}", ex);
				return false;
			}
		}
		return true;
	}

	private boolean any(Predicate<ConnectionGater> question) {
		try {
			for (ConnectionGater gater : this.gaters) {
				if (question.test(gater)) {
					return true;
				}
			}
			return false;
		}
		catch (RuntimeException | LinkageError ex) {
			log.warn("gater.failed", "A connection gater failed, so the peer counts as not allowed: {}", ex);
			return false;
		}
	}

	@Override
	public boolean allowPeerDial(PeerId peer) {
		return all((gater) -> gater.allowPeerDial(peer));
	}

	@Override
	public boolean allowAddressDial(PeerId peer, Multiaddr address) {
		return all((gater) -> gater.allowAddressDial(peer, address));
	}

	@Override
	public boolean allowAccept(Multiaddr local, Multiaddr remote) {
		return all((gater) -> gater.allowAccept(local, remote));
	}

	@Override
	public boolean alwaysAllows(Multiaddr remote) {
		return any((gater) -> gater.alwaysAllows(remote));
	}

	@Override
	public boolean alwaysAllows(PeerId peer) {
		return any((gater) -> gater.alwaysAllows(peer));
	}

	@Override
	public boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
		return all((gater) -> gater.allowSecured(direction, peer, remote));
	}

	@Override
	public boolean allowUpgraded(Connection connection) {
		return all((gater) -> gater.allowUpgraded(connection));
	}

}
