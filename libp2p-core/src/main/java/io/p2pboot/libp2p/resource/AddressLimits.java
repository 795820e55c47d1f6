package io.p2pboot.libp2p.resource;

import java.time.Duration;

/**
 * How many connections one address may open to this node, so that nobody can lock others
 * out. The defaults leave room for many peers behind one router, and no address more than
 * a sixteenth of all connections. Loopback addresses are not limited, since whoever is on
 * this host can do more than connect; neither are those that a
 * {@link io.p2pboot.libp2p.ConnectionGater} always allows, and what comes through a
 * relay, whose own connection counts.
 *
 * @param ip4 for each IPv4 address
 * @param ip6Subnet for each /56 of IPv6, which is what one household gets
 * @param ip6Site for each /48 of IPv6, which is what one site gets
 */
public record AddressLimits(Rule ip4, Rule ip6Subnet, Rule ip6Site) {

	/** The limits of a node that is not told otherwise. */
	public static final AddressLimits DEFAULT = new AddressLimits(new Rule(64, 128, Duration.ofMillis(100)),
			new Rule(64, 128, Duration.ofMillis(100)), new Rule(256, 640, Duration.ofMillis(40)));

	/** No limits, as behind a proxy that all connections come from. */
	public static final AddressLimits NONE = new AddressLimits(Rule.NONE, Rule.NONE, Rule.NONE);

	/**
	 * What one address, or one network of addresses, may do.
	 *
	 * @param connections how many inbound connections it may have at once, in their
	 * handshakes or not; positive
	 * @param burst how many it may begin at once, positive
	 * @param interval after how long it may begin one more; zero for as many as it likes
	 */
	public record Rule(int connections, int burst, Duration interval) {

		/** No limit. */
		public static final Rule NONE = new Rule(Integer.MAX_VALUE, Integer.MAX_VALUE, Duration.ZERO);

		/**
		 * Checks the rule.
		 * @param connections how many connections at once
		 * @param burst how many may begin at once
		 * @param interval after how long one more may begin
		 * @throws IllegalArgumentException if a number is not positive, or the interval
		 * negative
		 */
		public Rule {
			if (connections < 1 || burst < 1) {
				throw new IllegalArgumentException(
						"connections and burst must be positive, were " + connections + " and " + burst);
			}
			if (interval.isNegative()) {
				throw new IllegalArgumentException("The interval must not be negative, was " + interval);
			}
		}

	}

}
