package io.p2pboot.libp2p.interop;

import java.util.List;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two hosts with a cable between them that loses packets, both ways: two network
 * namespaces, a veth pair of 1,500 bytes with all offloads off, so that a packet is a
 * packet, and a rule of nftables at either end that counts what it drops. Needs root.
 */
final class LossyLink implements AutoCloseable {

	private static final String RULES = """
			table inet loss {
			  counter lost { }
			  chain inbound {
			    type filter hook prerouting priority -300;
			    iifname "%s" numgen random mod 100 < %d counter name lost drop
			  }
			}
			""";

	/**
	 * One end.
	 *
	 * @param namespace its network namespace
	 * @param device its end of the cable
	 * @param address its address
	 */
	record Host(NetworkNamespace namespace, String device, String address) {

		static Host create(String suffix, String address) {
			NetworkNamespace namespace = NetworkNamespace.create(suffix);
			return new Host(namespace, "veth" + namespace.name(), address);
		}

		/** How many packets that were sent to this end are lost. */
		long lost() {
			JsonNode told = JsonMapper.shared()
				.readTree(this.namespace.output("nft", "-j", "list", "counters", "table", "inet", "loss"));
			return told.path("nftables")
				.valueStream()
				.filter((each) -> each.has("counter"))
				.mapToLong((each) -> each.path("counter").path("packets").asLong())
				.sum();
		}

		private void setUp(int percent) {
			this.namespace.ip("address", "add", this.address + "/24", "dev", this.device);
			this.namespace.output("ethtool", "-K", this.device, "gso", "off", "gro", "off", "tso", "off",
					"tx-udp-segmentation", "off");
			this.namespace.ip("link", "set", this.device, "mtu", "1500", "up");
			NetworkNamespace.run(this.namespace.command(List.of("nft", "-f", "-")),
					RULES.formatted(this.device, percent));
		}

	}

	private final Host left;

	private final Host right;

	private LossyLink(Host left, Host right) {
		this.left = left;
		this.right = right;
	}

	/** Aborts the test, or fails it, where such a link cannot be made. */
	static void require() {
		NetworkNamespace.require("nft", "ethtool");
	}

	/** Makes a link that loses so many packets of a hundred in each direction. */
	static LossyLink create(int percent) {
		Host left = Host.create("a", "10.98.0.1");
		try {
			LossyLink link = new LossyLink(left, Host.create("b", "10.98.0.2"));
			try {
				link.connect(percent);
				return link;
			}
			catch (RuntimeException ex) {
				link.right.namespace().close();
				throw ex;
			}
		}
		catch (RuntimeException ex) {
			left.namespace().close();
			throw ex;
		}
	}

	private void connect(int percent) {
		this.left.namespace()
			.ip("link", "add", this.left.device(), "type", "veth", "peer", "name", this.right.device(), "netns",
					this.right.namespace().name());
		this.left.setUp(percent);
		this.right.setUp(percent);
	}

	Host left() {
		return this.left;
	}

	Host right() {
		return this.right;
	}

	/** Takes both ends away, and the cable with them. */
	@Override
	public void close() {
		try {
			this.left.namespace().close();
		}
		finally {
			this.right.namespace().close();
		}
	}

}
