package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.swarm.DialRanking.Ranked;
import io.p2pboot.libp2p.swarm.DialRanking.Trust;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one dial: asks the sources one after the other, resolves what they
 * say, and leaves out what must not be dialled. Runs on one executor, as its
 * {@link PeerDial}.
 */
final class DialAddresses {

	/** How many addresses of one source are dialled; the rest is ignored. */
	static final int MAX_ADDRESSES = 100;

	/** By how much all sources together may exceed that. */
	static final int MAX_SOURCES = 10;

	/** What is told of the addresses. */
	interface Sink {

		/** Addresses that may be dialled, none of them told before. */
		void found(List<Ranked> addresses);

		/** An address or a source is of no use. */
		void failed(String target, Throwable cause);

		/** Something has come back: there may be nothing to wait for any more. */
		void changed();

	}

	private final Swarm swarm;

	private final PeerId peer;

	private final EventExecutor executor;

	private final Deque<AddressSource> sources;

	private final ConnectOptions options;

	private final LongSupplier nanosLeft;

	private final Sink sink;

	private final Set<Multiaddr> tried = new HashSet<>();

	/** The source that is being asked. */
	private @Nullable Future<List<Multiaddr>> asking;

	private int resolving;

	private boolean stopped;

	/**
	 * Creates the addresses of a dial.
	 * @param swarm the swarm
	 * @param peer the peer
	 * @param executor where everything runs
	 * @param sources who is asked, in order
	 * @param options whether relays will do
	 * @param nanosLeft how long the dial may still take
	 * @param sink is told, on the executor
	 */
	DialAddresses(Swarm swarm, PeerId peer, EventExecutor executor, List<AddressSource> sources, ConnectOptions options,
			LongSupplier nanosLeft, Sink sink) {
		this.swarm = swarm;
		this.peer = peer;
		this.executor = executor;
		this.sources = new ArrayDeque<>(sources);
		this.options = options;
		this.nanosLeft = nanosLeft;
		this.sink = sink;
	}

	/** Whether an answer of a source or of a name server is waited for. */
	boolean isPending() {
		return this.asking != null || this.resolving > 0;
	}

	boolean hasMoreSources() {
		return !this.sources.isEmpty();
	}

	/** Tells nothing any more; a routing whose answer nobody waits for is interrupted. */
	void stop() {
		this.stopped = true;
		Future<List<Multiaddr>> running = this.asking;
		if (running != null) {
			running.cancel(true);
		}
	}

	/** Asks the next source, of which there has to be one. */
	void askNext() {
		AddressSource source = this.sources.remove();
		Future<List<Multiaddr>> asked = ask(source);
		this.asking = asked;
		// A source that hangs may use its share of what is left, not the others' too.
		long share = this.nanosLeft.getAsLong() / (this.sources.size() + 1L);
		ScheduledFuture<?> limit = this.executor.schedule(() -> asked.cancel(true), share, TimeUnit.NANOSECONDS);
		asked.addListener((done) -> Futures.execute(this.executor, () -> {
			limit.cancel(false);
			answered(source, asked);
		}));
	}

	/** Adds the addresses of somebody who joins, if they are there without asking. */
	boolean add(AddressSource given) {
		Future<List<Multiaddr>> addresses = ask(given);
		if (!addresses.isSuccess() || this.stopped) {
			return false;
		}
		resolve(given, addresses.getNow());
		return true;
	}

	/** A source of the user's may throw. */
	private Future<List<Multiaddr>> ask(AddressSource source) {
		try {
			return source.addresses().get();
		}
		catch (RuntimeException ex) {
			return this.executor.newFailedFuture(ex);
		}
	}

	private void answered(AddressSource source, Future<List<Multiaddr>> asked) {
		this.asking = null;
		if (this.stopped) {
			return;
		}
		if (asked.isSuccess()) {
			resolve(source, asked.getNow());
		}
		else {
			this.sink.failed(source.name(), asked.isCancelled() ? new IOException("no answer in time") : asked.cause());
		}
		this.sink.changed();
	}

	/** What needs no name server is dialled at once, the rest as it comes. */
	private void resolve(AddressSource source, List<Multiaddr> told) {
		List<Multiaddr> known = new ArrayList<>();
		for (Multiaddr address : first(told)) {
			if (withoutPeer(address).isEmpty()) {
				failed(address, "the address names another peer than " + this.peer);
				continue;
			}
			Future<List<Multiaddr>> resolved = this.swarm.resolve(named(address));
			if (resolved.isSuccess()) {
				known.addAll(allowed(source, address, resolved.getNow()));
				continue;
			}
			this.resolving++;
			resolved.addListener((done) -> Futures.execute(this.executor, () -> {
				this.resolving--;
				resolved(source, address, resolved);
			}));
		}
		found(source, known);
	}

