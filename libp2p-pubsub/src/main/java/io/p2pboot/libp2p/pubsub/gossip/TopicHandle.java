package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.PublishResult;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.Topic;
import io.p2pboot.libp2p.pubsub.TopicHandler;
import io.p2pboot.libp2p.pubsub.TopicSubscription;

/**
 * A topic as the application sees it. Thread-safe.
 */
final class TopicHandle implements Topic {

	private final String name;

	private final PubSubService service;

	private final FollowedTopics topics;

	private final PubSubObserver observer;

	private final Executor executor;

	private final EventLog log;

	TopicHandle(String name, PubSubService service, FollowedTopics topics, PubSubObserver observer, Executor executor,
			EventLog log) {
		this.name = name;
		this.service = service;
		this.topics = topics;
		this.observer = observer;
		this.executor = executor;
		this.log = log;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public PublishResult publish(ByteBuffer data) throws IOException {
		return publish(data, PublishOptions.DEFAULT);
	}

	@Override
	public PublishResult publish(ByteBuffer data, PublishOptions options) throws IOException {
		this.service.checkThread("Publishing");
		return Waiting.await(this.service.publish(this.name, data, options));
	}

	@Override
	public CompletionStage<PublishResult> publishAsync(ByteBuffer data, PublishOptions options) {
		return this.service.publish(this.name, data, options).minimalCompletionStage();
	}

	@Override
	public TopicSubscription subscribe() {
		return subscribe(SubscribeOptions.DEFAULT);
	}

	@Override
	public TopicSubscription subscribe(SubscribeOptions options) {
		SubscriptionQueue queue = new SubscriptionQueue(this.name, options, this.observer, this::closed);
		this.topics.follow(this.name, queue);
		return queue;
	}

	private void closed(SubscriptionQueue queue) {
		this.topics.unfollow(this.name, queue);
	}

	@Override
	public TopicSubscription subscribe(SubscribeOptions options, TopicHandler handler) {
		SubscriptionQueue queue = new SubscriptionQueue(this.name, options, this.observer, this::closed);
		queue.handled(new HandledMessages(queue, handler, this.executor, this.log, this.service::inAWhile));
		this.topics.follow(this.name, queue);
		return queue;
	}

	@Override
	public AutoCloseable relay() {
		AtomicBoolean ended = new AtomicBoolean();
		this.topics.follow(this.name, null);
		return () -> {
			if (ended.compareAndSet(false, true)) {
				this.topics.unfollow(this.name, null);
			}
		};
	}

	@Override
	public boolean awaitPeers(int count, Duration timeout) throws IOException {
		this.service.checkThread("Waiting for peers");
		return Waiting.await(this.service.awaitPeers(this.name, count, timeout.toNanos())) >= count;
	}

	@Override
	public List<PeerId> peers() {
		return this.service.ask((router) -> router.peersOf(this.name), List.of());
	}

	@Override
	public List<PeerId> mesh() {
		return this.service.ask((router) -> router.meshOf(this.name), List.of());
	}

}
