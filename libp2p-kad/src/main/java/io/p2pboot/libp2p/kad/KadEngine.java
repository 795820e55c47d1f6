package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * One instance: its table, its stores and the operations that are under way. The
 * instance's event loop only.
 */
final class KadEngine {

	/** How long addresses that an answer brought are kept. */
	static final Duration HEARD_ADDRESS_TIME_TO_LIVE = Duration.ofMinutes(2);

	/**
	 * Peers that stand around a key more densely than this chance are no chance. Even an
	 * estimate that is wrong by half makes no honest network look like that.
	 */
	static final double LEAST_CHANCE = 1e-6;

	/** How many stores go on after their callers were told that enough are done. */
	static final int MAX_BACKGROUND_STORES = 60;

	private final EventLog log = new EventLog(LoggerFactory.getLogger(Kademlia.class));

	private final PeerId self;

	private final KadKey selfKey;

	private final KadConfig config;

	private final KadNetwork network;

	private final Random random;

	private final RoutingTable table;

	private final ProviderStore providers;

	private final RecordStore records;

	private final RequestHandler requests;

	private final IncludeQueue checks = new IncludeQueue(KadLimits.MAX_CHECKS, KadLimits.MAX_WAITING_CHECKS);

	/** Those of the table that are checked because they were silent. */
	private final Set<KadKey> silent = new HashSet<>();

	private final KadState state;

	private final Upkeep upkeep;

	private final Reprovider reprovider;

	private final NetworkSize networkSize;

	private final KadCounters counters = new KadCounters();

	private final Set<Promise<?>> operations = new HashSet<>();

	private final Set<LookupRun> lookups = new HashSet<>();

	private int backgroundStores;

	private boolean closed;

	KadEngine(PeerId self, KadConfig config, KadNetwork network, Clock clock, Random random) {
		this.self = self;
		this.selfKey = KadKey.of(self);
		this.config = config;
		this.network = network;
		this.random = random;
		long now = network.nanoTime();
		this.table = new RoutingTable(this.selfKey, config.lookup().k(), config.groupPerBucket(),
				config.groupInTable());
		this.providers = new ProviderStore(config.providerTimeToLive().toNanos(), KadLimits.MAX_PROVIDERS,
				KadLimits.MAX_PROVIDERS_PER_KEY, KadLimits.MAX_PROVIDERS_PER_PEER);
		this.records = new RecordStore(config.valueTimeToLive().toNanos(), KadLimits.MAX_VALUES,
				KadLimits.MAX_VALUE_STORE_BYTES);
		this.requests = new RequestHandler(self, config, this.table, this.providers, this.records, network, clock,
				random);
		ProvideSchedule schedule = new ProvideSchedule(this.selfKey, config.reprovideInterval(),
				KadLimits.MAX_PROVIDED_KEYS, now);
		this.state = new KadState(self, this.table, this.providers, this.records, schedule, network, clock);
		this.upkeep = new Upkeep(this, now);
		this.reprovider = new Reprovider(this, schedule, random);
		this.networkSize = new NetworkSize(config.lookup().k());
	}

	/** Tells whether the node can dial now. */
	void running(boolean able) {
		this.upkeep.running(able);
	}

	void close() {
		this.closed = true;
		this.upkeep.close();
		writeTable();
		List.copyOf(this.operations).forEach((operation) -> operation.cancel(false));
		List.copyOf(this.lookups).forEach(LookupRun::abandon);
	}

	/** Writes who is in the table, for the next start. */
	void writeTable() {
		FileKadStore store = this.config.store();
		if (store != null) {
			this.state.describeTable(store::changed);
		}
	}

	// What peers ask.

	long delayNanos(PeerId requester, KadMessage.Type type) {
		return this.requests.delayNanos(requester, type, nanoTime());
	}

	Optional<KadMessage> answer(PeerId requester, AddressScope distance, KadMessage request) throws RequestRefused {
		this.counters.inbound(request.type());
		return this.requests.answer(requester, distance, request, nanoTime());
	}

	// What becomes of peers.

	/** A peer serves the protocol: it may get a place, after a check. */
	void serves(PeerId id) {
		KadPeer peer = KadPeer.of(id, List.of());
		if (id.equals(this.self) || this.table.contains(peer.key()) || !isOfScope(id)) {
			return;
		}
		if (this.table.size() < this.config.lookup().k()) {
			offer(peer);
			return;
		}
		if (checkSoon(peer)) {
			this.counters.refused();
		}
	}

