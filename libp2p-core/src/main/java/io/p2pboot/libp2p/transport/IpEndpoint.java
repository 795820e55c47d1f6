package io.p2pboot.libp2p.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.netty.util.NetUtil;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * The part of a multiaddr that names a socket ({@code /ip4/192.0.2.1/tcp/4001},
 * {@code /ip6zone/eth0/ip6/fe80::1/udp/4001}), and what stands above it. Immutable.
 *
 * @param socketAddress the IP address and port
 * @param layer {@code tcp} or {@code udp}
 * @param above the text after the port, without {@code /p2p}; empty or begins with a
 * slash
 */
public record IpEndpoint(InetSocketAddress socketAddress, String layer, String above) {

	/** The layer of TCP. */
	public static final String TCP = "tcp";

	/** The layer of UDP. */
	public static final String UDP = "udp";

	/**
	 * Takes a multiaddr apart. Looks up no name.
	 * @param address the address, with or without {@code /p2p} at its end
	 * @return the endpoint; empty where the address does not begin with an IP address of
	 * this machine's zones and a TCP or UDP port
	 */
	public static Optional<IpEndpoint> parse(Multiaddr address) {
		List<String> parts = new ArrayList<>(List.of(address.toString().substring(1).split("/")));
		String zone = "";
		if (parts.size() > 2 && parts.get(0).equals("ip6zone")) {
			zone = parts.get(1);
			parts.subList(0, 2).clear();
		}
		if (parts.size() < 4 || !isIp(parts.get(0)) || !isLayer(parts.get(2))) {
			return Optional.empty();
		}
		int end = parts.size();
		if (end >= 6 && parts.get(end - 2).equals("p2p")) {
			end -= 2;
		}
		String above = (end == 4) ? "" : "/" + String.join("/", parts.subList(4, end));
		String layer = parts.get(2);
		int port = Integer.parseInt(parts.get(3));
		return inetAddress(parts.get(1), zone)
			.map((ip) -> new IpEndpoint(new InetSocketAddress(ip, port), layer, above));
	}

	/**
	 * Writes a socket's address as a multiaddr.
	 * @param socketAddress the IP address and port, resolved
	 * @param layer {@code tcp} or {@code udp}
	 * @param above what stands above the port, empty or beginning with a slash
	 * @return the multiaddr
	 */
	public static Multiaddr format(InetSocketAddress socketAddress, String layer, String above) {
		InetAddress ip = socketAddress.getAddress();
		StringBuilder text = new StringBuilder();
		if (ip instanceof Inet6Address ip6 && ip6.isLinkLocalAddress()) {
			zone(ip6).ifPresent((zone) -> text.append("/ip6zone/").append(zone));
		}
		text.append(Multiaddr.ofHost(ip)).append('/').append(layer).append('/').append(socketAddress.getPort());
		return Multiaddr.parse(text + above);
	}

	/** A socket tells the number of its interface, seldom the name. */
	private static Optional<String> zone(Inet6Address ip) {
		NetworkInterface known = ip.getScopedInterface();
		if (known != null || ip.getScopeId() == 0) {
			return Optional.ofNullable(known).map(NetworkInterface::getName);
		}
		try {
			return Optional.ofNullable(NetworkInterface.getByIndex(ip.getScopeId())).map(NetworkInterface::getName);
		}
		catch (SocketException ex) {
			return Optional.empty();
		}
	}

	private static boolean isIp(String protocol) {
		return protocol.equals("ip4") || protocol.equals("ip6");
	}

	private static boolean isLayer(String protocol) {
		return protocol.equals(TCP) || protocol.equals(UDP);
	}

	private static Optional<InetAddress> inetAddress(String text, String zone) {
		byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
		try {
			if (bytes == null || bytes.length == 4) {
				return (bytes != null) ? Optional.of(InetAddress.getByAddress(bytes)) : Optional.empty();
			}
			if (zone.isEmpty()) {
				// Not InetAddress.getByAddress: it turns ::ffff:0:0/96 into IPv4.
				return Optional.of(Inet6Address.getByAddress(null, bytes, -1));
			}
			NetworkInterface scope = NetworkInterface.getByName(zone);
			return (scope != null) ? Optional.of(Inet6Address.getByAddress(null, bytes, scope)) : Optional.empty();
		}
		catch (UnknownHostException | SocketException ex) {
			// The zone has no address of this kind, or cannot be looked at: not ours.
			return Optional.empty();
		}
	}

}
