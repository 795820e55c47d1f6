package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ContentRouting;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Provided;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.ValueStore;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.NettyPeerRouting;
import org.jspecify.annotations.Nullable;

/**
 * A Kademlia network that a node takes part in: finds peers by their id, tells and finds
 * who provides content, keeps and finds values. Mounted on a node by
 * {@link Node#mountRouting}, it is asked whenever the node is to connect to a peer whose
 * address it does not know. Thread-safe. Specification: libp2p/specs kad-dht/README.md,
 * r2.
 */
public final class Kademlia implements NettyPeerRouting, ContentRouting, ValueStore, AutoCloseable {

	/** Whether this node answers others. */
	public enum Mode {

		/** Asks, and never answers. */
		CLIENT,

		/** Asks and answers. */
		SERVER,

		/**
		 * Answers once the node is known to be reachable from the internet, and no longer
		 * than that.
		 */
		AUTO,

		/** Answers; for networks whose nodes reach each other. */
		AUTO_SERVER

	}

	private final KadConfig config;

	private final KadObservers observers = new KadObservers();

	private volatile @Nullable KadInstance instance;

	Kademlia(KadConfig config) {
		this.config = config;
	}

	/**
	 * Begins to build an instance.
	 * @param protocol the whole protocol id, for example {@code /myapp/kad/1.0.0}
	 * @return the builder
	 * @throws IllegalArgumentException if it is not a protocol id
	 */
	public static KademliaBuilder builder(String protocol) {
		return new KademliaBuilder(ProtocolPath.of(protocol));
	}

	@Override
	public String name() {
		return "kad " + this.config.path();
	}

	/**
	 * Returns the protocol of this instance.
	 * @return the path
	 */
	public ProtocolPath protocol() {
		return this.config.path();
	}

	/**
	 * {@inheritDoc} From then on the instance keeps its table full and answers, if its
	 * mode says so.
	 * @throws IllegalArgumentException if the node has no asynchronous tier
	 * @throws IllegalStateException if this instance is already mounted, its path is
	 * taken, or its store belongs to another instance or cannot be read
	 */
	@Override
	public void mounted(Node node) {
		if (!(node instanceof NettyNode nettyNode)) {
			throw new IllegalArgumentException("Kademlia needs a NettyNode, not " + node);
		}
		if (this.instance != null) {
			throw new IllegalStateException("The Kademlia instance is already mounted");
		}
		KadInstance created = new KadInstance(nettyNode, this.config, this.observers);
		try {
			created.start();
		}
		catch (RuntimeException ex) {
			created.close();
			throw ex;
		}
		this.instance = created;
	}

	/**
	 * {@inheritDoc} The same as {@link #close}.
	 */
	@Override
	public void unmounted() {
		close();
	}

	private KadInstance instance() {
		KadInstance mounted = this.instance;
		if (mounted == null) {
			throw new IllegalStateException("The Kademlia instance is not mounted on a node");
		}
		return mounted;
	}

	// Peers.

	/**
	 * {@inheritDoc}
	 * @throws NoPeers if there was nobody to ask
	 * @throws IllegalStateException on an event loop, or if this is not mounted
	 */
	@Override
	public List<Multiaddr> findPeer(PeerId peer) throws IOException {
		return instance().await(findPeerAsync(peer), "findPeer");
	}

	/**
	 * {@inheritDoc} The search ends when several peers have named addresses, or when
	 * nobody nearer is left to ask. Fails with a {@link NoPeers} if there was nobody to
	 * ask, and with an {@link IllegalStateException} once this is closed.
	 * @throws IllegalStateException if this is not mounted
	 */
	@Override
	public Future<List<Multiaddr>> findPeerAsync(PeerId peer) {
		return start((engine, promise) -> new FindPeer(engine, peer, promise).start());
	}

	/**
	 * Finds the peers nearest to a key. Blocks until they have answered.
	 * @param key any bytes: the multihash of a peer id or of content, or a value's key;
	 * not consumed
	 * @return the peers with the addresses known for them, the nearest first
	 * @throws NoPeers if there was nobody to ask, or nobody answered
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if this is not mounted
	 */
	public List<AddrInfo> closestPeers(ByteBuffer key) throws IOException {
		ByteBuffer copy = copy(key);
		Future<LookupResult> lookup = start(
				(engine, promise) -> pass(engine.lookup(copy, this.config.lookup()), promise));
		return instance().await(lookup, "closestPeers")
			.closest()
			.stream()
			.map((peer) -> new AddrInfo(peer.id(), peer.addresses()))
			.toList();
	}

