package io.p2pboot.libp2p.mdns;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;

/**
 * An interface of this host, in one family of addresses. Immutable.
 *
 * @param name the name of the interface
 * @param index its number
 * @param ip6 the family
 * @param subnets its addresses, each with the network behind it; at least one
 */
record Link(String name, int index, boolean ip6, List<Subnet> subnets) {

	/**
	 * An address and its network.
	 *
	 * @param address the address
	 * @param prefix how many bits tell the network
	 */
	record Subnet(InetAddress address, int prefix) {

		boolean contains(InetAddress other) {
			byte[] ours = this.address.getAddress();
			byte[] theirs = other.getAddress();
			if (ours.length != theirs.length) {
				return false;
			}
			for (int bit = 0; bit < this.prefix; bit++) {
				int mask = 0x80 >> (bit % Byte.SIZE);
				if (((ours[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & mask) != 0) {
					return false;
				}
			}
			return true;
		}

	}

	/**
	 * Whether somebody with this address is on the link. A link-local address may name
	 * the interface it belongs to.
	 */
	boolean has(InetAddress address) {
		boolean otherInterface = address instanceof Inet6Address scoped && scoped.getScopeId() != 0
				&& scoped.getScopeId() != this.index;
		return !otherInterface && this.subnets.stream().anyMatch((subnet) -> subnet.contains(address));
	}

	/**
	 * What tells it from other links, whatever its addresses are now. An interface that
	 * was made anew under its name is another one: what was opened on the one before
	 * hears nothing any more.
	 */
	String key() {
		return this.name + "%" + this.index + (this.ip6 ? "/6" : "/4");
	}

	/** Whether it is the same link, whatever its addresses are now. */
	boolean isSame(Link other) {
		return key().equals(other.key());
	}

	/** The address to show in an A or AAAA record. */
	InetAddress host() {
		return this.subnets.stream()
			.map(Subnet::address)
			.filter((address) -> address instanceof Inet4Address || !address.isLinkLocalAddress())
			.findFirst()
			.orElse(this.subnets.get(0).address());
	}

}
