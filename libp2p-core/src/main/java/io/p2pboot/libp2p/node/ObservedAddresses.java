package io.p2pboot.libp2p.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * What peers say our address is, as far as it is plausible. An address counts as often as
 * there are distinct observers: peers of one network (an IPv4 address, a /56 of IPv6)
 * count once, since one person may run them all. Any thread; guarded by {@code lock}.
 */
final class ObservedAddresses {

	/** How many addresses are kept; one more takes the place of the least observed. */
	static final int MAX_ADDRESSES = 64;

	/** How many addresses the peers of one network may say; one more is ignored. */
	static final int MAX_PER_NETWORK = 8;

	/** How many distinct observers make an address one that we tell, as go-libp2p. */
	static final int MIN_OBSERVERS = 4;

	/** How many such addresses we tell. */
	static final int MAX_CONFIRMED = 8;

	private static final int IP6_NETWORK_BYTES = 7;

	private final Supplier<List<Multiaddr>> listening;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<Multiaddr, Set<Connection>> observers = new LinkedHashMap<>();

	ObservedAddresses(Supplier<List<Multiaddr>> listening) {
		this.listening = listening;
	}

	/** Adds what a peer says, in the place of what it said before on the connection. */
	void add(Connection connection, Multiaddr observed) {
		boolean plausible = isPlausible(connection, observed);
		this.lock.lock();
		try {
			removeLocked(connection);
			if (plausible && (this.observers.containsKey(observed) || makeRoom(network(connection)))) {
				this.observers.computeIfAbsent(observed, (key) -> new HashSet<>()).add(connection);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Whether there is room for one more address that a network says. */
	private boolean makeRoom(Object network) {
		long said = this.observers.values()
			.stream()
			.filter((by) -> by.stream().anyMatch((connection) -> network(connection).equals(network)))
			.count();
		if (said >= MAX_PER_NETWORK) {
			return false;
		}
		if (this.observers.size() == MAX_ADDRESSES) {
			this.observers.entrySet()
				.stream()
				.min(Comparator.comparingLong((entry) -> distinct(entry.getValue())))
				.map(Map.Entry::getKey)
				.ifPresent(this.observers::remove);
		}
		return true;
	}

	/**
	 * Others can dial it if it stands for a listener of ours, not for the port that one
	 * connection was dialled from; and a peer cannot see us nearer than it is.
	 */
	private boolean isPlausible(Connection connection, Multiaddr observed) {
		AddressScope distance = AddressScope.of(connection.remoteAddress());
		Multiaddr local = connection.localAddress();
		return AddressScope.of(observed).reaches(distance) && protocols(observed).equals(protocols(local))
				&& this.listening.get().stream().anyMatch((listener) -> accepts(listener, local));
	}

	private static List<MultiaddrProtocol> protocols(Multiaddr address) {
		return address.components().stream().map(Multiaddr.Component::protocol).toList();
	}

	private static boolean accepts(Multiaddr listener, Multiaddr local) {
		boolean anyHost = listener.ipSocketAddress()
			.map((socket) -> socket.getAddress().isAnyLocalAddress())
			.orElse(false);
		return anyHost ? aboveHost(listener).equals(aboveHost(local)) : listener.equals(local);
	}

	private static List<Multiaddr.Component> aboveHost(Multiaddr address) {
		return address.components().subList(1, address.components().size());
	}

	void remove(Connection connection) {
		this.lock.lock();
		try {
			removeLocked(connection);
		}
		finally {
			this.lock.unlock();
		}
	}

	private void removeLocked(Connection connection) {
		this.observers.values().removeIf((by) -> by.remove(connection) && by.isEmpty());
	}

	/** The addresses, those with the most distinct observers first. */
	List<Multiaddr> all() {
		return observedBy(1);
	}

	/** The addresses that enough distinct observers say, those of the most first. */
	List<Multiaddr> confirmed() {
		return observedBy(MIN_OBSERVERS).stream().limit(MAX_CONFIRMED).toList();
	}

	private List<Multiaddr> observedBy(int least) {
		Map<Multiaddr, Long> counts = new LinkedHashMap<>();
		this.lock.lock();
		try {
			this.observers.forEach((address, by) -> counts.put(address, distinct(by)));
		}
		finally {
			this.lock.unlock();
		}
		return counts.entrySet()
			.stream()
			.filter((entry) -> entry.getValue() >= least)
			.sorted(Map.Entry.<Multiaddr, Long>comparingByValue().reversed())
			.map(Map.Entry::getKey)
			.toList();
	}

	private static long distinct(Set<Connection> connections) {
		return connections.stream().map(ObservedAddresses::network).distinct().count();
	}

	/** What one person can be taken to have one of. */
	private static Object network(Connection connection) {
		Optional<InetAddress> host = connection.remoteAddress().ipSocketAddress().map(InetSocketAddress::getAddress);
		if (host.isEmpty() || host.get().isLoopbackAddress()) {
			return connection.remotePeer();
		}
		byte[] bytes = host.get().getAddress();
		return ByteBuffer.wrap(bytes, 0, (host.get() instanceof Inet6Address) ? IP6_NETWORK_BYTES : bytes.length);
	}

}
