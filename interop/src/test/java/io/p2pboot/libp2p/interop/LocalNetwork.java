package io.p2pboot.libp2p.interop;

import java.util.List;

/**
 * Two hosts on one network: two network namespaces with a cable between them, each with a
 * default route, without which Go and JavaScript send no multicast. Needs root.
 */
final class LocalNetwork implements AutoCloseable {

	private static final List<String> ADDRESSES = List.of("10.97.0.1/24", "10.97.0.2/24");

	private final NetworkNamespace left;

	private final NetworkNamespace right;

	private LocalNetwork(NetworkNamespace left, NetworkNamespace right) {
		this.left = left;
		this.right = right;
	}

	static LocalNetwork create() {
		NetworkNamespace left = NetworkNamespace.create("c");
		try {
			LocalNetwork network = new LocalNetwork(left, NetworkNamespace.create("d"));
			try {
				network.connect();
				return network;
			}
			catch (RuntimeException ex) {
				network.right.close();
				throw ex;
			}
		}
		catch (RuntimeException ex) {
			left.close();
			throw ex;
		}
	}

	private void connect() {
		this.left.ip("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", this.right.name());
		setUp(this.left, ADDRESSES.get(0));
		setUp(this.right, ADDRESSES.get(1));
	}

	private static void setUp(NetworkNamespace host, String address) {
		host.ip("address", "add", address, "dev", "cable");
		host.ip("link", "set", "cable", "up");
		host.ip("route", "add", "default", "dev", "cable");
	}

	NetworkNamespace left() {
		return this.left;
	}

	NetworkNamespace right() {
		return this.right;
	}

	/** Takes both hosts away, and the cable with them. */
	@Override
	public void close() {
		try {
			this.left.close();
		}
		finally {
			this.right.close();
		}
	}

}
