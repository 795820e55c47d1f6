package io.p2pboot.libp2p.transport.memory;

import java.net.BindException;
import java.net.ConnectException;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The addresses {@code /memory/<n>} that nodes of one process reach each other at. Nodes
 * that share a network see each other; two networks are apart. Thread-safe.
 */
public final class MemoryNetwork {

	private static final MemoryNetwork GLOBAL = new MemoryNetwork();

	/** Free numbers are given from here on, clear of those that people pick. */
	private static final long FIRST_FREE_PORT = 1L << 32;

	private final ConcurrentNavigableMap<Long, Consumer<MemoryChannel>> listeners = new ConcurrentSkipListMap<>();

	/** Dials as responder that wait for the other end's. */
	private final ConcurrentMap<Crossing, Predicate<MemoryChannel>> crossings = new ConcurrentHashMap<>();

	private final AtomicLong nextFreePort = new AtomicLong(FIRST_FREE_PORT);

	/** A dial that is waited for. */
	private record Crossing(MemoryAddress from, MemoryAddress to) {
	}

	private MemoryNetwork() {
	}

	/**
	 * Creates a network apart from all others.
	 * @return a network without addresses
	 */
	public static MemoryNetwork create() {
		return new MemoryNetwork();
	}

	/**
	 * Returns the network of this process, which transports use unless given another.
	 * @return the one network
	 */
	public static MemoryNetwork global() {
		return GLOBAL;
	}

	/** Binds; the consumer gets our end of each connection, unregistered. */
	MemoryAddress listen(MemoryAddress address, Consumer<MemoryChannel> accepted) throws BindException {
		if (address.port() == 0) {
			MemoryAddress free = freeAddress();
			while (this.listeners.putIfAbsent(free.port(), accepted) != null) {
				free = freeAddress();
			}
			return free;
		}
		if (this.listeners.putIfAbsent(address.port(), accepted) != null) {
			throw new BindException("Address already in use");
		}
		return address;
	}

	/** Unbinds what {@link #listen} bound; another's binding stays. */
	void unlisten(MemoryAddress address, Consumer<MemoryChannel> accepted) {
		this.listeners.remove(address.port(), accepted);
	}

	/**
	 * Waits for one dial; the predicate gets our end of it, unregistered, and says
	 * whether it takes it in the listener's place.
	 * @return ends the wait
	 */
	Runnable expect(MemoryAddress from, MemoryAddress to, Predicate<MemoryChannel> crossed) throws BindException {
		Crossing crossing = new Crossing(from, to);
		if (this.crossings.putIfAbsent(crossing, crossed) != null) {
			throw new BindException("Another dial waits for that peer already");
		}
		return () -> this.crossings.remove(crossing, crossed);
	}

	/**
	 * Connects; returns the dialler's end, unregistered.
	 * @param bound the dialler's own address; empty for a free one
	 */
	MemoryChannel connect(Optional<MemoryAddress> bound, MemoryAddress address) throws ConnectException {
		MemoryAddress from = bound.orElseGet(this::freeAddress);
		Predicate<MemoryChannel> crossed = this.crossings.remove(new Crossing(from, address));
		Consumer<MemoryChannel> accepted = this.listeners.get(address.port());
		if (accepted == null) {
			throw new ConnectException("Connection refused: nothing listens there");
		}
		MemoryPipe there = new MemoryPipe();
		MemoryPipe back = new MemoryPipe();
		MemoryChannel other = new MemoryChannel(address, from, there, back);
		if (crossed == null || !crossed.test(other)) {
			accepted.accept(other);
		}
		return new MemoryChannel(from, address, back, there);
	}

	private MemoryAddress freeAddress() {
		return new MemoryAddress(this.nextFreePort.getAndIncrement());
	}

}
