package io.p2pboot.libp2p.autoconfigure;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Reads the address of a name server. Stateless.
 */
final class NameServer {

	private static final String PROPERTY = "libp2p.dns.server";

	private static final String PORT = "53";

	/** An IPv6 address has brackets where a port follows, and may have them without. */
	private static final Pattern ADDRESS = Pattern
		.compile("(?:(?<ip4>[0-9.]+)|\\[(?<ip6>[0-9a-fA-F:.]+)])(?::(?<port>\\d{1,5}))?|(?<bare>[0-9a-fA-F:.]+)");

	private NameServer() {
	}

	/**
	 * Reads an address.
	 * @param text an IP address, with a port or without
	 * @return the address; with the port 53 where none was given
	 * @throws InvalidSettingException if it is not an IP address, or its port is not one
	 */
	static InetSocketAddress parse(String text) {
		Matcher matcher = ADDRESS.matcher(text.strip());
		if (!matcher.matches()) {
			throw refused(text, null);
		}
		String ip4 = matcher.group("ip4");
		String ip6 = (matcher.group("ip6") != null) ? matcher.group("ip6") : matcher.group("bare");
		String port = (matcher.group("port") != null) ? matcher.group("port") : PORT;
		String host = (ip4 != null) ? "/ip4/" + ip4 : "/ip6/" + ip6;
		try {
			InetSocketAddress address = Multiaddr.parse(host + "/tcp/" + port).ipSocketAddress().orElseThrow();
			if (address.getPort() == 0) {
				throw refused(text, null);
			}
			return address;
		}
		catch (IllegalArgumentException ex) {
			throw refused(text, ex);
		}
	}

	private static InvalidSettingException refused(String text, @Nullable Throwable cause) {
		return new InvalidSettingException(PROPERTY, text, "it is not an IP address with or without a port",
				"Set it to an IP address, for example 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353.", cause);
	}

}
