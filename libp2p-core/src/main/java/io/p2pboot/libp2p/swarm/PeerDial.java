package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * One dial of one peer, whoever waits for it: asks the sources in order, resolves and
 * ranks the addresses of each, and races them. Whoever joins brings addresses and time of
 * his own; when nobody waits any more the dial is cancelled. Runs on one executor; every
 * callback comes back to it, so the state needs no lock.
 */
final class PeerDial {

	/** How many addresses of one source are dialled; the rest is ignored. */
	static final int MAX_ADDRESSES = 100;

	/** By how much all sources together may exceed that. */
	static final int MAX_SOURCES = 10;

	/** How many dials of one peer run at once. */
	static final int MAX_CONCURRENT = 8;

	private record Due(Multiaddr address, long sinceStartNanos, int order) implements Comparable<Due> {

		@Override
		public int compareTo(Due other) {
			int byTime = Long.compare(this.sinceStartNanos, other.sinceStartNanos);
			return (byTime != 0) ? byTime : Integer.compare(this.order, other.order);
		}

	}

	private final Swarm swarm;

	private final PeerId peer;

	private final EventExecutor executor;

	private final Deque<AddressSource> sources;

	private final Promise<SwarmConnection> result;

	private final List<DialFailed.Attempt> attempts = new ArrayList<>();

	private final Set<Multiaddr> tried = new HashSet<>();

	/** By the time when each is due. */
	private final PriorityQueue<Due> waiting = new PriorityQueue<>();

	private final Set<Future<MuxedConnection>> flying = new HashSet<>();

	private final long startNanos;

	private long deadlineNanos;

	private @Nullable ScheduledFuture<?> deadline;

	/** Whoever starts the dial is the first. */
	private int waiters = 1;

	/** The source that is being asked. */
	private @Nullable Future<List<Multiaddr>> asking;

	private int resolving;

	private int ranked;

	private int dials;

	PeerDial(Swarm swarm, PeerId peer, EventExecutor executor, List<AddressSource> sources, Duration timeout) {
		this.swarm = swarm;
		this.peer = peer;
		this.executor = executor;
		this.sources = new ArrayDeque<>(sources);
		this.result = executor.newPromise();
		this.startNanos = executor.ticker().nanoTime();
		this.deadlineNanos = this.startNanos + timeout.toNanos();
	}

	Promise<SwarmConnection> result() {
		return this.result;
	}

	void start() {
		this.executor.execute(() -> {
			scheduleDeadline();
			this.result.addListener((done) -> {
				endDeadline();
				endAsking();
				this.flying.forEach((dial) -> dial.cancel(false));
				this.swarm.observer()
					.dialCompleted(this.peer, done.isSuccess(), this.dials,
							Duration.ofNanos(this.executor.ticker().nanoTime() - this.startNanos));
			});
			if (!this.swarm.isRunning()) {
				// Whoever stopped the node may have missed this one.
				stop();
			}
			else if (!succeedWithPresent()) {
				nextSource();
			}
		});
	}

	/** Another dial, or the peer's own, may have made a connection meanwhile. */
	private boolean succeedWithPresent() {
		Optional<SwarmConnection> present = this.swarm.best(this.peer);
		return present.isPresent() && this.result.trySuccess(present.get());
	}

	/**
	 * Joins the dial.
	 * @param given the caller's own addresses, dialled at once
	 * @param timeout the caller's own time
	 * @param waiter takes the outcome; cancelling it leaves the dial to the others, or
	 * cancels it if there are none
	 * @param again dials anew, called where this dial has failed already; null from
	 * whoever started it
	 */
	void join(AddressSource given, Duration timeout, Promise<Connection> waiter, @Nullable Runnable again) {
		this.executor.execute(() -> {
			if (again != null && this.result.isDone() && !this.result.isSuccess()) {
				again.run();
				return;
			}
			if (again != null) {
				this.waiters++;
				extend(given, timeout);
			}
			add(timeout, waiter);
		});
	}

	private void extend(AddressSource given, Duration timeout) {
		Future<List<Multiaddr>> addresses = ask(given);
		if (addresses.isSuccess() && !this.result.isDone()) {
			long wanted = this.executor.ticker().nanoTime() + timeout.toNanos();
			this.deadlineNanos = (wanted - this.deadlineNanos > 0) ? wanted : this.deadlineNanos;
			resolve(given, addresses.getNow());
			advance();
		}
	}

