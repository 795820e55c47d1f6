package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.Optional;

/**
 * Asks the system which of its addresses leads to another. Sends nothing. Thread-safe;
 * does not block.
 */
public final class SourceAddress {

	private SourceAddress() {
	}

	/**
	 * Returns the address that packets to a peer leave from.
	 * @param remote the peer
	 * @return our address; empty where no route leads there
	 */
	public static Optional<InetAddress> towards(InetSocketAddress remote) {
		boolean ip6 = remote.getAddress() instanceof Inet6Address;
		try (DatagramChannel socket = DatagramChannel
			.open(ip6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)) {
			socket.connect(remote);
			return Optional.of(((InetSocketAddress) socket.getLocalAddress()).getAddress());
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

}
