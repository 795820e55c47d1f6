package io.p2pboot.libp2p.transport.memory;

import java.net.SocketAddress;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * One end of a connection in memory. Immutable.
 */
final class MemoryAddress extends SocketAddress {

	private static final long serialVersionUID = 1L;

	private static final String PREFIX = "/memory/";

	private final long port;

	MemoryAddress(long port) {
		this.port = port;
	}

	/** Takes {@code /memory/<n>} apart, with or without {@code /p2p} at its end. */
	static Optional<MemoryAddress> parse(Multiaddr address) {
		String text = address.toString();
		String[] parts = text.split("/");
		boolean bare = parts.length == 3 || (parts.length == 5 && parts[3].equals("p2p"));
		if (!text.startsWith(PREFIX) || !bare) {
			return Optional.empty();
		}
		return Optional.of(new MemoryAddress(Long.parseUnsignedLong(parts[2])));
	}

	long port() {
		return this.port;
	}

	Multiaddr toMultiaddr() {
		return Multiaddr.parse(toString());
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof MemoryAddress address && address.port == this.port;
	}

	@Override
	public int hashCode() {
		return Long.hashCode(this.port);
	}

	@Override
	public String toString() {
		return PREFIX + Long.toUnsignedString(this.port);
	}

}