	/**
	 * Fills the table anew, as happens regularly by itself. Blocks until that is done.
	 * @throws NoPeers if there was nobody to ask, or nobody answered
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if this is not mounted
	 */
	public void refresh() throws IOException {
		Future<Void> refreshed = start((engine, promise) -> pass(engine.refresh(), promise));
		instance().await(refreshed, "refresh");
	}

	// Content.

	@Override
	public Provided provide(Multihash key) throws IOException {
		Future<Integer> provided = start((engine, promise) -> new Provide(engine, providerKey(key), promise).start());
		return new Provided(instance().await(provided, "provide"));
	}

	@Override
	public Search<AddrInfo> findProviders(Multihash key, int limit) {
		if (limit < 0) {
			throw new IllegalArgumentException("The limit must not be negative, was " + limit);
		}
		BlockingSearch<AddrInfo> search = instance().search();
		findProviders(key, limit, search, search::begin);
		return search;
	}

	/** Begins a search; its source is told on the event loop, where it is to be used. */
	void findProviders(Multihash key, int limit, SearchSink<AddrInfo> sink, Begin begin) {
		ByteBuffer encoded = providerKey(key);
		KadInstance mounted = instance();
		mounted.onLoop((engine) -> {
			FindProviders find = new FindProviders(engine, encoded, limit, sink, mounted.random());
			engine.search(sink, () -> begin.begin(find, find::search));
		}, sink::failed);
	}

	/** Takes the source of a search before it begins. */
	interface Begin {

		void begin(SearchSink.Source source, Runnable search);

	}

	/** Runs something on the event loop; nothing once this is closed. */
	void onLoop(Runnable task) {
		instance().onLoop((engine) -> task.run(), (closed) -> {
		});
	}

	<T> BlockingSearch<T> blockingSearch() {
		return instance().search();
	}

	/**
	 * Tells that this node provides a key, now and again and again until
	 * {@link #stopProviding}. Does not block: what becomes of it is seen in
	 * {@link #stats}.
	 * @param key the hash of the content
	 * @throws IllegalStateException if this is not mounted
	 */
	public void startProviding(Multihash key) {
		startProviding(List.of(key));
	}

	/**
	 * Tells that this node provides some keys, now and again and again until
	 * {@link #stopProviding}. Keys that are near each other are announced together, so
	 * that many need hardly more lookups than a few hundred. Keys beyond 100,000 are left
	 * out. Does not block: what becomes of them is seen in {@link #stats}.
	 * @param keys the hashes of the content
	 * @throws IllegalStateException if this is not mounted
	 */
	public void startProviding(Collection<Multihash> keys) {
		List<ByteBuffer> encoded = keys.stream().map(Kademlia::providerKey).toList();
		instance().onLoop((engine) -> {
			encoded.forEach(engine.reprovider()::add);
			engine.reprovider().run();
		}, (cause) -> {
		});
	}

	/**
	 * Takes {@link #startProviding} back; others forget it in time. Does not block.
	 * @param key the hash of the content
	 * @throws IllegalStateException if this is not mounted
	 */
	public void stopProviding(Multihash key) {
		ByteBuffer encoded = providerKey(key);
		instance().onLoop((engine) -> engine.reprovider().remove(encoded), (cause) -> {
		});
	}

	private static ByteBuffer providerKey(Multihash key) {
		ByteBuffer encoded = key.encoded();
		if (encoded.remaining() > KadLimits.MAX_PROVIDER_KEY_BYTES) {
			throw new IllegalArgumentException("A provider key has at most " + KadLimits.MAX_PROVIDER_KEY_BYTES
					+ " bytes, was " + encoded.remaining());
		}
		return encoded;
	}

	// Values.

	@Override
	public int putValue(ByteBuffer key, ByteBuffer value) throws IOException {
		KadRecord record = KadRecord.of(copy(key), copy(value));
		Future<Integer> stored = start((engine, promise) -> new PutValue(engine, record, promise).start());
		return instance().await(stored, "putValue");
	}

