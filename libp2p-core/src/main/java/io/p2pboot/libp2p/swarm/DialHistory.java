package io.p2pboot.libp2p.swarm;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.NodeObserver.BlackHoleState;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;

/**
 * What earlier dials taught: at which addresses peers answered lately, and whether this
 * network carries UDP and IPv6 to the internet at all. Any thread; guarded by
 * {@code lock}.
 */
final class DialHistory {

	/** How long an address counts as good. */
	static final Duration GOOD_FOR = Duration.ofHours(1);

	/** How many good addresses are remembered; the oldest make room. */
	static final int MAX_GOOD = 4096;

	private record Good(PeerId peer, Multiaddr address) {
	}

	private final LongSupplier nanoTime;

	private final NodeObserver observer;

	private final ReentrantLock lock = new ReentrantLock();

	private final BlackHoleDetector udp = new BlackHoleDetector();

	private final BlackHoleDetector ip6 = new BlackHoleDetector();

	private final Map<Good, Long> good = new LinkedHashMap<>() {

		private static final long serialVersionUID = 1L;

		@Override
		protected boolean removeEldestEntry(Map.Entry<Good, Long> eldest) {
			return size() > MAX_GOOD;
		}

	};

	DialHistory(LongSupplier nanoTime, NodeObserver observer) {
		this.nanoTime = nanoTime;
		this.observer = observer;
	}

	/** Whether the peer answered at the address lately. */
	boolean isGood(PeerId peer, Multiaddr address) {
		this.lock.lock();
		try {
			Long since = this.good.get(new Good(peer, address));
			return since != null && this.nanoTime.getAsLong() - since < GOOD_FOR.toNanos();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether the network seems to swallow what goes to the address. Each call counts as
	 * a dial that is about to be made.
	 */
	boolean comesLast(Multiaddr address) {
		Optional<InetAddress> host = onInternet(address);
		if (host.isEmpty()) {
			return false;
		}
		this.lock.lock();
		try {
			boolean byUdp = address.has(MultiaddrProtocol.UDP) && this.udp.comesLast();
			boolean byIp6 = host.get() instanceof Inet6Address && this.ip6.comesLast();
			return byUdp || byIp6;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Somebody answered at the address, whoever it was. */
	void answered(Multiaddr address) {
		ended(address, true);
	}

	/** The peer itself answered at the address. */
	void good(PeerId peer, Multiaddr address) {
		this.lock.lock();
		try {
			Good entry = new Good(peer, address);
			this.good.remove(entry);
			this.good.put(entry, this.nanoTime.getAsLong());
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Nobody answered at the address, or not as the peer does. */
	void failed(PeerId peer, Multiaddr address) {
		this.lock.lock();
		try {
			this.good.remove(new Good(peer, address));
		}
		finally {
			this.lock.unlock();
		}
		ended(address, false);
	}

	private void ended(Multiaddr address, boolean success) {
		Optional<InetAddress> host = onInternet(address);
		if (host.isEmpty()) {
			return;
		}
		if (address.has(MultiaddrProtocol.UDP)) {
			ended("UDP", this.udp, success);
		}
		if (host.get() instanceof Inet6Address) {
			ended("IPv6", this.ip6, success);
		}
	}

	private void ended(String name, BlackHoleDetector detector, boolean success) {
		BlackHoleState state;
		double fraction;
		int nextProbeAfter;
		this.lock.lock();
		try {
			detector.ended(success);
			state = detector.state();
			fraction = detector.successFraction();
			nextProbeAfter = detector.nextProbeAfter();
		}
		finally {
			this.lock.unlock();
		}
		this.observer.blackHole(name, state, fraction, nextProbeAfter);
	}

	/**
	 * The host of an address on the internet; a network of one's own carries anything.
	 */
	private static Optional<InetAddress> onInternet(Multiaddr address) {
		return address.ipSocketAddress()
			.map(InetSocketAddress::getAddress)
			.filter((host) -> AddressScope.of(host) == AddressScope.INTERNET);
	}

}
