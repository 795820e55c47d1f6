package io.p2pboot.libp2p;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * A range of IP addresses: CIDR notation, such as {@code 192.0.2.0/24},
 * {@code 2001:db8::/32}, or a single address. Immutable. An IPv4 address that is written
 * as IPv6 ({@code ::ffff:192.0.2.1}) is that IPv4 address.
 *
 * @param address the first address, with no bit set behind the prefix
 * @param prefixBits how many leading bits all addresses share; 0 to 32 for IPv4, 0 to 128
 * for IPv6
 */
public record IpNetwork(InetAddress address, int prefixBits) {

	/** Of this process: multiply-shift hashing. */
	private static final long[] HASH_KEYS = new SecureRandom().longs(9).toArray();

	/**
	 * Checks the network.
	 * @param address the first address
	 * @param prefixBits the length of the prefix
	 * @throws IllegalArgumentException if the prefix is too long, or bits behind it are
	 * set
	 */
	public IpNetwork {
		if (prefixBits < 0 || prefixBits > bits(address)) {
			throw new IllegalArgumentException("The prefix of " + address.getHostAddress() + " is 0 to " + bits(address)
					+ " bits long, was " + prefixBits);
		}
		if (!masked(address, prefixBits).equals(address)) {
			throw new IllegalArgumentException(
					address.getHostAddress() + "/" + prefixBits + " has bits set behind its prefix");
		}
	}

	/**
	 * Returns the network of an address.
	 * @param address the address
	 * @param prefixBits the length of the prefix
	 * @return the network
	 * @throws IllegalArgumentException if the prefix is too long
	 */
	public static IpNetwork of(InetAddress address, int prefixBits) {
		if (prefixBits < 0 || prefixBits > bits(address)) {
			throw new IllegalArgumentException("The prefix of " + address.getHostAddress() + " is 0 to " + bits(address)
					+ " bits long, was " + prefixBits);
		}
		return new IpNetwork(masked(address, prefixBits), prefixBits);
	}

	/**
	 * Reads a network. Looks up no name.
	 * @param text an address, or an address, a slash and the length of the prefix
	 * @return the network
	 * @throws IllegalArgumentException if the text is not a network
	 */
	public static IpNetwork parse(String text) {
		int slash = text.indexOf('/');
		String host = (slash < 0) ? text : text.substring(0, slash);
		try {
			Multiaddr address = Multiaddr.parse((host.contains(":") ? "/ip6/" : "/ip4/") + host);
			InetAddress first = addressOf(address).orElseThrow(IllegalArgumentException::new);
			int prefix = (slash < 0) ? bits(first) : Integer.parseInt(text.substring(slash + 1));
			return new IpNetwork(first, prefix);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException(
					"'" + text + "' is not an IP network" + ((ex.getMessage() != null) ? ": " + ex.getMessage() : ""),
					ex);
		}
	}

	/**
	 * Returns the IP address that a multiaddr leads to directly.
	 * @param address the multiaddr
	 * @return the IP address; empty for a name, and for an address through a relay, whose
	 * own address is not that of the peer
	 */
	public static Optional<InetAddress> addressOf(Multiaddr address) {
		return address.has(MultiaddrProtocol.P2P_CIRCUIT) ? Optional.empty() : address.ipAddress();
	}

	/**
	 * Returns whether an address belongs to this network.
	 * @param candidate the address
	 * @return whether it does
	 */
	public boolean contains(InetAddress candidate) {
		return bits(candidate) == bits(this.address) && masked(candidate, this.prefixBits).equals(this.address);
	}

	/** Others choose addresses: they are not to choose where they lie in a table. */
	@Override
	public int hashCode() {
		ByteBuffer bytes = ByteBuffer.wrap(this.address.getAddress());
		long hash = this.prefixBits * HASH_KEYS[0];
		for (int part = 1; bytes.hasRemaining(); part++) {
			hash += (bytes.getInt() + HASH_KEYS[part]) * HASH_KEYS[part + 4];
		}
		return (int) (hash >>> 32);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof IpNetwork network && this.prefixBits == network.prefixBits
				&& this.address.equals(network.address);
	}

	private static int bits(InetAddress address) {
		return address.getAddress().length * 8;
	}

	private static InetAddress masked(InetAddress address, int prefixBits) {
		byte[] bytes = address.getAddress();
		for (int index = 0; index < bytes.length; index++) {
			int kept = Math.max(0, Math.min(8, prefixBits - 8 * index));
			bytes[index] &= (byte) (0xFF00 >> kept);
		}
		return inetAddress(bytes);
	}

	private static InetAddress inetAddress(byte[] bytes) {
		try {
			return InetAddress.getByAddress(bytes);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException("An address of 4 or 16 bytes is always known", ex);
		}
	}

	/**
	 * Returns the network in CIDR notation.
	 * @return for example {@code 192.0.2.0/24}
	 */
	@Override
	public String toString() {
		return this.address.getHostAddress() + "/" + this.prefixBits;
	}

}
