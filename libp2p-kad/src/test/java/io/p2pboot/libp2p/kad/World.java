package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.function.UnaryOperator;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/** Time passes when the test says so; nobody answers unless it says what. */
final class World implements KadNetwork {

	final Map<PeerId, List<Multiaddr>> addresses = new HashMap<>();

	final Map<PeerId, List<Multiaddr>> connected = new HashMap<>();

	/** What it was told of peers. */
	final Map<PeerId, List<Multiaddr>> kept = new HashMap<>();

	final List<PeerId> servers = new ArrayList<>();

	/** Where this node can be reached. */
	List<Multiaddr> own = List.of();

	final List<KadMessage> requests = new ArrayList<>();

	/** To whom each request went. */
	final List<PeerId> asked = new ArrayList<>();

	private final Queue<Task> tasks = new PriorityQueue<>();

	@Nullable UnaryOperator<KadMessage> answers;

	/** Those who never answer, whatever the test says. */
	final Set<PeerId> dead = new HashSet<>();

	/** Why a request cannot be sent; null if it can. */
	@Nullable IOException refusal;

	long now;

	private long order;

	private record Task(long atNanos, long order, Runnable runnable) implements Comparable<Task> {

		@Override
		public int compareTo(Task other) {
			int byTime = Long.compare(this.atNanos, other.atNanos);
			return (byTime != 0) ? byTime : Long.compare(this.order, other.order);
		}

	}

	void pass(Duration time) {
		long end = this.now + time.toNanos();
		while (!this.tasks.isEmpty() && this.tasks.element().atNanos() <= end) {
			Task task = this.tasks.remove();
			this.now = task.atNanos();
			task.runnable().run();
		}
		this.now = end;
	}

	@Override
	public Pending request(KadPeer to, KadMessage message, Duration timeout, Callback callback) {
		this.requests.add(message);
		this.asked.add(to.id());
		IOException why = this.refusal;
		if (why != null) {
			return schedule(() -> callback.failed(why), 1);
		}
		if (this.answers == null || this.dead.contains(to.id())) {
			return schedule(() -> callback.failed(new IOException("silent")), timeout.toNanos());
		}
		return schedule(() -> callback.answered(this.answers.apply(message)), 1);
	}

	@Override
	public Pending schedule(Runnable task, long delayNanos) {
		Task added = new Task(this.now + delayNanos, this.order++, task);
		this.tasks.add(added);
		return () -> this.tasks.remove(added);
	}

	@Override
	public long nanoTime() {
		return this.now;
	}

	@Override
	public List<Multiaddr> ownAddresses(PeerId reader) {
		return this.own;
	}

	@Override
	public List<PeerId> servers() {
		return this.servers;
	}

	@Override
	public List<Multiaddr> connectedAt(PeerId peer) {
		return this.connected.getOrDefault(peer, List.of());
	}

	@Override
	public List<Multiaddr> addresses(PeerId peer) {
		return this.addresses.getOrDefault(peer, List.of());
	}

	@Override
	public boolean isConnected(PeerId peer) {
		return this.connected.containsKey(peer);
	}

	@Override
	public void keepAddresses(PeerId peer, List<Multiaddr> addresses, Duration timeToLive) {
		this.kept.put(peer, addresses);
	}

}