	private void add(Duration timeout, Promise<Connection> waiter) {
		ScheduledFuture<?> limit = this.executor.schedule(() -> late(timeout, waiter), timeout.toNanos(),
				TimeUnit.NANOSECONDS);
		waiter.addListener((done) -> {
			if (!this.executor.isShuttingDown()) {
				limit.cancel(false);
				this.executor.execute(this::left);
			}
		});
		this.result.addListener((done) -> {
			if (done.isSuccess()) {
				waiter.trySuccess(this.result.getNow());
			}
			else {
				waiter.tryFailure(done.isCancelled() ? lateFailure(timeout) : done.cause());
			}
		});
	}

	private void late(Duration timeout, Promise<Connection> waiter) {
		if (!succeedWithPresent()) {
			waiter.tryFailure(lateFailure(timeout));
		}
	}

	/** The node stops. Any thread. */
	void stop() {
		this.result.tryFailure(new ConnectionLost("The node has stopped"));
	}

	private void left() {
		this.waiters--;
		if (this.waiters == 0) {
			this.result.cancel(false);
		}
	}

	private void scheduleDeadline() {
		this.deadline = this.executor.schedule(this::expired, this.deadlineNanos - this.executor.ticker().nanoTime(),
				TimeUnit.NANOSECONDS);
	}

	private void endDeadline() {
		ScheduledFuture<?> running = this.deadline;
		if (running != null) {
			running.cancel(false);
		}
	}

	/** A routing whose answer nobody waits for any more is interrupted. */
	private void endAsking() {
		Future<List<Multiaddr>> running = this.asking;
		if (running != null) {
			running.cancel(true);
		}
	}

	private DialFailed lateFailure(Duration timeout) {
		List<DialFailed.Attempt> tried = new ArrayList<>(this.attempts);
		tried.add(new DialFailed.Attempt("deadline",
				new IOException("not connected within " + timeout.toMillis() + " ms")));
		return new DialFailed(this.peer, tried);
	}

	private void expired() {
		if (this.deadlineNanos - this.executor.ticker().nanoTime() > 0) {
			scheduleDeadline();
			return;
		}
		if (!succeedWithPresent()) {
			this.result.tryFailure(lateFailure(Duration.ofNanos(this.deadlineNanos - this.startNanos)));
		}
	}

	private void nextSource() {
		AddressSource source = this.sources.poll();
		if (source == null) {
			if (!succeedWithPresent()) {
				this.result.tryFailure(new DialFailed(this.peer, this.attempts));
			}
			return;
		}
		Future<List<Multiaddr>> asked = ask(source);
		this.asking = asked;
		// A source that hangs may use its share of what is left, not the others' too.
		long share = (this.deadlineNanos - this.executor.ticker().nanoTime()) / (this.sources.size() + 1L);
		ScheduledFuture<?> limit = this.executor.schedule(() -> asked.cancel(true), share, TimeUnit.NANOSECONDS);
		asked.addListener((done) -> this.executor.execute(() -> {
			limit.cancel(false);
			answered(source, asked);
		}));
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
		if (this.result.isDone()) {
			return;
		}
		if (!asked.isSuccess()) {
			failed(source.name(), asked.isCancelled() ? new IOException("no answer in time") : asked.cause());
			advance();
			return;
		}
		resolve(source, asked.getNow().stream().distinct().limit(MAX_ADDRESSES).toList());
		advance();
	}

	/** What needs no name server is dialled at once, the rest as it comes. */
	private void resolve(AddressSource source, List<Multiaddr> found) {
		List<Multiaddr> known = new ArrayList<>();
		for (Multiaddr address : found) {
			if (withoutPeer(address).isEmpty()) {
				failed(address.toString(), new IOException("the address names another peer than " + this.peer));
				continue;
			}
			Future<List<Multiaddr>> resolved = this.swarm.resolve(address);
			if (resolved.isSuccess()) {
				known.addAll(allowed(source, address, resolved.getNow()));
				continue;
			}
			this.resolving++;
			resolved.addListener((done) -> this.executor.execute(() -> {
				this.resolving--;
				resolved(source, address, resolved);
			}));
		}
		race(source, known);
	}

	private void resolved(AddressSource source, Multiaddr address, Future<List<Multiaddr>> resolved) {
		if (this.result.isDone()) {
			return;
		}
		if (resolved.isSuccess()) {
			race(source, allowed(source, address, resolved.getNow()));
		}
		else {
			failed(address.toString(), resolved.cause());
		}
		advance();
	}

	private List<Multiaddr> allowed(AddressSource source, Multiaddr told, List<Multiaddr> found) {
		return found.stream().filter((one) -> source.trusted() || isAllowed(told, one)).toList();
	}

