package io.p2pboot.libp2p;

import java.time.Duration;
import java.util.Optional;

/**
 * How to connect to a peer, and which of the connections that are there already will do.
 * Immutable.
 *
 * @param timeout how long all of it may take, positive; empty for the dial time-out of
 * the node
 * @param routings whether the mounted routings are asked where the known addresses do not
 * answer. A routing that dials in the course of a look-up says no
 * @param direct whether only a connection without a relay between will do: one through a
 * relay that is there already is not content, and relayed addresses are not dialled
 * @param allowLimited whether a limited connection will do, which carries little data for
 * a short time; see {@link Connection#isLimited()}
 * @param role who speaks first in the handshakes. As {@link Role#RESPONDER} only for a
 * peer that dials us at the same moment and was told so, as hole punching does
 * (libp2p/specs relay/DCUtR.md); nobody else answers
 * @param port the local port that the dials leave from
 */
public record ConnectOptions(Optional<Duration> timeout, boolean routings, boolean direct, boolean allowLimited,
		Role role, DialPort port) {

	/**
	 * What {@link Node#connect(AddrInfo)} does: the node's time-out, with routings,
	 * through a relay where there is no other way, and never limited; from the port of a
	 * listener where the transport can.
	 */
	public static final ConnectOptions DEFAULT = new ConnectOptions(Optional.empty(), true, false, false,
			Role.INITIATOR, DialPort.REUSE);

	/**
	 * Checks the time.
	 * @param timeout how long it may take
	 * @param routings whether routings are asked
	 * @param direct whether only a direct connection will do
	 * @param allowLimited whether a limited connection will do
	 * @param role who speaks first
	 * @param port the local port that the dials leave from
	 * @throws IllegalArgumentException if the time is not positive
	 */
	public ConnectOptions {
		timeout.ifPresent((time) -> {
			if (time.isNegative() || time.isZero()) {
				throw new IllegalArgumentException("The timeout must be positive, was " + time);
			}
		});
	}

	/**
	 * Returns these options with another time.
	 * @param timeout how long all of it may take, positive
	 * @return the options
	 * @throws IllegalArgumentException if the time is not positive
	 */
	public ConnectOptions withTimeout(Duration timeout) {
		return new ConnectOptions(Optional.of(timeout), this.routings, this.direct, this.allowLimited, this.role,
				this.port);
	}

	/**
	 * Returns these options without asking routings.
	 * @return the options
	 */
	public ConnectOptions withoutRoutings() {
		return new ConnectOptions(this.timeout, false, this.direct, this.allowLimited, this.role, this.port);
	}

	/**
	 * Returns these options for a direct connection only.
	 * @return the options
	 */
	public ConnectOptions directOnly() {
		return new ConnectOptions(this.timeout, this.routings, true, this.allowLimited, this.role, this.port);
	}

	/**
	 * Returns these options with limited connections allowed.
	 * @return the options
	 */
	public ConnectOptions allowingLimited() {
		return new ConnectOptions(this.timeout, this.routings, this.direct, true, this.role, this.port);
	}

	/**
	 * Returns these options with another role.
	 * @param role who speaks first in the handshakes
	 * @return the options
	 */
	public ConnectOptions withRole(Role role) {
		return new ConnectOptions(this.timeout, this.routings, this.direct, this.allowLimited, role, this.port);
	}

	/**
	 * Returns these options with another port.
	 * @param port the local port that the dials leave from
	 * @return the options
	 */
	public ConnectOptions withPort(DialPort port) {
		return new ConnectOptions(this.timeout, this.routings, this.direct, this.allowLimited, this.role, port);
	}

}