	/** Each of the first ones once. */
	private static Collection<Multiaddr> first(List<Multiaddr> told) {
		Set<Multiaddr> distinct = new LinkedHashSet<>();
		for (Multiaddr address : told) {
			if (distinct.size() == MAX_ADDRESSES) {
				break;
			}
			distinct.add(address);
		}
		return distinct;
	}

	/** A name may stand for many peers: only what is said of this one is followed. */
	private Multiaddr named(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		boolean ofPeers = components.get(0).protocol() == MultiaddrProtocol.DNSADDR
				&& components.get(components.size() - 1).protocol() != MultiaddrProtocol.P2P;
		return ofPeers ? address.encapsulate(MultiaddrProtocol.P2P, this.peer.toString()) : address;
	}

	private void resolved(AddressSource source, Multiaddr address, Future<List<Multiaddr>> resolved) {
		if (this.stopped) {
			return;
		}
		if (resolved.isSuccess()) {
			found(source, allowed(source, address, resolved.getNow()));
		}
		else {
			this.sink.failed(address.toString(), resolved.cause());
		}
		this.sink.changed();
	}

	private List<Multiaddr> allowed(AddressSource source, Multiaddr told, List<Multiaddr> found) {
		return source.trusted() ? found : found.stream().filter((one) -> isAllowed(told, one)).toList();
	}

	/**
	 * Whoever owns a name that others told us must not lead us to our own host or
	 * network: what a name stands for reaches as far as a name does. An address that is
	 * told as such was judged when it came.
	 */
	private boolean isAllowed(Multiaddr told, Multiaddr found) {
		AddressScope scope = AddressScope.of(found);
		boolean allowed = scope.reaches(AddressScope.of(told))
				|| scope == AddressScope.PRIVATE_NETWORK && this.swarm.config().privateNames();
		if (!allowed) {
			failed(told, "it leads to " + found + ((scope == AddressScope.PRIVATE_NETWORK)
					? " in a private network, and others must not lead us there" : ", where no other host is"));
		}
		return allowed;
	}

	/** Cuts /p2p/id off; empty if it names another peer. A relay's own id stays. */
	private Optional<Multiaddr> withoutPeer(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		Multiaddr.Component last = components.get(components.size() - 1);
		if (last.protocol() != MultiaddrProtocol.P2P) {
			return Optional.of(address);
		}
		boolean same = components.size() > 1 && isThisPeer(last.value());
		return same ? Optional.of(address.decapsulateLast(MultiaddrProtocol.P2P)) : Optional.empty();
	}

	private boolean isThisPeer(String id) {
		try {
			return PeerId.parse(id).equals(this.peer);
		}
		catch (IllegalArgumentException ex) {
			// Any multihash may stand in an address, but not every one is a peer id.
			return false;
		}
	}

	private void found(AddressSource source, List<Multiaddr> resolved) {
		List<Multiaddr> candidates = new ArrayList<>();
		for (Multiaddr full : resolved) {
			Optional<Multiaddr> address = withoutPeer(full);
			if (address.isPresent() && this.tried.size() < MAX_ADDRESSES * MAX_SOURCES && this.tried.add(address.get())
					&& mayDial(source, address.get())) {
				candidates.add(address.get());
			}
		}
		if (!candidates.isEmpty()) {
			Set<Multiaddr> certified = source.certified().get();
			Map<Multiaddr, Trust> trust = new HashMap<>();
			candidates.forEach(
					(address) -> trust.put(address, trust(address, source.trusted() || certified.contains(address))));
			this.sink.found(DialRanking.rank(candidates, trust));
		}
	}

	private Trust trust(Multiaddr address, boolean toldByThePeer) {
		if (this.swarm.history().isGood(this.peer, address)) {
			return Trust.GOOD;
		}
		if (this.swarm.history().comesLast(address)) {
			return Trust.BLACK_HOLE;
		}
		return toldByThePeer ? Trust.TOLD_BY_THE_PEER : Trust.HEARSAY;
	}

	private boolean mayDial(AddressSource source, Multiaddr address) {
		Optional<String> obstacle = obstacle(source, address);
		obstacle.ifPresent((reason) -> failed(address, reason));
		return obstacle.isEmpty();
	}

	private Optional<String> obstacle(AddressSource source, Multiaddr address) {
		if (this.swarm.transportFor(address).isEmpty()) {
			return Optional.of("no transport of this node dials it");
		}
		if (this.options.direct() && address.has(MultiaddrProtocol.P2P_CIRCUIT)) {
			return Optional.of("it leads through a relay");
		}
		if (this.swarm.isOwn(address)) {
			return Optional.of("this node listens on it itself");
		}
		if (!this.swarm.config().gater().allowAddressDial(this.peer, address)) {
			return Optional.of("a connection gater of this node does not allow it");
		}
		return (!source.trusted() && this.swarm.backoff().isHeldBack(this.peer, address))
				? Optional.of("it failed lately and is held back") : Optional.empty();
	}

	private void failed(Multiaddr address, String reason) {
		this.sink.failed(address.toString(), new IOException(reason));
	}

}
