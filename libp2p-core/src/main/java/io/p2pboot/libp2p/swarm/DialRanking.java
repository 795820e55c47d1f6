package io.p2pboot.libp2p.swarm;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Orders the addresses of a peer and says how long each waits for the better ones (happy
 * eyeballs, RFC 8305, as go-libp2p does it): those that worked lately before those that
 * the peer signed or the caller gave, and these before hearsay; QUIC before TCP, IPv6
 * before IPv4, private addresses quicker than public ones, relays last. However many
 * addresses there are, each kind waits for the first two of the kind before it only.
 * Stateless.
 */
final class DialRanking {

	/** How long the next kind of address waits for the one before, on public networks. */
	static final Duration PUBLIC_STEP = Duration.ofMillis(250);

	/** How long it waits on private networks and on this host. */
	static final Duration PRIVATE_STEP = Duration.ofMillis(30);

	private DialRanking() {
	}

	/** How far an address is to be trusted; the first are dialled first. */
	enum Trust {

		/** A connection was made to it lately. */
		GOOD,

		/** The peer signed it, or the caller gave it. */
		TOLD_BY_THE_PEER,

		/** Anybody may have said it. */
		HEARSAY,

		/** The network seems to swallow what is sent there. */
		BLACK_HOLE

	}

	/** What addresses share so that they mostly fail together. */
	enum Kind {

		/** QUIC over IPv6. */
		QUIC_IP6,

		/** QUIC over IPv4. */
		QUIC_IP4,

		/** TCP over IPv6. */
		TCP_IP6,

		/** TCP over IPv4. */
		TCP_IP4,

		/** WebSocket over IPv6. */
		WEB_SOCKET_IP6,

		/** WebSocket over IPv4. */
		WEB_SOCKET_IP4;

		static Kind of(Multiaddr address) {
			boolean ip6 = isIp6(address);
			if (address.has(MultiaddrProtocol.QUIC_V1)) {
				return ip6 ? QUIC_IP6 : QUIC_IP4;
			}
			if (address.has(MultiaddrProtocol.WS) || address.has(MultiaddrProtocol.WSS)) {
				return ip6 ? WEB_SOCKET_IP6 : WEB_SOCKET_IP4;
			}
			return ip6 ? TCP_IP6 : TCP_IP4;
		}

		private static boolean isIp6(Multiaddr address) {
			return address.components().get(0).protocol() == MultiaddrProtocol.IP6ZONE || address.ipSocketAddress()
				.map((socket) -> socket.getAddress() instanceof Inet6Address)
				.orElse(false);
		}

		/** QUIC, TCP and WebSocket, in this order. */
		private int transport() {
			return ordinal() / 2;
		}

	}

	/**
	 * An address and how long after the start it is dialled if none has answered.
	 */
	record Ranked(Multiaddr address, Kind kind, Duration delay) {
	}

	static List<Ranked> rank(List<Multiaddr> addresses, Map<Multiaddr, Trust> trust) {
		List<Ranked> ranked = new ArrayList<>();
		if (addresses.size() == 1) {
			// As most peers are dialled: it waits for none.
			Multiaddr only = addresses.get(0);
			ranked.add(new Ranked(only, Kind.of(only), Duration.ZERO));
			return ranked;
		}
		List<Multiaddr> direct = addresses.stream().filter((address) -> !isRelay(address)).toList();
		Duration privateEnd = byTrust(direct.stream().filter(DialRanking::isPrivate).toList(), trust, PRIVATE_STEP,
				ranked);
		Duration publicEnd = byTrust(direct.stream().filter((address) -> !isPrivate(address)).toList(), trust,
				PUBLIC_STEP, ranked);
		Duration relayStart = (privateEnd.compareTo(publicEnd) > 0) ? privateEnd : publicEnd;
		stagger(addresses.stream().filter(DialRanking::isRelay).toList(), PUBLIC_STEP, relayStart, ranked);
		ranked.sort(Comparator.comparing(Ranked::delay));
		return ranked;
	}

	private static Duration byTrust(List<Multiaddr> addresses, Map<Multiaddr, Trust> trust, Duration step,
			List<Ranked> ranked) {
		Duration start = Duration.ZERO;
		for (Trust each : Trust.values()) {
			List<Multiaddr> trusted = addresses.stream().filter((address) -> trust.get(address) == each).toList();
			start = stagger(trusted, step, start, ranked);
		}
		return start;
	}

	/**
	 * Of each transport the first address begins, the second waits one step for it, and
	 * the rest one more. Returns when one more transport would begin.
	 */
	private static Duration stagger(List<Multiaddr> addresses, Duration step, Duration start, List<Ranked> ranked) {
		Duration begin = start;
		List<Multiaddr> left = addresses.stream().sorted(Comparator.comparing(Kind::of)).toList();
		while (!left.isEmpty()) {
			int transport = Kind.of(left.get(0)).transport();
			List<Multiaddr> same = left.stream()
				.filter((address) -> Kind.of(address).transport() == transport)
				.toList();
			List<Multiaddr> order = alternated(same);
			for (int index = 0; index < order.size(); index++) {
				Duration delay = begin.plus(step.multipliedBy(Math.min(index, 2)));
				ranked.add(new Ranked(order.get(index), Kind.of(order.get(index)), delay));
			}
			begin = begin.plus(step.multipliedBy(Math.min(order.size(), 3)));
			left = left.subList(same.size(), left.size());
		}
		return begin;
	}

	/** One of each family in turn, IPv6 first. */
	private static List<Multiaddr> alternated(List<Multiaddr> addresses) {
		Kind first = Kind.of(addresses.get(0));
		List<Multiaddr> ones = addresses.stream().filter((address) -> Kind.of(address) == first).toList();
		List<Multiaddr> others = addresses.stream().filter((address) -> Kind.of(address) != first).toList();
		List<Multiaddr> order = new ArrayList<>();
		for (int index = 0; index < Math.max(ones.size(), others.size()); index++) {
			if (index < ones.size()) {
				order.add(ones.get(index));
			}
			if (index < others.size()) {
				order.add(others.get(index));
			}
		}
		return order;
	}

	private static boolean isRelay(Multiaddr address) {
		return address.has(MultiaddrProtocol.P2P_CIRCUIT);
	}

	private static boolean isPrivate(Multiaddr address) {
		return address.ipSocketAddress().map(InetSocketAddress::getAddress).map(DialRanking::isPrivate).orElse(true);
	}

	private static boolean isPrivate(InetAddress address) {
		boolean uniqueLocal = address instanceof Inet6Address && (address.getAddress()[0] & 0xFE) == 0xFC;
		return uniqueLocal || address.isLoopbackAddress() || address.isSiteLocalAddress()
				|| address.isLinkLocalAddress();
	}

}
