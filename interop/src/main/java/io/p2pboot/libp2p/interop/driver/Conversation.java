package io.p2pboot.libp2p.interop.driver;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Matches answers to requests and keeps the latest events. Thread-safe.
 */
abstract class Conversation implements Peer {

	/** How much longer than its own time-out a request may take to be answered. */
	private static final long ANSWER_GRACE_MILLIS = 10_000;

	private static final long DEFAULT_TIMEOUT_MILLIS = 15_000;

	/** How many events wait to be asked for; older ones are dropped. */
	static final int MAX_EVENTS = 10_000;

	private final AtomicLong lastId = new AtomicLong();

	private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition arrived = this.lock.newCondition();

	private final Deque<JsonNode> events = new ArrayDeque<>();

	private boolean ended;

	private record Waiting(String op, CompletableFuture<JsonNode> answer) {
	}

	abstract void write(ObjectNode request);

	@Override
	public final CompletableFuture<JsonNode> send(String op, Map<String, ?> arguments) {
		long id = this.lastId.incrementAndGet();
		ObjectNode request = JsonMapper.shared().valueToTree(arguments);
		Waiting one = new Waiting(op, new CompletableFuture<>());
		this.waiting.put(id, one);
		write(request.put("id", id).put("op", op));
		if (isEnded()) {
			end();
		}
		return one.answer();
	}

	@Override
	public final JsonNode call(String op, Map<String, ?> arguments) {
		Object timeout = arguments.get("timeout");
		long millis = (timeout instanceof Number number) ? number.longValue() : DEFAULT_TIMEOUT_MILLIS;
		try {
			return send(op, arguments).get(millis + ANSWER_GRACE_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof PeerFailure failure) {
				throw failure;
			}
			throw new IllegalStateException(ex);
		}
		catch (TimeoutException ex) {
			throw new PeerFailure(stack(), op, "silent", "no answer within " + (millis + ANSWER_GRACE_MILLIS) + " ms");
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new PeerFailure(stack(), op, "silent", "interrupted");
		}
	}

	/** Takes one line of the peer. */
	final void received(JsonNode line) {
		if (line.has("ev")) {
			this.lock.lock();
			try {
				if (this.events.size() == MAX_EVENTS) {
					this.events.removeFirst();
				}
				this.events.addLast(line);
				this.arrived.signalAll();
			}
			finally {
				this.lock.unlock();
			}
			return;
		}
		Waiting one = this.waiting.remove(line.path("id").asLong(0));
		if (one == null) {
			return;
		}
		if (line.path("ok").asBoolean(false)) {
			one.answer().complete(line.path("r"));
		}
		else {
			one.answer()
				.completeExceptionally(new PeerFailure(stack(), one.op(), line.path("kind").asString("internal"),
						line.path("err").asString("")));
		}
	}

	/** Says that nothing more will come. */
	final void end() {
		this.lock.lock();
		try {
			this.ended = true;
			this.arrived.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		this.waiting.values()
			.forEach((one) -> one.answer()
				.completeExceptionally(new PeerFailure(stack(), one.op(), "silent", "the peer has ended")));
	}

	private boolean isEnded() {
		this.lock.lock();
		try {
			return this.ended;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public final Optional<JsonNode> awaitEvent(String name, Predicate<JsonNode> which, Duration timeout) {
		long left = timeout.toNanos();
		this.lock.lock();
		try {
			while (true) {
				Optional<JsonNode> found = take(name, which);
				if (found.isPresent() || left <= 0 || this.ended) {
					return found;
				}
				left = this.arrived.awaitNanos(left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Optional.empty();
		}
		finally {
			this.lock.unlock();
		}
	}

	private Optional<JsonNode> take(String name, Predicate<JsonNode> which) {
		Iterator<JsonNode> all = this.events.iterator();
		while (all.hasNext()) {
			JsonNode event = all.next();
			if (event.path("ev").asString("").equals(name) && which.test(event)) {
				all.remove();
				return Optional.of(event);
			}
		}
		return Optional.empty();
	}

}
