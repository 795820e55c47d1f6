package io.p2pboot.libp2p.node;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.SignedEnvelope;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import org.jspecify.annotations.Nullable;

/**
 * Our own addresses as others can dial them, and the record that signs them. Any thread;
 * the record is guarded by {@code lock}.
 */
final class LocalAddresses {

	/**
	 * How many bytes of addresses are signed. With its keys around them the record still
	 * goes into one message of identify.
	 */
	private static final int MAX_SIGNED_BYTES = 2048;

	/** How many addresses are added at once. */
	private static final int MAX_ADDED = 64;

	/** The bytes of the fields around an address in a record. */
	private static final int OVERHEAD_BYTES = 4;

	private static final Comparator<Multiaddr> BY_REACH = Comparator
		.comparing((Multiaddr address) -> AddressScope.of(address))
		.reversed();

	private final PrivateKey identity;

	private final List<Multiaddr> announced;

	private final Clock clock;

	private final Supplier<List<Multiaddr>> bound;

	private final Supplier<List<Multiaddr>> confirmed;

	private final Supplier<List<InetAddress>> hosts;

	private final Runnable changed;

	private final List<Added> added = new CopyOnWriteArrayList<>();

	private final ReentrantLock lock = new ReentrantLock();

	private List<Multiaddr> signedAddresses = List.of();

	private @Nullable SignedEnvelope signed;

	private long sequence;

	/**
	 * Creates the addresses of a node.
	 * @param identity signs them
	 * @param announced what is told in the place of all others; empty for nothing
	 * @param clock gives the sequence of the record
	 * @param bound what is listened on
	 * @param confirmed at which enough others see us
	 * @param hosts the addresses of this host
	 * @param changed runs when addresses were added or withdrawn
	 */
	LocalAddresses(PrivateKey identity, List<Multiaddr> announced, Clock clock, Supplier<List<Multiaddr>> bound,
			Supplier<List<Multiaddr>> confirmed, Supplier<List<InetAddress>> hosts, Runnable changed) {
		this.identity = identity;
		this.announced = announced;
		this.clock = clock;
		this.bound = bound;
		this.confirmed = confirmed;
		this.hosts = hosts;
		this.changed = changed;
		this.sequence = clock.millis();
	}

	/**
	 * Adds addresses until the subscription ends.
	 * @throws IllegalArgumentException if there are too many
	 */
	Node.Subscription add(List<Multiaddr> addresses) {
		Added entry = new Added(List.copyOf(addresses));
		if (addresses.size() > MAX_ADDED) {
			throw new IllegalArgumentException(
					addresses.size() + " addresses were added at once, at most " + MAX_ADDED + " can be");
		}
		this.added.add(entry);
		this.changed.run();
		return () -> {
			if (this.added.removeIf((one) -> one == entry)) {
				this.changed.run();
			}
		};
	}

	/**
	 * The announced addresses, else the bound ones with unspecified hosts expanded and
	 * those at which enough others see us; and those that were added.
	 */
	List<Multiaddr> dialable() {
		List<Multiaddr> addresses = new ArrayList<>(this.announced);
		if (addresses.isEmpty()) {
			this.bound.get().forEach((address) -> addresses.addAll(expand(address)));
			addresses.addAll(this.confirmed.get());
		}
		this.added.forEach((entry) -> addresses.addAll(entry.addresses()));
		return addresses.stream().distinct().toList();
	}

	/** Signs the addresses anew when they have changed, with a later sequence. */
	SignedEnvelope signedRecord() {
		List<Multiaddr> addresses = signable(dialable());
		this.lock.lock();
		try {
			SignedEnvelope present = this.signed;
			if (present != null && addresses.equals(this.signedAddresses)) {
				return present;
			}
			this.sequence = Math.max(this.sequence + 1, this.clock.millis());
			PeerId peer = PeerId.of(this.identity.publicKey());
			SignedEnvelope made = new PeerRecord(peer, this.sequence, addresses).seal(this.identity);
			this.signed = made;
			this.signedAddresses = addresses;
			return made;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** As many as fit, those that reach farthest first, and none with a zone of ours. */
	private static List<Multiaddr> signable(List<Multiaddr> addresses) {
		List<Multiaddr> chosen = new ArrayList<>();
		int bytes = 0;
		for (Multiaddr address : told(addresses)) {
			bytes += address.encoded().remaining() + OVERHEAD_BYTES;
			if (bytes > MAX_SIGNED_BYTES) {
				break;
			}
			chosen.add(address);
		}
		return chosen;
	}

	private static List<Multiaddr> told(List<Multiaddr> addresses) {
		return addresses.stream()
			.filter((address) -> !address.has(MultiaddrProtocol.IP6ZONE))
			.sorted(BY_REACH)
			.toList();
	}

	private List<Multiaddr> expand(Multiaddr address) {
		Optional<InetAddress> host = address.ipSocketAddress().map(InetSocketAddress::getAddress);
		if (host.isEmpty() || !host.get().isAnyLocalAddress()) {
			return List.of(address);
		}
		return this.hosts.get()
			.stream()
			.filter((one) -> one.getClass() == host.get().getClass())
			.map(address::withHost)
			.toList();
	}

	/** What was added at once, told apart from the same added twice. */
	private record Added(List<Multiaddr> addresses) {

	}

}