	/** Whoever owns a name, or told us an address, must not lead us to our own host. */
	private boolean isAllowed(Multiaddr told, Multiaddr found) {
		AddressScope scope = AddressScope.of(found);
		boolean allowed = scope != AddressScope.NOWHERE
				&& (scope != AddressScope.HOST || AddressScope.of(told) == AddressScope.HOST);
		if (!allowed) {
			failed(told.toString(), new IOException("it leads to " + found + ", where no other host is"));
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

	private void race(AddressSource source, List<Multiaddr> resolved) {
		List<Multiaddr> candidates = new ArrayList<>();
		for (Multiaddr full : resolved) {
			Optional<Multiaddr> address = withoutPeer(full);
			if (address.isPresent() && this.tried.size() < MAX_ADDRESSES * MAX_SOURCES && this.tried.add(address.get())
					&& mayDial(source, address.get())) {
				candidates.add(address.get());
			}
		}
		long since = this.executor.ticker().nanoTime() - this.startNanos;
		DialRanking.rank(candidates)
			.forEach((ranked) -> this.waiting
				.add(new Due(ranked.address(), since + ranked.delay().toNanos(), this.ranked++)));
	}

	private boolean mayDial(AddressSource source, Multiaddr address) {
		Optional<String> obstacle = obstacle(source, address);
		obstacle.ifPresent((reason) -> failed(address.toString(), new IOException(reason)));
		return obstacle.isEmpty();
	}

	private Optional<String> obstacle(AddressSource source, Multiaddr address) {
		if (this.swarm.transportFor(address).isEmpty()) {
			return Optional.of("no transport of this node dials it");
		}
		if (this.swarm.isOwn(address)) {
			return Optional.of("this node listens on it itself");
		}
		return (!source.trusted() && this.swarm.backoff().isHeldBack(address))
				? Optional.of("it failed lately and is held back") : Optional.empty();
	}

	/** Starts what is due; a failure brings the next one forward. */
	private void advance() {
		if (this.result.isDone()) {
			return;
		}
		while (!this.waiting.isEmpty() && this.flying.size() < MAX_CONCURRENT) {
			long since = this.executor.ticker().nanoTime() - this.startNanos;
			long left = this.waiting.element().sinceStartNanos() - since;
			if (left > 0 && !this.flying.isEmpty()) {
				this.executor.schedule(this::advance, left, TimeUnit.NANOSECONDS);
				return;
			}
			this.swarm.observer().dialDelayed(Duration.ofNanos(since));
			dial(this.waiting.remove().address());
		}
		if (this.waiting.isEmpty() && this.flying.isEmpty() && this.resolving == 0 && this.asking == null) {
			nextSource();
		}
	}

	private void dial(Multiaddr address) {
		Transport transport = this.swarm.transportFor(address).orElseThrow();
		this.dials++;
		Future<MuxedConnection> dial = transport.dial(address, Optional.of(this.peer));
		this.flying.add(dial);
		dial.addListener((done) -> {
			if (done.isSuccess()) {
				// At once, on the connection's event loop: its streams may follow.
				SwarmConnection connection = this.swarm.adopt(dial.getNow());
				this.executor.execute(() -> won(address, dial, connection));
			}
			else {
				this.executor.execute(() -> lost(address, dial));
			}
		});
	}

	private void won(Multiaddr address, Future<MuxedConnection> dial, SwarmConnection connection) {
		this.flying.remove(dial);
		this.swarm.backoff().succeeded(address);
		if (this.result.isDone()) {
			connection.close();
			return;
		}
		PeerId answered = connection.remotePeer();
		if (!answered.equals(this.peer)) {
			connection.close();
			failed(address.toString(), new PeerIdMismatch(this.peer, answered));
			advance();
			return;
		}
		Optional<Libp2pException> refused = this.swarm.register(connection);
		if (refused.isPresent()) {
			if (!succeedWithPresent()) {
				this.result.tryFailure(refused.get());
			}
		}
		else {
			this.result.trySuccess(connection);
		}
	}

	private void lost(Multiaddr address, Future<MuxedConnection> dial) {
		this.flying.remove(dial);
		if (dial.isCancelled()) {
			this.swarm.observer().dialFailed(address, cancellation(dial));
		}
		else {
			this.swarm.backoff().failed(address);
			this.swarm.observer().dialFailed(address, dial.cause());
			failed(address.toString(), dial.cause());
		}
		advance();
	}

	private Throwable cancellation(Future<MuxedConnection> dial) {
		return this.result.isSuccess() ? dial.cause() : new TimeoutException("The deadline of the dial has passed");
	}

	private void failed(String target, Throwable cause) {
		this.attempts
			.add(new DialFailed.Attempt(target, (cause instanceof Exception ex) ? ex : new IOException(cause)));
	}

}
