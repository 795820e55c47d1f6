package io.p2pboot.libp2p.node;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Our own addresses as others can dial them, and the record that signs them. Any thread;
 * the record and the hosts are guarded by {@code lock}.
 */
final class LocalAddresses {

	/** How long the addresses of this host are taken to be the same. */
	private static final Duration HOSTS_LIFETIME = Duration.ofSeconds(5);

	private final NodeConfig config;

	private final PeerId peerId;

	private final Supplier<List<Multiaddr>> bound;

	private final Supplier<List<Multiaddr>> confirmed;

	private final ReentrantLock lock = new ReentrantLock();

	private List<Multiaddr> signedAddresses = List.of();

	private @Nullable SignedEnvelope signed;

	private long sequence;

	private List<InetAddress> hosts = List.of();

	private long hostsUntilNanos = System.nanoTime();

	LocalAddresses(NodeConfig config, PeerId peerId, Supplier<List<Multiaddr>> bound,
			Supplier<List<Multiaddr>> confirmed) {
		this.config = config;
		this.peerId = peerId;
		this.bound = bound;
		this.confirmed = confirmed;
		this.sequence = config.clock().millis();
	}

	/**
	 * The announced addresses, else the bound ones with unspecified hosts expanded and
	 * those at which enough others see us.
	 */
	List<Multiaddr> dialable() {
		if (!this.config.announce().isEmpty()) {
			return this.config.announce();
		}
		List<Multiaddr> addresses = new ArrayList<>();
		this.bound.get().forEach((address) -> addresses.addAll(expand(address)));
		addresses.addAll(this.confirmed.get());
		return addresses.stream().distinct().toList();
	}

	/** Signs the addresses anew when they have changed, with a later sequence. */
	SignedEnvelope signedRecord() {
		List<Multiaddr> addresses = dialable();
		this.lock.lock();
		try {
			SignedEnvelope present = this.signed;
			if (present != null && addresses.equals(this.signedAddresses)) {
				return present;
			}
			this.sequence = Math.max(this.sequence + 1, this.config.clock().millis());
			SignedEnvelope made = new PeerRecord(this.peerId, this.sequence, addresses).seal(this.config.identity());
			this.signed = made;
			this.signedAddresses = addresses;
			return made;
		}
		finally {
			this.lock.unlock();
		}
	}

	private List<Multiaddr> expand(Multiaddr address) {
		boolean unspecified = address.ipSocketAddress()
			.map(InetSocketAddress::getAddress)
			.map(InetAddress::isAnyLocalAddress)
			.orElse(false);
		if (!unspecified) {
			return List.of(address);
		}
		boolean ip4 = address.has(MultiaddrProtocol.IP4);
		List<Multiaddr> expanded = new ArrayList<>();
		for (InetAddress host : knownHosts()) {
			if ((host instanceof Inet4Address) == ip4) {
				expanded.add(withHost(address, host));
			}
		}
		return expanded;
	}

	private static Multiaddr withHost(Multiaddr address, InetAddress host) {
		String text = address.toString();
		String rest = text.substring(text.indexOf('/', text.indexOf('/', 1) + 1));
		String family = (host instanceof Inet4Address) ? "/ip4/" : "/ip6/";
		return Multiaddr.parse(family + host.getHostAddress() + rest);
	}

	/** Looked up now and then only: whoever identifies us asks for them. */
	private List<InetAddress> knownHosts() {
		this.lock.lock();
		try {
			long now = System.nanoTime();
			if (now - this.hostsUntilNanos >= 0) {
				this.hosts = hosts();
				this.hostsUntilNanos = now + HOSTS_LIFETIME.toNanos();
			}
			return this.hosts;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Every address of this host but link-local ones, which need a zone. */
	private static List<InetAddress> hosts() {
		try {
			List<InetAddress> hosts = new ArrayList<>();
			for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
				if (network.isUp()) {
					Collections.list(network.getInetAddresses())
						.stream()
						.filter((host) -> !host.isLinkLocalAddress())
						.forEach(hosts::add);
				}
			}
			return hosts;
		}
		catch (SocketException ex) {
			return List.of(InetAddress.getLoopbackAddress());
		}
	}

}
