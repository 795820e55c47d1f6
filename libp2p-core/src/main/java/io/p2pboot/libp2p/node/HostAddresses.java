package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The IP addresses of this host, looked up now and then only: whoever identifies us asks
 * for them. Any thread; guarded by {@code lock}.
 */
final class HostAddresses implements Supplier<List<InetAddress>> {

	/** How long the addresses are taken to be the same. */
	static final Duration LIFETIME = Duration.ofSeconds(5);

	/**
	 * How many addresses are taken; a host that routes whole networks to itself may have
	 * thousands.
	 */
	static final int MAX_ADDRESSES = 64;

	private final LongSupplier nanoTime;

	private final Interfaces interfaces;

	private final ReentrantLock lock = new ReentrantLock();

	private List<InetAddress> known = List.of();

	private long untilNanos;

	/** Lists the interfaces, as {@link NetworkInterface#getNetworkInterfaces} does. */
	interface Interfaces {

		List<NetworkInterface> list() throws IOException;

	}

	HostAddresses(LongSupplier nanoTime) {
		this(nanoTime, () -> Collections.list(NetworkInterface.getNetworkInterfaces()));
	}

	HostAddresses(LongSupplier nanoTime, Interfaces interfaces) {
		this.nanoTime = nanoTime;
		this.interfaces = interfaces;
		this.untilNanos = nanoTime.getAsLong();
	}

	/** Every address but link-local ones, which need a zone. */
	@Override
	public List<InetAddress> get() {
		this.lock.lock();
		try {
			long now = this.nanoTime.getAsLong();
			if (now - this.untilNanos >= 0) {
				this.known = lookUp();
				this.untilNanos = now + LIFETIME.toNanos();
			}
			return this.known;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Whether this host has IPv6 at all; its loopback has an address then. */
	static boolean haveIp6() {
		try {
			return NetworkInterface.networkInterfaces()
				.flatMap(NetworkInterface::inetAddresses)
				.anyMatch(Inet6Address.class::isInstance);
		}
		catch (SocketException ex) {
			return false;
		}
	}

	private List<InetAddress> lookUp() {
		try {
			return this.interfaces.list()
				.stream()
				.flatMap(HostAddresses::addresses)
				.filter((host) -> !host.isLinkLocalAddress())
				.limit(MAX_ADDRESSES)
				.toList();
		}
		catch (IOException ex) {
			return List.of(InetAddress.getLoopbackAddress());
		}
	}

	/** An interface that goes away meanwhile has none. */
	private static Stream<InetAddress> addresses(NetworkInterface network) {
		try {
			return network.isUp() ? Collections.list(network.getInetAddresses()).stream() : Stream.empty();
		}
		catch (SocketException ex) {
			return Stream.empty();
		}
	}

}
