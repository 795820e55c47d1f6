package io.p2pboot.libp2p.swarm;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Orders the addresses of a peer and says how long each waits for the better ones (happy
 * eyeballs, RFC 8305): QUIC before TCP, IPv6 before IPv4, private addresses quicker than
 * public ones, relays last. Stateless.
 */
final class DialRanking {

	/** How long the next kind of address waits for the one before, on public networks. */
	static final Duration PUBLIC_STEP = Duration.ofMillis(250);

	/** How long it waits on private networks and on this host. */
	static final Duration PRIVATE_STEP = Duration.ofMillis(30);

	private DialRanking() {
	}

	/**
	 * An address and how long after the start it is dialled if none has answered.
	 */
	record Ranked(Multiaddr address, Duration delay) {
	}

	static List<Ranked> rank(List<Multiaddr> addresses) {
		List<Multiaddr> direct = addresses.stream().filter((address) -> !isRelay(address)).toList();
		List<Ranked> ranked = new ArrayList<>();
		Duration privateEnd = stagger(direct.stream().filter(DialRanking::isPrivate).toList(), PRIVATE_STEP,
				Duration.ZERO, ranked);
		Duration publicEnd = stagger(direct.stream().filter((address) -> !isPrivate(address)).toList(), PUBLIC_STEP,
				Duration.ZERO, ranked);
		Duration relayStart = (privateEnd.compareTo(publicEnd) > 0) ? privateEnd : publicEnd;
		stagger(addresses.stream().filter(DialRanking::isRelay).toList(), PUBLIC_STEP, relayStart, ranked);
		ranked.sort(Comparator.comparing(Ranked::delay));
		return ranked;
	}

	/** Gives each further address one step more; returns when one more would start. */
	private static Duration stagger(List<Multiaddr> addresses, Duration step, Duration start, List<Ranked> ranked) {
		Duration delay = start;
		List<Multiaddr> sorted = addresses.stream().sorted(Comparator.comparingInt(DialRanking::score)).toList();
		for (Multiaddr address : sorted) {
			ranked.add(new Ranked(address, delay));
			delay = delay.plus(step);
		}
		return delay;
	}

	private static int score(Multiaddr address) {
		int family = isIp6(address) ? 0 : 1;
		if (address.has(MultiaddrProtocol.QUIC_V1)) {
			return family;
		}
		return (address.has(MultiaddrProtocol.WS) || address.has(MultiaddrProtocol.WSS)) ? 4 + family : 2 + family;
	}

	private static boolean isIp6(Multiaddr address) {
		return address.ipSocketAddress().map((socket) -> socket.getAddress() instanceof Inet6Address).orElse(false);
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
