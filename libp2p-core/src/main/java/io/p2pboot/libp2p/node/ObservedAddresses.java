package io.p2pboot.libp2p.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

	private final Runnable changed;

	private final ReentrantLock lock = new ReentrantLock();

	/** What each connection's peer says, of the addresses that are kept. */
	private final Map<Connection, Said> said = new HashMap<>();

	/** How often each network says an address. */
	private final Map<Multiaddr, Map<Object, Integer>> observers = new LinkedHashMap<>();

	private record Said(Multiaddr address, Object network) {
	}

	/**
	 * Creates it.
	 * @param listening what is listened on
	 * @param changed runs when other addresses are confirmed than before
	 */
	ObservedAddresses(Supplier<List<Multiaddr>> listening, Runnable changed) {
		this.listening = listening;
		this.changed = changed;
	}

	/** Adds what a peer says, in the place of what it said before on the connection. */
	void add(Connection connection, Multiaddr observed) {
		Said saying = new Said(observed, network(connection));
		boolean plausible = isPlausible(connection, observed);
		change(() -> {
			removeLocked(connection);
			// The end of a connection is told before the ends of its streams: what those
			// still bring must not stay. One that ends from here on is removed after
			// this.
			if (plausible && connection.isOpen()
					&& (this.observers.containsKey(observed) || makeRoom(saying.network()))) {
				this.said.put(connection, saying);
				this.observers.computeIfAbsent(observed, (key) -> new HashMap<>())
					.merge(saying.network(), 1, Integer::sum);
			}
		});
	}

	void remove(Connection connection) {
		change(() -> removeLocked(connection));
	}

	/** Changes what was said, and tells if other addresses are confirmed then. */
	private void change(Runnable change) {
		boolean others;
		this.lock.lock();
		try {
			List<Multiaddr> before = confirmed();
			change.run();
			others = !confirmed().equals(before);
		}
		finally {
			this.lock.unlock();
		}
		if (others) {
			this.changed.run();
		}
	}

	private void removeLocked(Connection connection) {
		Said before = this.said.remove(connection);
		Map<Object, Integer> by = (before != null) ? this.observers.get(before.address()) : null;
		if (before != null && by != null) {
			by.computeIfPresent(before.network(), (network, times) -> (times > 1) ? times - 1 : null);
			if (by.isEmpty()) {
				this.observers.remove(before.address());
			}
		}
	}

	/** Whether there is room for one more address that a network says. */
	private boolean makeRoom(Object network) {
		long named = this.observers.values().stream().filter((by) -> by.containsKey(network)).count();
		if (named >= MAX_PER_NETWORK) {
			return false;
		}
		if (this.observers.size() == MAX_ADDRESSES) {
			this.observers.entrySet()
				.stream()
				.min(Comparator.comparingInt((entry) -> entry.getValue().size()))
				.map(Map.Entry::getKey)
				.ifPresent(this::forget);
		}
		return true;
	}

	private void forget(Multiaddr address) {
		this.observers.remove(address);
		this.said.values().removeIf((saying) -> saying.address().equals(address));
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

	/** The addresses, those with the most distinct observers first. */
	List<Multiaddr> all() {
		return observedBy(1, MAX_ADDRESSES);
	}

	/**
	 * The addresses that enough distinct observers say, those of the most where there are
	 * many. In the order in which they were first said: one more observer is no change.
	 */
	List<Multiaddr> confirmed() {
		this.lock.lock();
		try {
			if (this.observers.isEmpty()) {
				return List.of();
			}
			List<Multiaddr> most = observedBy(MIN_OBSERVERS, MAX_CONFIRMED);
			return this.observers.keySet().stream().filter(most::contains).toList();
		}
		finally {
			this.lock.unlock();
		}
	}

	private List<Multiaddr> observedBy(int least, int limit) {
		this.lock.lock();
		try {
			Comparator<Map.Entry<Multiaddr, Map<Object, Integer>>> byObservers = Comparator
				.comparingInt((entry) -> entry.getValue().size());
			return this.observers.entrySet()
				.stream()
				.filter((entry) -> entry.getValue().size() >= least)
				.sorted(byObservers.reversed())
				.limit(limit)
				.map(Map.Entry::getKey)
				.toList();
		}
		finally {
			this.lock.unlock();
		}
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
