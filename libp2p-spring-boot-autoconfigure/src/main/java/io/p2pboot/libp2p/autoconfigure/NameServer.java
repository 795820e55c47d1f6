package io.p2pboot.libp2p.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.netty.util.NetUtil;

/**
 * Reads the address of a name server. Stateless.
 */
final class NameServer {

	private static final String PROPERTY = "libp2p.dns.server";

	private static final int PORT = 53;

	private static final int HIGHEST_PORT = 65_535;

	/** An IPv6 address has brackets where a port follows, and may have them without. */
	private static final Pattern ADDRESS = Pattern
		.compile("(?:\\[([0-9a-fA-F:.]+)]|([0-9a-fA-F]*:[0-9a-fA-F:.]+)|([0-9.]+))(?::(\\d{1,5}))?");

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
			throw refused(text);
		}
		String host = (matcher.group(1) != null) ? matcher.group(1)
				: (matcher.group(2) != null) ? matcher.group(2) : matcher.group(3);
		int port = (matcher.group(4) != null && matcher.group(2) == null) ? Integer.parseInt(matcher.group(4)) : PORT;
		if (port < 1 || port > HIGHEST_PORT) {
			throw refused(text);
		}
		try {
			byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
			if (address == null) {
				throw refused(text);
			}
			return new InetSocketAddress(InetAddress.getByAddress(address), port);
		}
		catch (UnknownHostException ex) {
			throw refused(text);
		}
	}

	private static InvalidSettingException refused(String text) {
		return new InvalidSettingException(PROPERTY, text, "it is not an IP address with or without a port",
				"Set it to an IP address, for example 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353.", null);
	}

}
