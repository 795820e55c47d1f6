package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ResourceLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.security.SecurityProtocol;

/**
 * How a swarm behaves.
 *
 * @param security the security protocols, in order of preference
 * @param muxers the muxers, in order of preference
 * @param dialTimeout how long connecting to a peer may take in all
 * @param upgradeTimeout how long securing and multiplexing one connection may take
 * @param negotiationTimeout how long negotiating one stream may take
 * @param resourceLimits the limits
 * @param marks when connections are closed because there are many
 * @param gater says who may connect
 * @param privateNames whether names that others told may lead into private networks
 * @param urgent protocols that come before others where streams have to wait
 */
public record SwarmConfig(List<SecurityProtocol> security, List<Muxer> muxers, Duration dialTimeout,
		Duration upgradeTimeout, Duration negotiationTimeout, ResourceLimits resourceLimits, ConnectionMarks marks,
		ConnectionGater gater, boolean privateNames, Set<ProtocolPath> urgent) {

	/** How long connecting to a peer may take, unless configured. */
	public static final Duration DEFAULT_DIAL_TIMEOUT = Duration.ofSeconds(15);

	/** How long an upgrade may take, unless configured. */
	public static final Duration DEFAULT_UPGRADE_TIMEOUT = Duration.ofSeconds(15);

	/** How long negotiating a stream may take, unless configured. */
	public static final Duration DEFAULT_NEGOTIATION_TIMEOUT = Duration.ofSeconds(10);

	/**
	 * Checks and copies.
	 * @param security the security protocols
	 * @param muxers the muxers
	 * @param dialTimeout the time for a dial
	 * @param upgradeTimeout the time for an upgrade
	 * @param negotiationTimeout the time for a stream's negotiation
	 * @param resourceLimits the limits
	 * @param marks when connections are closed because there are many
	 * @param gater says who may connect
	 * @param privateNames whether names may lead into private networks
	 * @param urgent protocols that come before others
	 * @throws IllegalArgumentException if a time is not positive
	 */
	public SwarmConfig {
		security = List.copyOf(security);
		muxers = List.copyOf(muxers);
		urgent = Set.copyOf(urgent);
		positive("dialTimeout", dialTimeout);
		positive("upgradeTimeout", upgradeTimeout);
		positive("negotiationTimeout", negotiationTimeout);
	}

	/**
	 * Creates settings where everybody may connect and no protocol is urgent.
	 * @param security the security protocols
	 * @param muxers the muxers
	 * @param dialTimeout the time for a dial
	 * @param upgradeTimeout the time for an upgrade
	 * @param negotiationTimeout the time for a stream's negotiation
	 * @param limits the limits
	 * @throws IllegalArgumentException if a time is not positive
	 */
	public SwarmConfig(List<SecurityProtocol> security, List<Muxer> muxers, Duration dialTimeout,
			Duration upgradeTimeout, Duration negotiationTimeout, ConnectionLimits limits) {
		this(security, muxers, dialTimeout, upgradeTimeout, negotiationTimeout,
				new ResourceLimits(limits, AddressLimits.DEFAULT, StreamLimits.of(limits),
						ResourceLimits.defaultDescriptors()),
				ConnectionMarks.of(limits.connections()), ConnectionGater.ALL, false, Set.of());
	}

	/**
	 * Returns the limits on connections.
	 * @return the limits
	 */
	public ConnectionLimits limits() {
		return this.resourceLimits.connections();
	}

	private static void positive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new IllegalArgumentException(name + " must be positive, was " + value);
		}
	}

}