	@Override
	public Optional<ByteBuffer> getValue(ByteBuffer key, int quorum) throws IOException {
		try (Search<ByteBuffer> search = searchValue(key, quorum)) {
			Optional<ByteBuffer> best = Optional.empty();
			for (Optional<ByteBuffer> next = search.next(); next.isPresent(); next = search.next()) {
				best = next;
			}
			return best;
		}
	}

	@Override
	public Search<ByteBuffer> searchValue(ByteBuffer key, int quorum) throws InvalidRecord {
		if (quorum < 0) {
			throw new IllegalArgumentException("The quorum must not be negative, was " + quorum);
		}
		BlockingSearch<ByteBuffer> search = instance().search();
		searchValue(key, quorum, search, search::begin);
		return search;
	}

	void searchValue(ByteBuffer key, int quorum, SearchSink<ByteBuffer> sink, Begin begin) throws InvalidRecord {
		ByteBuffer copied = copy(key);
		this.config.validators().of(copied);
		instance().onLoop((engine) -> {
			SearchValue find = new SearchValue(engine, copied, quorum, sink);
			engine.search(sink, () -> begin.begin(find, find::search));
		}, sink::failed);
	}

	boolean isBetter(ByteBuffer key, ByteBuffer known, ByteBuffer other) throws InvalidRecord {
		return this.config.validators().compare(key, known, other) == Validators.Order.BETTER;
	}

	// Itself.

	/**
	 * Returns whether this node answers others now.
	 * @return whether it is a server
	 * @throws IllegalStateException if this is not mounted
	 */
	public boolean isServer() {
		return instance().isServer();
	}

	/**
	 * Returns whether this node answers others.
	 * @param mode from now on
	 * @throws IllegalStateException if this is not mounted, or its path is taken
	 */
	public void mode(Mode mode) {
		instance().mode(mode);
	}

	/**
	 * Tells an observer of each message from now on, whether this is mounted yet or not.
	 * @param observer hears of them
	 * @return ends that when it is closed
	 */
	public Node.Subscription observe(KadObserver observer) {
		return this.observers.add(observer);
	}

	/**
	 * Returns the peers of the routing table. Blocks for a moment.
	 * @return a snapshot, those that share the shortest prefix with this node first
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if this is not mounted
	 */
	public List<PeerId> routingTable() throws IOException {
		Future<List<PeerId>> peers = start((engine, promise) -> promise
			.trySuccess(engine.table().buckets().stream().flatMap(List::stream).map(RoutingTable.Entry::id).toList()));
		return instance().await(peers, "routingTable");
	}

	/**
	 * Returns what the instance holds and has done. Blocks for a moment.
	 * @return a snapshot
	 * @throws IOException if the thread was interrupted
	 * @throws IllegalStateException on an event loop, or if this is not mounted
	 */
	public KadStats stats() throws IOException {
		Future<KadStats> stats = start((engine, promise) -> promise.trySuccess(engine.counters().stats(engine)));
		return instance().await(stats, "stats");
	}

	/**
	 * Leaves the network: answers no more, ends what is under way. Idempotent. Does not
	 * block, unless there is a {@link KademliaBuilder#store}: then until what changed is
	 * on the disk, and on an event loop not even then.
	 */
	@Override
	public void close() {
		KadInstance mounted = this.instance;
		if (mounted != null) {
			mounted.close();
		}
	}

	/** What runs on the event loop. */
	private interface Operation<T> {

		void start(KadEngine engine, Promise<T> promise);

	}

	/** Runs an operation; what its caller cancels is cancelled on the event loop. */
	private <T> Future<T> start(Operation<T> operation) {
		KadInstance mounted = instance();
		EventExecutor loop = mounted.loop();
		Promise<T> result = loop.newPromise();
		mounted.onLoop((engine) -> {
			Promise<T> inner = engine.promise();
			pass(inner, result);
			engine.operation(inner, () -> operation.start(engine, inner));
		}, result::tryFailure);
		return result;
	}

	/** Passes an outcome on, and a cancellation back; event loop only. */
	private static <T> void pass(Future<T> from, Promise<T> to) {
		from.addListener((done) -> {
			if (done.isSuccess()) {
				to.trySuccess(from.getNow());
			}
			else {
				to.tryFailure(done.cause());
			}
		});
		to.addListener((done) -> {
			if (done.isCancelled()) {
				from.cancel(false);
			}
		});
	}

	private static ByteBuffer copy(ByteBuffer bytes) {
		return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip().asReadOnlyBuffer();
	}

}