	/**
	 * Checks a peer, which gets a place if it answers.
	 * @return whether it was dropped: too many wait for that
	 */
	boolean checkSoon(KadPeer peer) {
		boolean dropped = this.checks.add(peer);
		check();
		return dropped;
	}

	/**
	 * A peer was silent for so long that nobody waited for it: it loses its place if it
	 * does not answer now.
	 */
	void silent(KadPeer peer) {
		if (this.table.contains(peer.key()) && this.silent.add(peer.key()) && checkSoon(peer)) {
			this.silent.remove(peer.key());
		}
	}

	/** A peer does not serve the protocol any more. */
	void servesNoMore(PeerId id) {
		if (this.table.remove(KadKey.of(id))) {
			this.counters.evicted();
		}
	}

	private void check() {
		for (Optional<KadPeer> next = this.checks.next(); next.isPresent(); next = this.checks.next()) {
			KadPeer peer = next.get();
			check(peer, (good) -> {
				if (this.silent.remove(peer.key()) && this.table.hasFailed(peer.key())) {
					this.table.remove(peer.key());
					evicted(peer);
				}
				this.checks.checked(peer);
				check();
			});
		}
	}

	/**
	 * Asks a peer for our own id. One that names nobody is of no use, unless we know
	 * hardly anybody ourselves.
	 */
	void check(KadPeer peer, Consumer<Boolean> done) {
		KadMessage question = KadMessage.of(KadMessage.Type.FIND_NODE, this.self.multihash().encoded());
		askWithoutOffer(peer, question, new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				boolean few = KadEngine.this.table.size() < KadEngine.this.config.lookup().k();
				boolean good = answer != null && !heard(answer.closer()).isEmpty();
				if (good || few) {
					offer(peer);
				}
				done.accept(good);
			}

			@Override
			public void failed(Throwable cause) {
				done.accept(false);
			}

		});
	}

	private void offer(KadPeer peer) {
		if (this.table.contains(peer.key()) || !isOfScope(peer.id())) {
			return;
		}
		Optional<Set<IpGroup>> groups = groups(peer.id());
		if (groups.isEmpty()) {
			this.counters.refused();
			return;
		}
		RoutingTable.Offer offer = this.table.offer(peer.id(), peer.key(), groups.get(), nanoTime(),
				this.upkeep.isFilling());
		switch (offer) {
			case ADDED -> {
				this.counters.added();
				this.upkeep.added();
			}
			case FULL, DIVERSITY -> this.counters.refused();
			case PRESENT, SELF -> {
			}
		}
	}

	/**
	 * The address groups of a peer: those of its connections, since it may name any
	 * address; where these tell nothing, those of what it names. Empty for a peer of the
	 * internet that shows no address: whoever can hide its group would have all places.
	 */
	private Optional<Set<IpGroup>> groups(PeerId id) {
		List<Multiaddr> named = this.network.addresses(id);
		List<Multiaddr> connected = this.network.connectedAt(id);
		Set<IpGroup> groups = IpGroup.of(connected.isEmpty() ? named : connected, this.config.asn());
		if (!groups.isEmpty() || this.config.filter().least() != AddressScope.INTERNET) {
			return Optional.of(groups);
		}
		return Optional.of(IpGroup.of(named, this.config.asn())).filter((found) -> !found.isEmpty());
	}

	/** Whether the peer is of those that this instance deals with. */
	private boolean isOfScope(PeerId id) {
		AddressFilter filter = this.config.filter();
		List<Multiaddr> own = filter.isLocal() ? this.network.addresses(this.self) : List.of();
		return filter.admits(this.network.connectedAt(id), this.network.addresses(id), own);
	}

	// What operations need.

	/**
	 * Sends a request; the table learns how it went, and whoever answers may get a place.
	 */
	KadNetwork.Pending ask(KadPeer peer, KadMessage request, KadNetwork.Callback callback) {
		return askWithoutOffer(peer, request, new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				offer(peer);
				callback.answered(answer);
			}

			@Override
			public void failed(Throwable cause) {
				callback.failed(cause);
			}

		});
	}

	private KadNetwork.Pending askWithoutOffer(KadPeer peer, KadMessage request, KadNetwork.Callback callback) {
		this.counters.outbound(request.type());
		long begun = nanoTime();
		return this.network.request(peer, request, this.config.requestTimeout(), new KadNetwork.Callback() {

			@Override
			public void sent(int bytes) {
				KadEngine.this.counters.outboundBytes(request.type(), bytes);
			}

			@Override
			public void answered(@Nullable KadMessage answer) {
				if (answer != null && answer.type() != request.type()) {
					failed(new IOException("An answer of type " + answer.type() + " came for " + request.type()));
					return;
				}
				KadEngine.this.counters.outboundAnswered(request.type(), nanoTime() - begun);
				KadEngine.this.table.answered(peer.key(), nanoTime());
				callback.answered(answer);
				KadEngine.this.upkeep.tried(peer.key());
			}

			@Override
			public void failed(Throwable cause) {
				KadEngine.this.counters.outboundFailed(request.type());
				// That this node has no room is nothing that the peer did.
				boolean tried = !(cause instanceof LimitExceeded);
				if (tried && KadEngine.this.table.failed(peer.key())) {
					evicted(peer);
				}
				KadEngine.this.upkeep.tried(peer.key());
				callback.failed(cause);
			}

		});
	}

	private void evicted(KadPeer peer) {
		this.counters.evicted();
		this.upkeep.lost(peer);
	}

	/**
	 * The nearest of the table; while it is empty, those that were in it before a
	 * restart, and at last the bootstrap peers.
	 */
	List<KadPeer> seeds(KadKey target) {
		List<KadPeer> seeds = new ArrayList<>();
		for (RoutingTable.Entry entry : this.table.nearest(target, this.config.lookup().k())) {
			seeds.add(new KadPeer(entry.id(), entry.key(), List.of(), KadPeer.Link.NOT_CONNECTED));
		}
		if (seeds.isEmpty()) {
			seeds.addAll(this.upkeep.remembered());
		}
		if (seeds.isEmpty()) {
			for (AddrInfo peer : this.config.bootstrap()) {
				if (!peer.id().equals(this.self)) {
					seeds.add(KadPeer.of(peer.id(), peer.addresses()));
				}
			}
		}
		return seeds;
	}

	/**
	 * Takes in the peers that an answer names: their addresses are kept for a while, as
	 * far as this instance deals with them.
	 * @return the peers that can be asked
	 */
	List<KadPeer> heard(List<KadPeer> peers) {
		List<KadPeer> heard = new ArrayList<>();
		for (KadPeer peer : peers.subList(0, Math.min(peers.size(), 4 * this.config.lookup().k()))) {
			if (peer.id().equals(this.self)) {
				continue;
			}
			KadPeer kept = peer.with(this.config.filter().keep(peer.addresses()));
			if (!kept.addresses().isEmpty() || this.network.isConnected(peer.id())) {
				heard.add(kept);
			}
		}
		heard.stream().limit(2L * this.config.lookup().k()).forEach((peer) -> {
			if (!peer.addresses().isEmpty()) {
				this.network.keepAddresses(peer.id(), peer.addresses(), HEARD_ADDRESS_TIME_TO_LIVE);
			}
		});
		return heard;
	}

	/**
	 * Begins an operation of the user.
	 * @param operation begins it; the promise is cancelled when the instance closes
	 */
	<T> void operation(Promise<T> promise, Runnable operation) {
		Optional<IllegalStateException> refusal = refusal(this.operations.size());
		if (refusal.isPresent()) {
			promise.tryFailure(refusal.get());
			return;
		}
		this.operations.add(promise);
		promise.addListener((done) -> this.network.schedule(() -> this.operations.remove(promise), 0));
		operation.run();
	}

	/**
	 * Begins a search of the user.
	 * @param sink hears why not, if it does not begin
	 * @param search begins it; its lookup is given up when the instance closes
	 */
	void search(SearchSink<?> sink, Runnable search) {
		refusal(this.lookups.size()).ifPresentOrElse(sink::failed, search);
	}

	private Optional<IllegalStateException> refusal(int underWay) {
		if (this.closed) {
			return Optional.of(closedFailure());
		}
		return (underWay < KadLimits.MAX_OPERATIONS) ? Optional.empty() : Optional
			.of(new IllegalStateException("More than " + KadLimits.MAX_OPERATIONS + " operations are under way"));
	}

	IllegalStateException closedFailure() {
		return new IllegalStateException("The Kademlia instance is closed");
	}

	/** Returns whether a lookup may begin; it is to tell of its end. */
	boolean begins(LookupRun lookup) {
		return !this.closed && this.lookups.add(lookup);
	}

	void ended(LookupRun lookup) {
		this.lookups.remove(lookup);
	}

	<T> Promise<T> promise() {
		return ImmediateEventExecutor.INSTANCE.newPromise();
	}

	NoPeers noPeers() {
		return new NoPeers("No peer of " + this.config.path() + " could be asked; the table holds " + this.table.size()
				+ ", bootstrap peers are " + this.config.bootstrap().size());
	}

	/** Fills the table anew. */
	Promise<Void> refresh() {
		return this.upkeep.refresh();
	}

	/** Looks for the peers nearest to a key. */
	Promise<LookupResult> lookup(ByteBuffer key, LookupConfig lookup) {
		Promise<LookupResult> promise = promise();
		LookupRun run = new LookupRun(this, "closest_peers", KadMessage.of(KadMessage.Type.FIND_NODE, key), lookup) {

			@Override
			void answered(KadPeer from, KadMessage answer) {
				// Whom it names is all that is asked for.
			}

			@Override
			void abandoned() {
				promise.tryFailure(closedFailure());
			}

			@Override
			void ended(LookupResult result) {
				measure(key, lookup, result);
				if (result.closest().isEmpty()) {
					promise.tryFailure(noPeers());
				}
				else {
					promise.trySuccess(result);
				}
			}

		};
		promise.addListener((done) -> {
			if (done.isCancelled()) {
				run.stop();
			}
		});
		run.start();
		return promise;
	}

	/** A lookup that came to its end says how dense the network is. */
	private void measure(ByteBuffer key, LookupConfig lookup, LookupResult result) {
		if (lookup.followUp() && result.outcome() == LookupResult.Outcome.CONVERGED) {
			KadKey target = KadKey.of(key);
			if (isDense(target, result.closest())) {
				if (!this.networkSize.doubt(target)) {
					dense(key);
				}
				return;
			}
			this.networkSize.add(target, result.closest(), this.table.sharing(this.selfKey.commonPrefix(target)),
					nanoTime());
		}
	}

	/** Whether peers stand around a key so densely that somebody has put them there. */
	boolean isDense(KadKey target, List<KadPeer> closest) {
		OptionalDouble size = networkSize();
		return size.isPresent() && this.networkSize.chance(target, closest, size.getAsDouble()) < LEAST_CHANCE;
	}

	void dense(ByteBuffer key) {
		this.counters.dense();
		this.log.warn("kad.dense", "The peers nearest to the key {} of {} stand too densely for chance: somebody may "
				+ "be hiding what it leads to", KadKey.of(key), this.config.path());
	}

	// What the parts share.

	KadNetwork.Pending schedule(Runnable task, long delayNanos) {
		return this.network.schedule(task, delayNanos);
	}

	long nanoTime() {
		return this.network.nanoTime();
	}

	List<Multiaddr> ownAddresses(PeerId reader) {
		return this.config.filter().keep(this.network.ownAddresses(reader));
	}

	PeerId self() {
		return this.self;
	}

	KadKey selfKey() {
		return this.selfKey;
	}

	KadConfig config() {
		return this.config;
	}

	KadNetwork network() {
		return this.network;
	}

	RoutingTable table() {
		return this.table;
	}

	ProviderStore providers() {
		return this.providers;
	}

	RecordStore records() {
		return this.records;
	}

	RequestHandler requests() {
		return this.requests;
	}

	Reprovider reprovider() {
		return this.reprovider;
	}

	KadState state() {
		return this.state;
	}

	Random random() {
		return this.random;
	}

	/** Whether there is anybody who could be told something now. */
	boolean hasPeers() {
		return this.upkeep.isRunning() && !this.closed && this.table.size() > 0;
	}

	boolean isClosed() {
		return this.closed;
	}

	/** How many servers the network has; empty while too little is known. */
	OptionalDouble networkSize() {
		return this.networkSize.estimate(nanoTime());
	}

	/**
	 * Lets stores go on though nobody waits for them, or tells that one has ended.
	 * @param stores how many; -1 for one that has ended
	 * @return whether so many may
	 */
	boolean inBackground(int stores) {
		if (this.backgroundStores + stores > MAX_BACKGROUND_STORES) {
			return false;
		}
		this.backgroundStores += stores;
		return true;
	}

	KadCounters counters() {
		return this.counters;
	}

}
