package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * One instance: its table, its stores, its schedules and the operations that are under
 * way. The instance's event loop only.
 */
final class KadEngine {

	/** How long addresses that an answer brought are kept. */
	static final Duration HEARD_ADDRESS_TIME_TO_LIVE = Duration.ofMinutes(2);

	/** How often expired records are looked for. */
	static final Duration SWEEP_INTERVAL = Duration.ofHours(1);

	/** How many keys are announced again at once. */
	static final int MAX_REPROVIDING = 4;

	/** How long the schedules sleep at most, so that a new key is seen. */
	private static final long MAX_SLEEP_NANOS = Duration.ofSeconds(30).toNanos();

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

	private final RefreshSchedule refreshes;

	private final ProvideSchedule reprovides;

	private final KadCounters counters = new KadCounters();

	private final Set<Promise<?>> operations = new HashSet<>();

	private final Set<LookupRun> lookups = new HashSet<>();

	private KadNetwork.@Nullable Pending timer;

	private long nextSweepNanos;

	private int reproviding;

	private boolean running;

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
		this.refreshes = new RefreshSchedule(config.refreshInterval(), now);
		this.reprovides = new ProvideSchedule(this.selfKey, config.reprovideInterval(), KadLimits.MAX_PROVIDED_KEYS,
				now);
		this.nextSweepNanos = now + SWEEP_INTERVAL.toNanos();
	}

	/**
	 * Tells whether the node can dial now. While it can, the table is kept full: each
	 * time from the beginning.
	 */
	void running(boolean able) {
		boolean begins = able && !this.running && !this.closed;
		this.running = able;
		if (begins) {
			this.refreshes.begin(nanoTime());
			wakeNow();
		}
	}

	void close() {
		this.closed = true;
		if (this.timer != null) {
			this.timer.cancel();
		}
		List.copyOf(this.operations).forEach((operation) -> operation.cancel(false));
		List.copyOf(this.lookups).forEach(LookupRun::abandon);
	}

	// What peers ask.

	long delayNanos(PeerId requester, KadMessage.Type type) {
		return this.requests.delayNanos(requester, type, nanoTime());
	}

	Optional<KadMessage> answer(PeerId requester, AddressScope distance, KadMessage request) throws RequestRefused {
		this.counters.inbound();
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
		if (this.checks.add(peer)) {
			this.counters.refused();
		}
		check();
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
				this.checks.checked(peer);
				if (good) {
					offer(peer);
				}
				check();
			});
		}
	}

	/** Asks a peer for our own id; one that names nobody is of no use. */
	private void check(KadPeer peer, Consumer<Boolean> done) {
		ask(peer, KadMessage.of(KadMessage.Type.FIND_NODE, this.self.multihash().encoded()), new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				done.accept(answer != null && !heard(answer.closer()).isEmpty());
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
				this.refreshes.isFilling(nanoTime()));
		switch (offer) {
			case ADDED -> added();
			case FULL, DIVERSITY -> this.counters.refused();
			case PRESENT, SELF -> {
			}
		}
	}

	/** With the first peer there is somebody to ask for others. */
	private void added() {
		this.counters.added();
		if (this.table.size() == 1) {
			this.refreshes.soon(nanoTime());
			wakeNow();
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

	/** Whether an address is known at which this instance would reach the peer. */
	private boolean isOfScope(PeerId id) {
		return this.config.filter().least() == AddressScope.HOST
				|| this.network.connectedAt(id).stream().anyMatch(this.config.filter()::keeps)
				|| this.network.addresses(id).stream().anyMatch(this.config.filter()::keeps);
	}

	// What operations need.

	/**
	 * Sends a request; the table learns how it went.
	 */
	KadNetwork.Pending ask(KadPeer peer, KadMessage request, KadNetwork.Callback callback) {
		this.counters.outbound();
		return this.network.request(peer, request, this.config.requestTimeout(), new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				if (answer != null && answer.type() != request.type()) {
					failed(new IOException("An answer of type " + answer.type() + " came for " + request.type()));
					return;
				}
				KadEngine.this.table.answered(peer.key(), nanoTime());
				offer(peer);
				callback.answered(answer);
			}

			@Override
			public void failed(Throwable cause) {
				KadEngine.this.counters.outboundFailed();
				if (KadEngine.this.table.failed(peer.key())) {
					KadEngine.this.counters.evicted();
				}
				callback.failed(cause);
			}

		});
	}

	/** The nearest of the table; while it is empty, the bootstrap peers. */
	List<KadPeer> seeds(KadKey target) {
		List<KadPeer> seeds = new ArrayList<>();
		for (RoutingTable.Entry entry : this.table.nearest(target, this.config.lookup().k())) {
			seeds.add(new KadPeer(entry.id(), entry.key(), List.of(), KadPeer.Link.NOT_CONNECTED));
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

	// What happens by itself.

	private void wakeNow() {
		if (this.timer != null) {
			this.timer.cancel();
		}
		this.timer = this.network.schedule(this::wake, 0);
	}

	private void wake() {
		if (this.closed) {
			return;
		}
		long now = nanoTime();
		if (this.running) {
			keepFull(now);
		}
		if (now - this.nextSweepNanos >= 0) {
			this.nextSweepNanos = now + SWEEP_INTERVAL.toNanos();
			this.providers.sweep(now);
			this.records.sweep(now);
		}
		reprovide();
		if (!this.refreshes.isFilling(now)) {
			this.table.filled();
		}
		long sleep = Math.min(MAX_SLEEP_NANOS, Math.max(0, this.refreshes.nextNanos() - now));
		this.timer = this.network.schedule(this::wake, this.running ? sleep : MAX_SLEEP_NANOS);
	}

	private void keepFull(long now) {
		if (this.refreshes.isBootstrapDue(now, this.table.size())) {
			this.network.servers().forEach(this::serves);
			bootstrap();
		}
		if (this.refreshes.isRefreshDue(now)) {
			refresh();
		}
	}

	/** Asks two bootstrap peers, chosen at random, and with their answers begins anew. */
	private void bootstrap() {
		List<AddrInfo> peers = new ArrayList<>(this.config.bootstrap());
		Collections.shuffle(peers, this.random);
		for (AddrInfo peer : peers.subList(0, Math.min(peers.size(), 2))) {
			KadPeer asked = KadPeer.of(peer.id(), peer.addresses());
			if (!peer.id().equals(this.self)) {
				check(asked, (good) -> {
					if (this.table.contains(asked.key())) {
						lookup(this.self.multihash().encoded(), this.config.lookup());
					}
				});
			}
		}
	}

	/** Looks for peers near this node and in every bucket, and checks silent ones. */
	Promise<Void> refresh() {
		long now = nanoTime();
		long grace = this.refreshes.graceNanos(this.config.lookup().k(), this.config.lookup().alpha());
		this.table.silentSince(now - grace).forEach((entry) -> {
			if (!this.checks.add(new KadPeer(entry.id(), entry.key(), List.of(), KadPeer.Link.NOT_CONNECTED))) {
				check();
			}
		});
		Promise<Void> done = promise();
		List<ByteBuffer> targets = new ArrayList<>();
		targets.add(this.self.multihash().encoded());
		for (int prefix = 0; prefix <= Math.min(this.table.depth(), RefreshSchedule.MAX_PREFIX); prefix++) {
			targets.add(RefreshSchedule.preimage(this.selfKey, prefix, this.random));
		}
		refresh(targets, 0, done);
		return done;
	}

	/** One after the other, so that a refresh never takes all of the node. */
	private void refresh(List<ByteBuffer> targets, int index, Promise<Void> done) {
		if (index == targets.size() || this.closed) {
			done.trySuccess(null);
			return;
		}
		lookup(targets.get(index), this.config.lookup()).addListener((ended) -> {
			if (index == 0 && !ended.isSuccess()) {
				done.tryFailure(ended.cause());
			}
			else {
				refresh(targets, index + 1, done);
			}
		});
	}

	/** Looks for the peers nearest to a key. */
	Promise<LookupResult> lookup(ByteBuffer key, LookupConfig lookup) {
		Promise<LookupResult> promise = promise();
		LookupRun run = new LookupRun(this, KadMessage.of(KadMessage.Type.FIND_NODE, key), lookup) {

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
				KadEngine.this.counters.lookup(result);
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

	// Keys that are provided again and again.

	boolean startProviding(ByteBuffer key) {
		boolean added = this.reprovides.add(key, nanoTime());
		reprovide();
		return added;
	}

	void stopProviding(ByteBuffer key) {
		this.reprovides.remove(key);
		this.providers.remove(KadKey.of(key), this.self);
	}

	private void reprovide() {
		if (!this.running || this.table.size() == 0) {
			// Nobody could be told; with the first peer there is somebody.
			return;
		}
		List<ByteBuffer> due = this.reprovides.take(nanoTime(), MAX_REPROVIDING - this.reproviding);
		for (ByteBuffer key : due) {
			this.reproviding++;
			Promise<Integer> promise = promise();
			promise.addListener((done) -> {
				this.reproviding--;
				if (done.isSuccess()) {
					this.reprovides.announced(key, nanoTime());
				}
				if (!this.closed) {
					this.network.schedule(this::reprovide, 0);
				}
			});
			new Provide(this, key, promise).start();
		}
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

	ProvideSchedule reprovides() {
		return this.reprovides;
	}

	KadCounters counters() {
		return this.counters;
	}

}
