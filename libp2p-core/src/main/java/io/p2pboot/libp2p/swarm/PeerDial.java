package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.swarm.DialRanking.Ranked;
import io.p2pboot.libp2p.transport.DialOptions;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * One dial of one peer, whoever waits for it: {@link DialAddresses} finds the addresses,
 * {@link DialRace} says when which of them is dialled, {@link DialWaiters} until when.
 * Whoever joins brings addresses and time of his own; when nobody waits any more the dial
 * is cancelled. Runs on one executor; every callback comes back to it, so the state needs
 * no lock.
 */
final class PeerDial {

	private final Swarm swarm;

	private final PeerId peer;

	private final ConnectOptions options;

	private final DialOptions dialling;

	private final EventExecutor executor;

	private final Promise<SwarmConnection> result;

	private final List<DialFailed.Attempt> attempts = new ArrayList<>();

	private final Set<Future<MuxedConnection>> flying = new HashSet<>();

	private final DialAddresses addresses;

	private final DialRace race;

	private final DialWaiters waiters;

	private final long startNanos;

	private @Nullable ScheduledFuture<?> next;

	private int dials;

	PeerDial(Swarm swarm, PeerId peer, EventExecutor executor, List<AddressSource> sources, ConnectOptions options,
			Duration timeout) {
		this.options = options;
		this.dialling = new DialOptions(Optional.of(peer), options.role(), options.port());
		this.swarm = swarm;
		this.peer = peer;
		this.executor = executor;
		this.result = executor.newPromise();
		this.startNanos = now();
		this.race = new DialRace(this.startNanos);
		this.waiters = new DialWaiters(executor, timeout, this.result, this::succeedWithPresent, this::failure);
		this.addresses = new DialAddresses(swarm, peer, executor, sources, options, this.waiters::nanosLeft,
				new Found());
	}

	Promise<SwarmConnection> result() {
		return this.result;
	}

	private long now() {
		return this.executor.ticker().nanoTime();
	}

	void start() {
		boolean started = Futures.execute(this.executor, () -> {
			this.waiters.start();
			this.result.addListener((done) -> ended(done.isSuccess()));
			if (!this.swarm.isRunning()) {
				// Whoever stopped the node may have missed this one.
				stop();
			}
			else if (!succeedWithPresent()) {
				advance();
			}
		});
		if (!started) {
			stop();
		}
	}

	private void ended(boolean success) {
		this.addresses.stop();
		endTimer();
		this.flying.forEach((dial) -> dial.cancel(false));
		this.swarm.observer().dialCompleted(this.peer, success, this.dials, Duration.ofNanos(now() - this.startNanos));
	}

	/** Another dial, or the peer's own, may have made a connection meanwhile. */
	private boolean succeedWithPresent() {
		Optional<SwarmConnection> present = this.swarm.best(this.peer, this.options);
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
		boolean joined = Futures.execute(this.executor, () -> {
			if (again != null && this.result.isDone() && !this.result.isSuccess()) {
				again.run();
				return;
			}
			if (again != null) {
				this.waiters.join(timeout);
				if (this.addresses.add(given)) {
					advance();
				}
			}
			this.waiters.add(timeout, waiter);
		});
		if (!joined) {
			waiter.tryFailure(stopped());
		}
	}

	/** The node stops. Any thread. */
	void stop() {
		this.result.tryFailure(stopped());
	}

	private static ConnectionLost stopped() {
		return new ConnectionLost("The node has stopped");
	}

	/** Begins what is due, and sees to it that it is called when more is. */
	private void advance() {
		if (this.result.isDone()) {
			return;
		}
		for (Multiaddr address : this.race.begin(now())) {
			this.swarm.observer().dialDelayed(Duration.ofNanos(now() - this.startNanos));
			dial(address);
		}
		if (this.race.isQuiet(now()) && !this.addresses.isPending()) {
			if (this.addresses.hasMoreSources()) {
				this.addresses.askNext();
			}
			else if (this.race.isOver() && !succeedWithPresent()) {
				this.result.tryFailure(new DialFailed(this.peer, this.attempts));
			}
		}
		endTimer();
		this.race.nextChange(now())
			.ifPresent((left) -> this.next = this.executor.schedule(this::advance, left, TimeUnit.NANOSECONDS));
	}

	private void endTimer() {
		ScheduledFuture<?> running = this.next;
		if (running != null) {
			running.cancel(false);
		}
	}

	private void dial(Multiaddr address) {
		Transport transport = this.swarm.transportFor(address).orElseThrow();
		this.dials++;
		Future<MuxedConnection> dial = transport.dial(address, this.dialling);
		this.flying.add(dial);
		dial.addListener((done) -> {
			if (done.isSuccess()) {
				// At once, on the connection's event loop: its streams may follow.
				SwarmConnection connection = this.swarm.adopt(dial.getNow());
				Futures.execute(this.executor, () -> won(address, dial, connection));
			}
			else {
				Futures.execute(this.executor, () -> lost(address, dial));
			}
		});
	}

	private void won(Multiaddr address, Future<MuxedConnection> dial, SwarmConnection connection) {
		this.flying.remove(dial);
		this.race.ended(address);
		this.swarm.backoff().succeeded(this.peer, address);
		this.swarm.history().answered(address);
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
		this.swarm.history().good(this.peer, address);
		Optional<Libp2pException> refused = this.swarm.register(connection);
		if (refused.isPresent()) {
			if (!succeedWithPresent()) {
				this.result.tryFailure(refused.get());
			}
		}
		else if (connection.suits(this.options)) {
			this.result.trySuccess(connection);
		}
		else {
			// It stays: others may use it, and a direct one may follow.
			failed(address.toString(), new IOException("connected, but the relay limits the connection"));
			advance();
		}
	}

	private void lost(Multiaddr address, Future<MuxedConnection> dial) {
		boolean deaf = this.race.isDeaf(address, now());
		this.flying.remove(dial);
		this.race.ended(address);
		if (dial.isCancelled()) {
			this.swarm.observer().dialFailed(address, cancellation(dial));
		}
		else {
			this.swarm.observer().dialFailed(address, dial.cause());
			if (dial.cause() instanceof LimitExceeded limit) {
				full(limit);
				return;
			}
			this.swarm.backoff().failed(this.peer, address);
			failed(address.toString(), dial.cause());
		}
		if (deaf || !dial.isCancelled()) {
			this.swarm.history().failed(this.peer, address);
		}
		advance();
	}

	/** The peer is there, but this node has no room. */
	private void full(LimitExceeded limit) {
		if (!succeedWithPresent()) {
			this.result.tryFailure(limit);
		}
	}

	private Throwable cancellation(Future<MuxedConnection> dial) {
		return this.result.isSuccess() ? dial.cause() : new TimeoutException("The deadline of the dial has passed");
	}

	private void failed(String target, Throwable cause) {
		this.attempts
			.add(new DialFailed.Attempt(target, (cause instanceof Exception ex) ? ex : new IOException(cause)));
	}

	private DialFailed failure(DialFailed.Attempt last) {
		List<DialFailed.Attempt> tried = new ArrayList<>(this.attempts);
		tried.add(last);
		return new DialFailed(this.peer, tried);
	}

	/** What becomes of the addresses. */
	private final class Found implements DialAddresses.Sink {

		@Override
		public void found(List<Ranked> ranked) {
			PeerDial.this.race.add(ranked, now());
		}

		@Override
		public void failed(String target, Throwable cause) {
			PeerDial.this.failed(target, cause);
		}

		@Override
		public void changed() {
			advance();
		}

	}

}
