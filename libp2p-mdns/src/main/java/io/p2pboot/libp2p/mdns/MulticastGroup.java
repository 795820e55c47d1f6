package io.p2pboot.libp2p.mdns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Inet6Address;
import java.net.UnknownHostException;

/**
 * Where packets go. Immutable.
 *
 * @param port the port
 */
record MulticastGroup(int port) {

	/** RFC 6762, section 3. */
	static final MulticastGroup STANDARD = new MulticastGroup(5353);

	private static final byte[] IP4 = { (byte) 224, 0, 0, (byte) 251 };

	private static final byte[] IP6 = { (byte) 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFB };

	/** The group, seen from a link. */
	InetSocketAddress on(Link link) {
		try {
			InetAddress group = link.ip6() ? Inet6Address.getByAddress(null, IP6, link.index())
					: InetAddress.getByAddress(IP4);
			return new InetSocketAddress(group, this.port);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException("An address of 4 or 16 bytes is always known", ex);
		}
	}

	/** Every address of a family. */
	InetSocketAddress any(boolean ip6) {
		try {
			return new InetSocketAddress(InetAddress.getByAddress(new byte[ip6 ? IP6.length : IP4.length]), this.port);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException("An address of 4 or 16 bytes is always known", ex);
		}
	}

}
