package io.p2pboot.libp2p.resource;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import io.p2pboot.libp2p.ProtocolPath;

/**
 * How many streams may be open in each scope. The limits for one connection are in
 * {@link ConnectionLimits}.
 *
 * @param system in the whole node
 * @param peer with one peer, on all its connections
 * @param protocol of one protocol that {@code protocols} does not name
 * @param protocolPeer of one protocol with one peer, unless {@code protocols} names it
 * @param protocols of protocols that have limits of their own
 * @param services of services, by their names; a protocol belongs to one service at most
 */
public record StreamLimits(Limit system, Limit peer, Limit protocol, Limit protocolPeer,
		Map<ProtocolPath, Shared> protocols, Map<String, Service> services) {

	/** How many inbound streams there may be for each connection that the node allows. */
	private static final int STREAMS_OF_A_CONNECTION = 128;

	/** The service of identify, as go-libp2p names it. */
	public static final String IDENTIFY = "libp2p.identify";

	/** The service of ping, as go-libp2p names it. */
	public static final String PING = "libp2p.ping";

	/** As many as a connection answers at once; go-libp2p has 16 for a peer too. */
	private static final int IDENTIFY_OF_A_PEER = 16;

	/** go-libp2p allows 2, and its users open one for each connection. */
	private static final int PING_OF_A_PEER = 8;

	/** How many streams of such a service there are at least; go-libp2p has 64. */
	private static final int LEAST_OF_A_SERVICE = 128;

	/**
	 * How many streams there may be.
	 *
	 * @param inbound how many that the peer has opened, positive
	 * @param outbound how many that we have opened, positive
	 */
	public record Limit(int inbound, int outbound) {

		/** No limit. */
		public static final Limit NONE = new Limit(Integer.MAX_VALUE, Integer.MAX_VALUE);

		/**
		 * Checks the limit.
		 * @param inbound how many that the peer has opened
		 * @param outbound how many that we have opened
		 * @throws IllegalArgumentException if one is not positive
		 */
		public Limit {
			if (inbound < 1 || outbound < 1) {
				throw new IllegalArgumentException(
						"inbound and outbound must be positive, were " + inbound + " and " + outbound);
			}
		}

		/**
		 * Returns a limit for what peers open alone.
		 * @param streams how many, positive
		 * @return the limit
		 */
		public static Limit inbound(int streams) {
			return new Limit(streams, Integer.MAX_VALUE);
		}

	}

	/**
	 * A limit in all and one for each peer.
	 *
	 * @param all in all
	 * @param peer with one peer
	 */
	public record Shared(Limit all, Limit peer) {
	}

	/**
	 * Protocols that share a limit.
	 *
	 * @param protocols the protocols
	 * @param limit how many streams they have together
	 */
	public record Service(Set<ProtocolPath> protocols, Shared limit) {

		/**
		 * Copies the protocols.
		 * @param protocols the protocols
		 * @param limit how many streams they have together
		 */
		public Service {
			protocols = Set.copyOf(protocols);
		}

	}

	/** No limits but those of connections. */
	public static final StreamLimits NONE = new StreamLimits(Limit.NONE, Limit.NONE, Limit.NONE, Limit.NONE, Map.of(),
			Map.of());

	/**
	 * Copies the maps.
	 * @param system in the whole node
	 * @param peer with one peer
	 * @param protocol of one protocol
	 * @param protocolPeer of one protocol with one peer
	 * @param protocols of protocols that have limits of their own
	 * @param services of services
	 * @throws IllegalArgumentException if a protocol belongs to two services
	 */
	public StreamLimits {
		protocols = Map.copyOf(protocols);
		services = Map.copyOf(services);
		Map<ProtocolPath, String> known = new HashMap<>();
		services.forEach((name, service) -> service.protocols().forEach((path) -> {
			if (known.put(path, name) != null) {
				throw new IllegalArgumentException("The protocol " + path + " belongs to two services");
			}
		}));
	}

	/**
	 * Returns the limits of a node that is not told otherwise; they grow with its limit
	 * on connections, and so with its memory. What this node opens itself is its own
	 * choice, and not limited. go-libp2p counts 4,096 streams and less for a node of this
	 * size, and up to 75 of a protocol for a peer: too few where applications open a
	 * stream for each request. Here half of all streams are left to other protocols, and
	 * a peer has no more on all its connections than it may have on two.
	 * @param limits the limits on connections
	 * @return the limits
	 */
	public static StreamLimits of(ConnectionLimits limits) {
		int system = (int) Math.min(Integer.MAX_VALUE, (long) STREAMS_OF_A_CONNECTION * limits.connections());
		int ofPeer = (int) Math.min(Integer.MAX_VALUE, 2L * limits.inboundStreamsPerConnection());
		int atLeast = Math.max(system, ofPeer);
		return new StreamLimits(Limit.inbound(atLeast), Limit.inbound(ofPeer), Limit.inbound(Math.max(1, atLeast / 2)),
				Limit.inbound(limits.inboundStreamsPerConnection()), Map.of(),
				Map.of(IDENTIFY, service(limits, IDENTIFY_OF_A_PEER, "/ipfs/id/1.0.0", "/ipfs/id/push/1.0.0"), PING,
						service(limits, PING_OF_A_PEER, "/ipfs/ping/1.0.0")));
	}

	private static Service service(ConnectionLimits limits, int ofPeer, String... paths) {
		Set<ProtocolPath> protocols = new HashSet<>();
		for (String path : paths) {
			protocols.add(ProtocolPath.of(path));
		}
		return new Service(protocols,
				new Shared(Limit.inbound(Math.max(LEAST_OF_A_SERVICE, limits.connections())), Limit.inbound(ofPeer)));
	}

	/**
	 * Returns these limits with one for a protocol.
	 * @param path the protocol
	 * @param limit in all and with one peer
	 * @return the limits
	 */
	public StreamLimits withProtocol(ProtocolPath path, Shared limit) {
		Map<ProtocolPath, Shared> more = new HashMap<>(this.protocols);
		more.put(path, limit);
		return new StreamLimits(this.system, this.peer, this.protocol, this.protocolPeer, more, this.services);
	}

	/**
	 * Returns these limits with one for a service, in the place of one of that name.
	 * @param name its name
	 * @param service its protocols and limit
	 * @return the limits
	 * @throws IllegalArgumentException if a protocol belongs to another service
	 */
	public StreamLimits withService(String name, Service service) {
		Map<String, Service> more = new HashMap<>(this.services);
		more.put(name, service);
		return new StreamLimits(this.system, this.peer, this.protocol, this.protocolPeer, this.protocols, more);
	}

	/**
	 * Returns these limits with others for the scopes that have no name of their own.
	 * @param system in the whole node
	 * @param peer with one peer
	 * @param protocol of one protocol
	 * @param protocolPeer of one protocol with one peer
	 * @return the limits
	 */
	public StreamLimits with(Limit system, Limit peer, Limit protocol, Limit protocolPeer) {
		return new StreamLimits(system, peer, protocol, protocolPeer, this.protocols, this.services);
	}

}
