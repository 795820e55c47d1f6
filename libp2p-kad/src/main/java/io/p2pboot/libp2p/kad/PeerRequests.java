package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectOptions;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.RoutingTimeout;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.NettyNode;
import org.jspecify.annotations.Nullable;

/**
 * The requests to one peer: so many at once, the others wait. A stream whose answer has
 * come is used again for a while; if it turns out to be dead, the request is sent once
 * more on a new one. The instance's event loop only.
 */
final class PeerRequests {

	/** How long an unused stream is kept: js-libp2p ends it after 10 seconds. */
	static final Duration IDLE = Duration.ofSeconds(8);

	/** The code with which a stream is reset whose request was given up. */
	private static final long GIVEN_UP = 0;

	private final NettyNode node;

	private final EventExecutor loop;

	private final ProtocolPath path;

	private final AnswerBudget budget;

	private final Runnable unused;

	private final Queue<Request> waiting = new ArrayDeque<>();

	private final List<Request> running = new ArrayList<>();

	private @Nullable OutboundStream idle;

	private @Nullable ScheduledFuture<?> idleTimer;

	/** Once: another may have its place by the next time. */
	private boolean toldUnused;

	PeerRequests(NettyNode node, EventExecutor loop, ProtocolPath path, AnswerBudget budget, Runnable unused) {
		this.node = node;
		this.loop = loop;
		this.path = path;
		this.budget = budget;
		this.unused = unused;
	}

	KadNetwork.Pending send(AddrInfo to, KadMessage message, Duration timeout, KadNetwork.Callback callback) {
		Request request = new Request(to, message, callback);
		request.timer = this.loop.schedule(
				() -> request.fail(new RoutingTimeout(to.id() + " did not answer within " + timeout)),
				timeout.toNanos(), TimeUnit.NANOSECONDS);
		if (this.waiting.size() >= KadLimits.MAX_WAITING_REQUESTS_PER_PEER) {
			Futures.execute(this.loop, () -> request.fail(new LimitExceeded("requests that wait for " + to.id(),
					this.waiting.size(), KadLimits.MAX_WAITING_REQUESTS_PER_PEER)));
		}
		else {
			this.waiting.add(request);
			Futures.execute(this.loop, this::next);
		}
		return request::cancel;
	}

	private void next() {
		while (!this.waiting.isEmpty() && this.running.size() < KadLimits.MAX_REQUESTS_PER_PEER) {
			Request request = this.waiting.remove();
			this.running.add(request);
			request.begin();
		}
		if (this.waiting.isEmpty() && this.running.isEmpty() && this.idle == null && !this.toldUnused) {
			this.toldUnused = true;
			this.unused.run();
		}
	}

	private @Nullable OutboundStream takeIdle() {
		OutboundStream taken = this.idle;
		this.idle = null;
		if (this.idleTimer != null) {
			this.idleTimer.cancel(false);
		}
		return (taken != null && taken.isUsable()) ? taken : null;
	}

	private void keep(OutboundStream stream) {
		if (this.idle != null || !stream.isUsable()) {
			stream.finish();
			return;
		}
		this.idle = stream;
		this.idleTimer = this.loop.schedule(this::dropIdle, IDLE.toNanos(), TimeUnit.NANOSECONDS);
	}

	private void dropIdle() {
		OutboundStream dropped = takeIdle();
		if (dropped != null) {
			dropped.finish();
		}
		next();
	}

	/** Gives everything up. */
	void close() {
		List<Request> all = new ArrayList<>(this.waiting);
		all.addAll(this.running);
		all.forEach((request) -> request.fail(closed()));
		dropIdle();
	}

	static IOException closed() {
		return new IOException("The Kademlia instance is closed");
	}

	/** One request on its way. */
	private final class Request {

		private final AddrInfo to;

		private final KadMessage message;

		private final KadNetwork.Callback callback;

		private @Nullable ScheduledFuture<?> timer;

		private @Nullable Future<?> opening;

		private @Nullable OutboundStream stream;

		private boolean reused;

		private boolean ended;

		private Request(AddrInfo to, KadMessage message, KadNetwork.Callback callback) {
			this.to = to;
			this.message = message;
			this.callback = callback;
		}

		private void begin() {
			// Its end is the only sign that it was taken, so it goes on a stream of its
			// own.
			OutboundStream old = (this.message.type() == KadMessage.Type.ADD_PROVIDER) ? null : takeIdle();
			if (old != null) {
				this.reused = true;
				ask(old);
			}
			else {
				connect();
			}
		}

		private void connect() {
			OutboundStream created = new OutboundStream(PeerRequests.this.loop, PeerRequests.this.budget);
			try {
				// Were this dial to ask a routing, lookups would beget lookups.
				Future<?> opened = PeerRequests.this.node.openStream(this.to, List.of(PeerRequests.this.path),
						ConnectOptions.DEFAULT.withoutRoutings(), created::initialize);
				this.opening = opened;
				whenDone(opened, created);
			}
			catch (IllegalStateException | IllegalArgumentException ex) {
				fail(new IOException("Cannot connect to " + this.to.id() + ": " + ex.getMessage(), ex));
			}
		}

		private void whenDone(Future<?> opened, OutboundStream created) {
			opened.addListener((done) -> Futures.execute(PeerRequests.this.loop, () -> {
				if (this.ended) {
					// It was given up after the stream had been opened.
					created.reset(GIVEN_UP);
				}
				else if (done.isSuccess()) {
					ask(created);
				}
				else {
					fail(done.cause());
				}
			}));
		}

		private void ask(OutboundStream on) {
			this.stream = on;
			on.ask(this.message, new KadNetwork.Callback() {

				@Override
				public void sent(int bytes) {
					Request.this.callback.sent(bytes);
				}

				@Override
				public void answered(@Nullable KadMessage answer) {
					if (end()) {
						Request.this.stream = null;
						if (answer != null) {
							keep(on);
						}
						Request.this.callback.answered(answer);
					}
				}

				@Override
				public void failed(Throwable cause) {
					if (Request.this.reused && !Request.this.ended) {
						Request.this.reused = false;
						connect();
						return;
					}
					fail(cause);
				}

			});
		}

		private void fail(Throwable cause) {
			if (end()) {
				giveUp();
				this.callback.failed(cause);
			}
		}

		private void cancel() {
			if (end()) {
				giveUp();
			}
		}

		private void giveUp() {
			if (this.opening != null) {
				this.opening.cancel(false);
			}
			if (this.stream != null) {
				this.stream.reset(GIVEN_UP);
			}
		}

		private boolean end() {
			if (this.ended) {
				return false;
			}
			this.ended = true;
			if (this.timer != null) {
				this.timer.cancel(false);
			}
			PeerRequests.this.running.remove(this);
			PeerRequests.this.waiting.remove(this);
			Futures.execute(PeerRequests.this.loop, PeerRequests.this::next);
			return true;
		}

	}

}
