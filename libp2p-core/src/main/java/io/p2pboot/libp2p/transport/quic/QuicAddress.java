package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.transport.IpEndpoint;

/**
 * The addresses of QUIC v1.
 */
final class QuicAddress {

	private static final String ABOVE = "/quic-v1";

	private QuicAddress() {
	}

	static Optional<InetSocketAddress> parse(Multiaddr address) {
		return IpEndpoint.parse(address)
			.filter((endpoint) -> endpoint.layer().equals(IpEndpoint.UDP) && endpoint.above().equals(ABOVE))
			.map(IpEndpoint::socketAddress);
	}

	static Multiaddr format(InetSocketAddress socketAddress) {
		return IpEndpoint.format(socketAddress, IpEndpoint.UDP, ABOVE);
	}

}
