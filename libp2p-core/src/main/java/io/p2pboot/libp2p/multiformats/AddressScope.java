package io.p2pboot.libp2p.multiformats;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How far the first hop of an address reaches. A node tells a peer only addresses that
 * can be of use to it, and keeps only such addresses of what a peer tells: nobody is to
 * make us dial our own host or network.
 */
public enum AddressScope {

	/** No host is there: unspecified, multicast, reserved, port 0. */
	NOWHERE,

	/** This host, or this process. */
	HOST,

	/** A network that is not routed on the internet. */
	PRIVATE_NETWORK,

	/** The internet, or a name. */
	INTERNET;

	private static final byte[] NAT64 = { 0, 0x64, (byte) 0xFF, (byte) 0x9B, 0, 0, 0, 0, 0, 0, 0, 0 };

	/**
	 * Classifies an address by its first hop. Looks up no name.
	 * @param address the address
	 * @return its scope
	 */
	public static AddressScope of(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		int first = (components.get(0).protocol() == MultiaddrProtocol.IP6ZONE && components.size() > 1) ? 1 : 0;
		Multiaddr.Component host = components.get(first);
		if (host.protocol() == MultiaddrProtocol.MEMORY || host.protocol() == MultiaddrProtocol.UNIX) {
			return HOST;
		}
		if (components.size() > first + 1 && isPortZero(components.get(first + 1))) {
			return NOWHERE;
		}
		if (host.protocol() != MultiaddrProtocol.IP4 && host.protocol() != MultiaddrProtocol.IP6) {
			return isLocalhost(host) ? HOST : INTERNET;
		}
		try {
			return of(InetAddress.getByAddress(host.protocol().format().bytes(host.value())));
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException("An address of 4 or 16 bytes is always known", ex);
		}
	}

	private static boolean isPortZero(Multiaddr.Component port) {
		boolean hasPort = port.protocol() == MultiaddrProtocol.TCP || port.protocol() == MultiaddrProtocol.UDP;
		return hasPort && port.value().equals("0");
	}

	/** RFC 6761, section 6.3. */
	private static boolean isLocalhost(Multiaddr.Component host) {
		boolean name = switch (host.protocol()) {
			case DNS, DNS4, DNS6, DNSADDR -> true;
			default -> false;
		};
		String lower = host.value().toLowerCase(Locale.ROOT);
		return name && (lower.equals("localhost") || lower.endsWith(".localhost"));
	}

	/**
	 * Classifies an IP address. One that embeds an IPv4 address is that address.
	 * @param address the address
	 * @return its scope
	 */
	public static AddressScope of(InetAddress address) {
		byte[] bytes = address.getAddress();
		if (address instanceof Inet4Address) {
			return ofIp4(bytes[0] & 0xFF, bytes[1] & 0xFF, bytes[2] & 0xFF);
		}
		if (Arrays.equals(bytes, 0, 12, NAT64, 0, 12)) {
			return ofIp4(bytes[12] & 0xFF, bytes[13] & 0xFF, bytes[14] & 0xFF);
		}
		if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
			return NOWHERE;
		}
		if (address.isLoopbackAddress()) {
			return HOST;
		}
		boolean uniqueLocal = (bytes[0] & 0xFE) == 0xFC;
		boolean documentation = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && (bytes[3] & 0xFF) == 0xB8;
		return (uniqueLocal || documentation || address.isLinkLocalAddress() || address.isSiteLocalAddress())
				? PRIVATE_NETWORK : INTERNET;
	}

	/** RFC 6890's tables. What is only for documentation or benchmarks is not routed. */
	private static AddressScope ofIp4(int first, int second, int third) {
		return switch (first) {
			case 0 -> NOWHERE;
			case 127 -> HOST;
			case 10 -> PRIVATE_NETWORK;
			case 100 -> (second >= 64 && second < 128) ? PRIVATE_NETWORK : INTERNET;
			case 169 -> (second == 254) ? PRIVATE_NETWORK : INTERNET;
			case 172 -> (second >= 16 && second < 32) ? PRIVATE_NETWORK : INTERNET;
			case 192 -> (second == 168 || second == 0 && (third == 0 || third == 2)) ? PRIVATE_NETWORK : INTERNET;
			case 198 -> (second == 18 || second == 19 || second == 51 && third == 100) ? PRIVATE_NETWORK : INTERNET;
			case 203 -> (second == 0 && third == 113) ? PRIVATE_NETWORK : INTERNET;
			default -> (first >= 224) ? NOWHERE : INTERNET;
		};
	}

	/**
	 * Returns whether an address of this scope can be of use to somebody at a distance.
	 * @param distance the scope of the other's own address, as this node sees it
	 * @return whether it can
	 */
	public boolean reaches(AddressScope distance) {
		return this != NOWHERE && compareTo(distance) >= 0;
	}

}
