package io.p2pboot.libp2p.transport;

import java.util.Optional;

import io.p2pboot.libp2p.DialPort;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Role;

/**
 * How one address is dialled. Immutable.
 *
 * @param peer the only peer that may answer; empty to accept any
 * @param role who speaks first in the handshakes; {@link Role#RESPONDER} where the peer
 * dials us at the same moment, as initiator
 * @param port the local port that the dial leaves from
 */
public record DialOptions(Optional<PeerId> peer, Role role, DialPort port) {

	/** An ordinary dial that accepts whoever answers. */
	public static final DialOptions ANY_PEER = new DialOptions(Optional.empty(), Role.INITIATOR, DialPort.REUSE);

	/**
	 * Describes an ordinary dial.
	 * @param peer the only peer that may answer
	 * @return the options
	 */
	public static DialOptions to(PeerId peer) {
		return new DialOptions(Optional.of(peer), Role.INITIATOR, DialPort.REUSE);
	}

	/**
	 * Returns these options with another role.
	 * @param role who speaks first
	 * @return the options
	 */
	public DialOptions withRole(Role role) {
		return new DialOptions(this.peer, role, this.port);
	}

	/**
	 * Returns these options with another port.
	 * @param port the local port that the dial leaves from
	 * @return the options
	 */
	public DialOptions withPort(DialPort port) {
		return new DialOptions(this.peer, this.role, port);
	}

}
