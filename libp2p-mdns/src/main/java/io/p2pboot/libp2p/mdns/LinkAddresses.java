package io.p2pboot.libp2p.mdns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * Which addresses are told on a link, and which are taken from it. Stateless.
 */
final class LinkAddresses {

	private static final String KEY = "dnsaddr=";

	private LinkAddresses() {
	}

	/**
	 * Returns what of the bound addresses those on a link can dial: nobody there is told
	 * of another network.
	 */
	static List<Multiaddr> told(Link link, List<Multiaddr> bound) {
		Set<Multiaddr> told = new LinkedHashSet<>();
		for (Multiaddr address : bound) {
			Optional<InetAddress> host = address.withoutZone().ipSocketAddress().map(InetSocketAddress::getAddress);
			if (host.isEmpty() || address.has(MultiaddrProtocol.P2P_CIRCUIT)) {
				continue;
			}
			for (Link.Subnet subnet : link.subnets()) {
				boolean any = host.get().isAnyLocalAddress()
						&& host.get().getAddress().length == subnet.address().getAddress().length;
				if ((any || host.get().equals(subnet.address())) && !subnet.address().isLinkLocalAddress()) {
					told.add(address.withoutZone().withHost(subnet.address()));
				}
			}
		}
		return told.stream().limit(MdnsLimits.MAX_ADDRESSES_PER_PEER).toList();
	}

	/** The strings of a TXT record; what is too long for one is left out. */
	static List<String> strings(PeerId self, List<Multiaddr> told) {
		return told.stream().map((address) -> KEY + address + "/p2p/" + self).filter(MdnsPackets::fits).toList();
	}

	/** A port of ours, for the SRV record; the one that Go shows if there is none. */
	static int port(List<Multiaddr> told) {
		return told.stream()
			.flatMap((address) -> address.ipSocketAddress().stream())
			.map(InetSocketAddress::getPort)
			.findFirst()
			.orElse(4001);
	}

	/**
	 * Returns the peers that strings tell of, with the addresses that are on the link or
	 * of a private network: nobody makes us dial into the internet, or ourselves.
	 */
	static List<AddrInfo> taken(Link link, List<String> strings) {
		List<AddrInfo> peers = new ArrayList<>();
		for (String string : strings) {
			Optional<AddrInfo> one = parse(string).filter((info) -> isTaken(link, info.addresses().get(0)));
			if (one.isPresent()) {
				add(peers, one.get());
			}
		}
		return peers;
	}

	private static Optional<AddrInfo> parse(String string) {
		if (!string.startsWith(KEY)) {
			return Optional.empty();
		}
		try {
			AddrInfo info = AddrInfo.parse(string.substring(KEY.length()));
			return info.addresses().isEmpty() ? Optional.empty() : Optional.of(info);
		}
		catch (IllegalArgumentException ex) {
			// Somebody else's idea of an address.
			return Optional.empty();
		}
	}

	private static boolean isTaken(Link link, Multiaddr address) {
		Optional<InetSocketAddress> socket = address.withoutZone().ipSocketAddress();
		if (socket.isEmpty() || address.has(MultiaddrProtocol.P2P_CIRCUIT)) {
			return false;
		}
		return switch (AddressScope.of(address)) {
			case NOWHERE -> false;
			case PRIVATE_NETWORK -> true;
			case HOST, INTERNET -> link.has(socket.get().getAddress());
		};
	}

	private static void add(List<AddrInfo> peers, AddrInfo one) {
		for (int i = 0; i < peers.size(); i++) {
			AddrInfo known = peers.get(i);
			if (known.id().equals(one.id())) {
				Set<Multiaddr> all = new LinkedHashSet<>(known.addresses());
				all.addAll(one.addresses());
				peers.set(i, new AddrInfo(one.id(), all.stream().limit(MdnsLimits.MAX_ADDRESSES_PER_PEER).toList()));
				return;
			}
		}
		peers.add(one);
	}

}
