package io.p2pboot.libp2p.kad;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * A network of real engines in virtual time, the same in every run: messages take
 * log-normal times, dead nodes let a dial run into its time-out.
 */
final class KadSimulation {

	/** How long a dial of a dead node takes. */
	static final long DIAL_TIMEOUT_NANOS = Duration.ofSeconds(5).toNanos();

	private final Random random;

	private final KadConfig config;

	private final List<SimNode> nodes = new ArrayList<>();

	private final Map<PeerId, SimNode> byId = new HashMap<>();

	private final PriorityQueue<Task> tasks = new PriorityQueue<>();

	private long nowNanos;

	private long sequence;

	private record Task(long atNanos, long order, Runnable runnable) implements Comparable<Task> {

		@Override
		public int compareTo(Task other) {
			int byTime = Long.compare(this.atNanos, other.atNanos);
			return (byTime != 0) ? byTime : Long.compare(this.order, other.order);
		}

	}

	KadSimulation(long seed, int size, KadConfig config) {
		this.random = new Random(seed);
		this.config = config;
		for (int number = 0; number < size; number++) {
			add();
		}
	}

	SimNode add() {
		return add(this.nodes.size() + 1);
	}

	/** Adds the peer with a number that no other has. */
	SimNode add(int number) {
		SimNode node = new SimNode(number);
		this.nodes.add(node);
		this.byId.put(node.peer.id(), node);
		return node;
	}

	/** Every node learns of every other, in an order of its own. */
	void fillTables() {
		List<SimNode> order = new ArrayList<>(this.nodes);
		for (SimNode node : this.nodes) {
			Collections.shuffle(order, this.random);
			order.forEach(node::learn);
		}
	}

	/** Kills a share of all nodes, without those that are kept. */
	void kill(double share, SimNode... kept) {
		for (SimNode node : this.nodes) {
			if (this.random.nextDouble() < share && !List.of(kept).contains(node)) {
				node.dead = true;
			}
		}
	}

	/**
	 * Puts new nodes in the place of a share of the living ones. All tables are as their
	 * refreshes would make them.
	 */
	void replace(double share, SimNode kept) {
		List<SimNode> others = new ArrayList<>(living());
		others.remove(kept);
		Collections.shuffle(others, this.random);
		List<SimNode> gone = others.subList(0, (int) Math.round(share * others.size()));
		gone.forEach((node) -> node.dead = true);
		List<SimNode> left = living();
		left.forEach((node) -> gone.forEach((lost) -> node.engine.table().remove(lost.peer.key())));
		List<SimNode> fresh = gone.stream().map((lost) -> add()).toList();
		left.forEach((node) -> fresh.forEach((other) -> node.learn(other)));
		List<SimNode> order = new ArrayList<>(living());
		for (SimNode node : fresh) {
			Collections.shuffle(order, this.random);
			order.forEach(node::learn);
		}
	}

	List<SimNode> living() {
		return this.nodes.stream().filter((node) -> !node.dead).toList();
	}

	List<SimNode> nodes() {
		return this.nodes;
	}

	/** The living nodes nearest to a key. */
	List<KadKey> nearest(KadKey key, int count) {
		return this.nodes.stream()
			.filter((node) -> !node.dead)
			.map((node) -> node.peer.key())
			.sorted(key.byDistance())
			.limit(count)
			.toList();
	}

	long nowNanos() {
		return this.nowNanos;
	}

	/** Lets time pass until something is done. */
	<T> T run(Future<T> future) {
		while (!future.isDone()) {
			step();
		}
		if (!future.isSuccess()) {
			throw new AssertionError("failed", future.cause());
		}
		return future.getNow();
	}

	/** Lets time pass. */
	void run(Duration time) {
		long end = this.nowNanos + time.toNanos();
		while (!this.tasks.isEmpty() && this.tasks.peek().atNanos <= end) {
			step();
		}
		this.nowNanos = end;
	}

	private void step() {
		Task task = this.tasks.remove();
		this.nowNanos = task.atNanos;
		task.runnable.run();
	}

	private KadNetwork.Pending later(Runnable runnable, long delayNanos) {
		boolean[] cancelled = new boolean[1];
		this.tasks.add(new Task(this.nowNanos + delayNanos, this.sequence++, () -> {
			if (!cancelled[0]) {
				runnable.run();
			}
		}));
		return () -> cancelled[0] = true;
	}

	/** One way; the median of a round trip is 100 ms. */
	private long latencyNanos() {
		return (long) (50_000_000 * Math.exp(0.5 * this.random.nextGaussian()));
	}

	/** One node. */
	final class SimNode implements KadNetwork {

		final KadPeer peer;

		final KadEngine engine;

		boolean dead;

		/** Turns good answers into bad ones. */
		UnaryOperator<KadMessage> lie = UnaryOperator.identity();

		private SimNode(int number) {
			this.peer = Peers.peer(number);
			this.engine = new KadEngine(this.peer.id(), KadSimulation.this.config, this, Clock.systemUTC(),
					KadSimulation.this.random);
		}

		private void learn(SimNode other) {
			this.engine.table().offer(other.peer.id(), other.peer.key(), Set.of(), KadSimulation.this.nowNanos, false);
		}

		@Override
		public Pending request(KadPeer to, KadMessage message, Duration timeout, Callback callback) {
			SimNode other = KadSimulation.this.byId.get(to.id());
			if (other == null || other.dead) {
				return later(() -> callback.failed(new java.io.IOException("nobody is there")), DIAL_TIMEOUT_NANOS);
			}
			boolean[] cancelled = new boolean[1];
			later(() -> {
				try {
					@Nullable KadMessage answer = other.engine.answer(this.peer.id(), AddressScope.HOST, message)
						.map(other.lie)
						.orElse(null);
					later(() -> {
						if (!cancelled[0]) {
							callback.answered(answer);
						}
					}, latencyNanos());
				}
				catch (RequestRefused ex) {
					later(() -> {
						if (!cancelled[0]) {
							callback.failed(ex);
						}
					}, latencyNanos());
				}
			}, latencyNanos());
			return () -> cancelled[0] = true;
		}

		@Override
		public Pending schedule(Runnable task, long delayNanos) {
			return later(task, delayNanos);
		}

		@Override
		public long nanoTime() {
			return KadSimulation.this.nowNanos;
		}

		@Override
		public List<Multiaddr> ownAddresses(PeerId reader) {
			return this.peer.addresses();
		}

		@Override
		public List<PeerId> servers() {
			return List.of();
		}

		@Override
		public List<Multiaddr> connectedAt(PeerId id) {
			return List.of();
		}

		@Override
		public List<Multiaddr> addresses(PeerId id) {
			SimNode other = KadSimulation.this.byId.get(id);
			return (other != null) ? other.peer.addresses() : List.of();
		}

		@Override
		public boolean isConnected(PeerId id) {
			return false;
		}

		@Override
		public void keepAddresses(PeerId id, List<Multiaddr> addresses, Duration timeToLive) {
			// Every node knows the addresses of all.
		}

	}

}
