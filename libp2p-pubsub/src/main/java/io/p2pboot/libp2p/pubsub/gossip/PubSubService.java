package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.random.RandomGenerator;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node.Subscription;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.Outgoing;
import io.p2pboot.libp2p.pubsub.PartialMessage;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubLimits;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.PublishResult;
import io.p2pboot.libp2p.pubsub.RejectReason;
import io.p2pboot.libp2p.pubsub.Topic;
import io.p2pboot.libp2p.pubsub.TopicValidator;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.pubsub.ValidatorOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The router on a node. It has one thread of its own; signatures are checked on a few
 * others, and validators run on the node's executor. Thread-safe.
 */
final class PubSubService implements PubSub, RouterSink, PeerStreams.Routing, OwnMessages.Way {

	private static final int MAX_CHECKERS = 4;

	private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);

	private static final long FLUSH_POLL_MILLIS = 5;

	/** A heartbeat that takes longer than this part of the interval is told of. */
	private static final long SLOW_PART = 10;

	/** After what time a handler that found no thread asks for one again. */
	private static final long RETRY_MILLIS = 100;

	private final NettyNode node;

	private final PubSubConfig config;

	private final Router router;

	private final RandomGenerator random = new SplittableRandom();

	private final EventLog log = new EventLog(LoggerFactory.getLogger(PubSubService.class));

	private final EventExecutor executor;

	private final ExecutorService checkers;

	private final FairQueue checks;

	private final OwnMessages own;

	private final Validators validators;

	private final FollowedTopics topics;

	private final PeerStreams streams;

	private final ExchangedPeers exchanged;

	private final PeerWaits waits;

	/** Those that are about to be written to. Router's thread only. */
	private final Set<PeerId> readyPeers = new HashSet<>();

	private final AtomicBoolean closed = new AtomicBoolean();

	private @Nullable Subscription listening;

	private PubSubService(NettyNode node, MessageFactory messages, PubSubConfig config, EventExecutor executor) {
		this.node = node;
		this.config = config;
		SecureRandom seed = new SecureRandom();
		KeyedHash hash = new KeyedHash(seed.nextLong(), seed.nextLong());
		this.router = new Router(config, node.peerId(), hash);
		this.executor = executor;
		this.checkers = Executors.newFixedThreadPool(Math.min(MAX_CHECKERS, Runtime.getRuntime().availableProcessors()),
				new DefaultThreadFactory("libp2p-pubsub-check", true));
		this.checks = new FairQueue(this.checkers);
		this.validators = new Validators(node.executor(), this.executor, config.observer());
		this.own = new OwnMessages(this, config, messages, hash, this.validators, node.executor());
		this.topics = new FollowedTopics((event) -> later(() -> on(event)));
		this.streams = new PeerStreams(node, config, this.executor, this, this.log);
		this.exchanged = new ExchangedPeers(node, config.peerExchange(), config.directPeers(), this::later, this.log);
		this.waits = new PeerWaits(this.executor, this.router::subscribers);
	}

	static PubSub create(NettyNode node, MessageFactory messages, PubSubConfig config) {
		return create(node, messages, config,
				new DefaultEventExecutor(new DefaultThreadFactory("libp2p-pubsub", true)));
	}

	/** With a thread and a clock of the caller's, which end with it. */
	static PubSub create(NettyNode node, MessageFactory messages, PubSubConfig config, EventExecutor executor) {
		EventLog log = new EventLog(LoggerFactory.getLogger(PubSubService.class));
		PubSubConfig.Builder guarded = config.toBuilder().observer(guarded(config.observer()));
		config.score().ifPresent((score) -> guarded.score(score.withApplication((peer) -> {
			try {
				return score.application().applyAsDouble(peer);
			}
			catch (RuntimeException ex) {
				log.warn("pubsub.score", "The application cannot judge {}: {}", peer, ex);
				return 0;
			}
		}, score.applicationWeight())));
		PubSubService service = new PubSubService(node, messages, guarded.build(), executor);
		service.begin();
		return service;
	}

	/** What a single one throws is as little the router's. */
	private static PubSubObserver guarded(PubSubObserver observer) {
		return (observer == PubSubObserver.NONE) ? observer : PubSubObserver.of(List.of(observer, PubSubObserver.NONE));
	}

	private void begin() {
		List<ProtocolPath> mounted = new ArrayList<>();
		try {
			for (ProtocolPath path : this.config.protocols()) {
				this.node.mountStreams(path, this.streams::accept);
				mounted.add(path);
			}
		}
		catch (IllegalStateException ex) {
			mounted.forEach(this.node::unmountProtocol);
			this.executor.shutdownGracefully(0, 0, TimeUnit.SECONDS);
			this.checkers.shutdown();
			throw ex;
		}
		this.listening = this.node.addConnectionListener(new ConnectionListener() {

			@Override
			public void protocolsChanged(Connection connection, Set<ProtocolPath> added, Set<ProtocolPath> removed) {
				if (PubSubService.this.config.protocols().stream().anyMatch(added::contains)) {
					later(() -> PubSubService.this.streams.identified(connection));
				}
			}

			@Override
			public void disconnected(Connection connection) {
				later(() -> PubSubService.this.streams.disconnected(connection));
			}

		});
		this.node.connections().forEach((connection) -> later(() -> this.streams.identified(connection)));
		long interval = this.config.gossip().heartbeat().toNanos();
		// From the end of one to the beginning of the next: late ones are not caught up
		// on.
		this.executor.scheduleWithFixedDelay(this::heartbeat, this.config.gossip().firstHeartbeat().toNanos(), interval,
				TimeUnit.NANOSECONDS);
	}

	/** Runs something on the router's thread. */
	private void later(Runnable task) {
		try {
			this.executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			this.log.debug("pubsub.closed", "After the end: {}", ex.getMessage());
		}
	}

	/** Runs something a little later, on the router's thread; not after the end. */
	void inAWhile(Runnable task) {
		try {
			this.executor.schedule(task, RETRY_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (RejectedExecutionException ex) {
			this.log.debug("pubsub.closed", "After the end: {}", ex.getMessage());
		}
	}

	private long now() {
		return this.executor.ticker().nanoTime();
	}

	private void heartbeat() {
		long begun = now();
		try {
			on(new RouterEvent.Heartbeat());
			this.streams.heartbeat();
		}
		catch (RuntimeException ex) {
			this.log.warn("pubsub.heartbeat", "A heartbeat failed: {}", ex);
		}
		long took = now() - begun;
		if (took > this.config.gossip().heartbeat().toNanos() / SLOW_PART) {
			this.log.warn("pubsub.slow", "A heartbeat took {} ms of {}", TimeUnit.NANOSECONDS.toMillis(took),
					this.config.gossip().heartbeat().toMillis());
		}
		this.config.observer().heartbeat(Duration.ofNanos(took));
	}

	// The router's side.

	@Override
	public void on(RouterEvent event) {
		this.router.on(event, now(), this.random, this);
		this.waits.changed();
	}

	@Override
	public @Nullable OutFrame poll(PeerId peer) {
		return this.router.poll(peer, now());
	}

	@Override
	public void ready(PeerId peer) {
		// After the event: what else it has for the peer may go into the same frame.
		if (this.readyPeers.add(peer)) {
			later(() -> {
				this.readyPeers.remove(peer);
				this.streams.drain(peer);
			});
		}
	}

	@Override
	public void check(RoutedMessage message) {
		this.checks.offer(message.receivedFrom(), () -> {
			boolean valid = isValid(message);
			later(() -> on(new RouterEvent.Checked(message, valid)));
		});
	}

	private boolean isValid(RoutedMessage message) {
		try {
			return SignatureCheck.isValid(message.wire());
		}
		catch (RuntimeException ex) {
			this.log.warn("pubsub.check", "A signature could not be checked: {}", ex);
			return false;
		}
	}

	@Override
	public void validate(RoutedMessage message) {
		if (!this.validators.has(message.topic())) {
			on(new RouterEvent.Validated(message, Validation.ACCEPT, RejectReason.IGNORED));
			return;
		}
		long begun = now();
		this.validators.check(message.message()).thenAccept((verdict) -> {
			if (verdict.reason() != RejectReason.THROTTLED) {
				this.config.observer()
					.validated(message.topic(), verdict.validation(), Duration.ofNanos(now() - begun));
			}
			later(() -> on(new RouterEvent.Validated(message, verdict.validation(), verdict.reason())));
		});
	}

	@Override
	public void deliver(RoutedMessage message) {
		for (SubscriptionQueue queue : this.topics.queues(message.topic())) {
			if (queue.offer(message.message(), message.length())) {
				queue.close();
			}
		}
	}

	@Override
	public void held(PeerId peer, int bytes) {
		this.streams.held(peer, bytes);
	}

	@Override
	public void released(PeerId peer, int bytes) {
		this.streams.released(peer, bytes);
	}

	@Override
	public void connect(PeerId peer) {
		this.exchanged.want(peer);
	}

	@Override
	public void connect(PeerId peer, ByteBuffer record, PeerId namedBy) {
		this.exchanged.want(peer, record, namedBy);
	}

	@Override
	public void disconnect(PeerId peer, String reason) {
		this.streams.disconnect(peer, reason);
	}

	@Override
	public Optional<ByteBuffer> record(PeerId peer) {
		return this.node.peerStore().envelope(peer);
	}

	// The application's side.

	@Override
	public Topic topic(String name) {
		int bytes = name.getBytes(StandardCharsets.UTF_8).length;
		if (bytes == 0 || bytes > PubSubLimits.MAX_TOPIC_BYTES) {
			throw new IllegalArgumentException("The name of a topic must have 1 to " + PubSubLimits.MAX_TOPIC_BYTES
					+ " bytes in UTF-8, has " + bytes);
		}
		return new TopicHandle(name, this, this.topics, this.config.observer(), this.node.executor(), this.log);
	}

	@Override
	public Set<String> topics() {
		return this.topics.names();
	}

	@Override
	public Set<PeerId> peers() {
		return ask((asked) -> Set.copyOf(asked.context().peers().keySet()), Set.of());
	}

	@Override
	public Subscription validate(String topic, TopicValidator validator, ValidatorOptions options) {
		return this.validators.add(topic, validator, options)::run;
	}

	@Override
	public Subscription validateAsync(String topic, AsyncTopicValidator validator, ValidatorOptions options) {
		return this.validators.addAsync(topic, validator, options)::run;
	}

	@Override
	public void blacklist(PeerId peer) {
		later(() -> on(new RouterEvent.Blacklist(peer)));
	}

	@Override
	public double score(PeerId peer) {
		return ask((asked) -> asked.context().score().score(peer), 0.0);
	}

	/** Asks the router something and waits for the answer. */
	<T> T ask(Function<Router, T> question, T afterEnd) {
		if (this.executor.inEventLoop()) {
			return question.apply(this.router);
		}
		CompletableFuture<T> answer = new CompletableFuture<>();
		try {
			this.executor.execute(() -> {
				try {
					answer.complete(question.apply(this.router));
				}
				catch (RuntimeException ex) {
					answer.completeExceptionally(ex);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			return afterEnd;
		}
		return answer.join();
	}

	/** Fails at once on an event loop, which must not block. */
	void checkThread(String what) {
		if (this.executor.inEventLoop() || this.streams.inEventLoop()) {
			throw new IllegalStateException(what + " blocks and must not be called on an event loop");
		}
	}

	@Override
	public CompletableFuture<Integer> awaitPeers(String topic, int count, long nanos) {
		CompletableFuture<Integer> answer = new CompletableFuture<>();
		if (this.closed.get()) {
			answer.complete(0);
			return answer;
		}
		later(() -> this.waits.add(topic, count, nanos, answer));
		return answer;
	}

	/** Publishes: peers, message, validators, router. */
	CompletableFuture<PublishResult> publish(String topic, ByteBuffer data, PublishOptions options) {
		return this.own.publish(topic, data, options);
	}

	@Override
	public List<PublishResult> publish(List<Outgoing> batch) throws IOException {
		checkThread("Publishing");
		return Waiting.await(this.own.publish(batch));
	}

	@Override
	public CompletionStage<List<PublishResult>> publishAsync(List<Outgoing> batch) {
		return this.own.publish(batch).minimalCompletionStage();
	}

	@Override
	public CompletionStage<Boolean> sendPartial(PeerId to, PartialMessage message) {
		CompletableFuture<Boolean> result = new CompletableFuture<>();
		try {
			onRouter(new RouterEvent.SendPart(to, message, result::complete), result);
		}
		catch (RejectedExecutionException ex) {
			result.complete(false);
		}
		return result.minimalCompletionStage();
	}

	@Override
	public List<PeerId> partialPeers(String topic) {
		return ask((asked) -> asked.partialPeers(topic), List.of());
	}

	@Override
	public boolean isClosed() {
		return this.closed.get();
	}

	@Override
	public void onRouter(RouterEvent event, CompletableFuture<?> result) {
		this.executor.execute(() -> {
			try {
				on(event);
			}
			catch (RuntimeException ex) {
				result.completeExceptionally(ex);
			}
		});
	}

	@Override
	public void close() {
		checkThread("Closing publish and subscribe");
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		Subscription listener = this.listening;
		if (listener != null) {
			listener.close();
		}
		this.topics.close().forEach(SubscriptionQueue::close);
		CompletableFuture<Void> flushed = new CompletableFuture<>();
		long deadline = now() + FLUSH_NANOS;
		later(() -> awaitFlush(deadline, flushed));
		flushed.join();
		this.config.protocols().forEach(this.node::unmountProtocol);
		this.checkers.shutdown();
		this.executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
	}

	/** Peers are told of the end before the streams end. */
	private void awaitFlush(long deadline, CompletableFuture<Void> flushed) {
		boolean idle = this.router.context().peers().values().stream().allMatch((peer) -> peer.outbox().isEmpty());
		if ((idle && this.streams.isWritten()) || now() - deadline >= 0) {
			this.waits.close();
			this.streams.close();
			flushed.complete(null);
			return;
		}
		this.executor.schedule(() -> awaitFlush(deadline, flushed), FLUSH_POLL_MILLIS, TimeUnit.MILLISECONDS);
	}

}
