package io.p2pboot.libp2p.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.pubsub.PublishFailed;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pEndpoint;
import io.p2pboot.libp2p.autoconfigure.actuate.PubSubHealthIndicator;
import io.p2pboot.libp2p.autoconfigure.actuate.PubSubSection;
import io.p2pboot.libp2p.spring.metrics.PubSubMetrics;
import io.p2pboot.libp2p.spring.observation.ObservedTopics;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.TopicPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What meters, observations, health and the endpoint tell of topics.
 */
@Timeout(120)
class PubSubActuatorTest {

	private final ApplicationContextRunner runner = TopicPeer.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pPubSubActuatorAutoConfiguration.class,
				Libp2pPubSubMetricsAutoConfiguration.class, Libp2pPubSubObservationAutoConfiguration.class,
				Libp2pEndpointAutoConfiguration.class))
		.withPropertyValues("management.endpoints.jmx.exposure.include=libp2p", "spring.jmx.enabled=true");

	// Meters.

	@Test
	void metersFollowMessagesPeersAndMeshes() {
		this.runner.withUserConfiguration(Room.class).withBean(SimpleMeterRegistry.class).run((context) -> {
			MeterRegistry meters = bound(context);
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			assertThat(meters.find("libp2p.pubsub.messages").meter()).isNull();
			try (TopicPeer peer = TopicPeer.connect(context)) {
				peer.subscribe("room");
				peer.publish("room", "hello");
				TopicPeer.poll(context.getBean(Room.class).taken);
				assertThat(messages(meters, "room", "delivered", "none")).isOne();
				peer.publish("room", "bad");
				TopicPeer.await(() -> meters.find("libp2p.pubsub.messages").tag("result", "rejected").meter() != null);
				assertThat(messages(meters, "room", "rejected", "validation failed")).isOne();
				peer.publish("room", "ignored");
				TopicPeer.await(() -> meters.find("libp2p.pubsub.messages").tag("result", "ignored").meter() != null);
				assertThat(meters.get("libp2p.pubsub.validator.failures").tag("topic", "room").counter().count())
					.isOne();
				template.publish("room", "mine", 1, TopicPeer.PATIENCE);
				assertThat(messages(meters, "room", "published", "none")).isOne();
				assertThat(meters.get("libp2p.pubsub.topics").gauge().value()).isOne();
				assertThat(meters.get("libp2p.pubsub.peers").tag("protocol", "/meshsub/1.3.0").gauge().value()).isOne();
				TopicPeer.await(() -> meters.find("libp2p.pubsub.mesh.peers").gauge() != null
						&& meters.get("libp2p.pubsub.mesh.peers").tag("topic", "room").gauge().value() == 1);
				for (String direction : List.of("inbound", "outbound")) {
					assertThat(meters.get("libp2p.pubsub.rpc").tag("dir", direction).counter().count()).isPositive();
					assertThat(meters.get("libp2p.pubsub.rpc.bytes").tag("dir", direction).counter().count())
						.isPositive();
				}
				TopicPeer.await(() -> meters.find("libp2p.pubsub.heartbeat").timer() != null
						&& meters.get("libp2p.pubsub.heartbeat").timer().count() > 0);
				TopicPeer.poll(context.getBean(Room.class).taken);
				assertThat(meters.get("libp2p.pubsub.listener.handled").tag("id", "room").functionCounter().count())
					.isEqualTo(2);
				assertThat(meters.get("libp2p.pubsub.listener.queue").tag("id", "room").gauge().value()).isZero();
			}
			TopicPeer.await(() -> meters.get("libp2p.pubsub.peers").gauge().value() == 0);
			TopicPeer.await(() -> meters.get("libp2p.pubsub.mesh.peers").gauge().value() == 0);
			context.getBean(PubSubMetrics.class).close();
			assertThat(meters.getMeters()).extracting((meter) -> meter.getId().getName())
				.noneMatch((name) -> name.startsWith("libp2p.pubsub"));
		});
	}

	@Test
	void metersFollowDecisionsControlMessagesQueuesAndScores() {
		this.runner.withUserConfiguration(Room.class)
			.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("libp2p.pubsub.score.enabled=true")
			.run((context) -> {
				MeterRegistry meters = bound(context);
				try (TopicPeer peer = TopicPeer.connect(context)) {
					peer.subscribe("room");
					for (String text : List.of("bad", "ignored", "hello")) {
						peer.publish("room", text);
					}
					TopicPeer.poll(context.getBean(Room.class).taken);
					for (String result : List.of("accepted", "rejected", "ignored")) {
						assertThat(meters.get("libp2p.pubsub.validation").tag("result", result).timer().count())
							.as(result)
							.isOne();
					}
					TopicPeer.await(() -> meters.find("libp2p.pubsub.delivery").timer() != null);
					assertThat(meters.get("libp2p.pubsub.delivery").timer().count()).isOne();
					for (String direction : List.of("inbound", "outbound")) {
						TopicPeer.await(() -> meters.find("libp2p.pubsub.control")
							.tags("kind", "graft", "dir", direction)
							.counter() != null);
					}
					TopicPeer.await(() -> meters.find("libp2p.pubsub.score.peers").tag("level", "good").gauge() != null
							&& meters.get("libp2p.pubsub.score.peers").tag("level", "good").gauge().value() == 1);
					assertThat(meters.get("libp2p.pubsub.score.peers").tag("level", "graylist").gauge().value())
						.isZero();
					for (String lane : List.of("own", "forward", "control")) {
						assertThat(meters.get("libp2p.pubsub.queue.bytes").tag("lane", lane).gauge().value()).isZero();
					}
					assertThat(meters.getMeters()).flatExtracting((meter) -> meter.getId().getTags())
						.extracting(Tag::getValue)
						.as("no series of a peer")
						.doesNotContain(peer.id().toString());
				}
			});
	}

	@Test
	void topicsBeyondTheBoundAreOther() {
		this.runner.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("libp2p.pubsub.metrics.max-topics=2")
			.run((context) -> {
				MeterRegistry meters = bound(context);
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				for (String topic : List.of("a", "b", "c", "d", "a")) {
					template.publish(topic, "x");
				}
				assertThat(messages(meters, "a", "published", "none")).isEqualTo(2);
				assertThat(messages(meters, "b", "published", "none")).isOne();
				assertThat(messages(meters, "other", "published", "none")).isEqualTo(2);
			});
	}

	@Test
	void metersAreAbsentWithoutARegistryOrWhereTheyAreReplaced() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(PubSubMetrics.class));
		this.runner.withBean(SimpleMeterRegistry.class)
			.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.pubsub"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PubSubMetrics.class));
		this.runner.withBean(SimpleMeterRegistry.class)
			.withPropertyValues("libp2p.pubsub.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PubSubMetrics.class));
	}

	private static MeterRegistry bound(ApplicationContext context) {
		MeterRegistry meters = context.getBean(MeterRegistry.class);
		PubSubMetrics metrics = context.getBean(PubSubMetrics.class);
		// As Boot does, at times twice.
		metrics.bindTo(meters);
		metrics.bindTo(meters);
		return meters;
	}

	private static double messages(MeterRegistry meters, String topic, String result, String reason) {
		return meters.get("libp2p.pubsub.messages")
			.tags("topic", topic, "result", result, "reason", reason)
			.counter()
			.count();
	}

	// Observations.

	@Test
	void whatIsHandledAndPublishedIsObserved() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		this.runner.withUserConfiguration(Room.class)
			.withBean(ObservationRegistry.class, () -> observations)
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				template.publish("room", "hello");
				TopicPeer.poll(context.getBean(Room.class).taken);
				String self = context.getBean(Node.class).peerId().toString();
				TopicPeer.await(() -> context.getBean(Libp2pTopicListenerRegistry.class)
					.listener("room")
					.orElseThrow()
					.handled() == 1);
				context.getBean(Libp2pTopicListenerRegistry.class).stop("room");
				TestObservationRegistryAssert.assertThat(observations)
					.hasObservationWithNameEqualTo("libp2p.topic.publish")
					.that()
					.hasBeenStopped()
					.hasLowCardinalityKeyValue("libp2p.topic", "room")
					.hasLowCardinalityKeyValue("outcome", "SUCCESS");
				TestObservationRegistryAssert.assertThat(observations)
					.hasObservationWithNameEqualTo("libp2p.topic.process")
					.that()
					.hasBeenStopped()
					.hasContextualNameEqualTo("libp2p process room")
					.hasLowCardinalityKeyValue("libp2p.listener", "room")
					.hasLowCardinalityKeyValue("outcome", "SUCCESS")
					.hasHighCardinalityKeyValue("libp2p.author.id", self)
					.hasHighCardinalityKeyValue("libp2p.messages", "1");
			});
	}

	@Test
	void failuresAreThoseOfTheObservation() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		this.runner.withUserConfiguration(Room.class)
			.withBean(ObservationRegistry.class, () -> observations)
			.run((context) -> {
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				template.publish("room", "fails");
				TopicPeer.poll(context.getBean(Room.class).taken);
				context.getBean(Libp2pTopicListenerRegistry.class).stop("room");
				TestObservationRegistryAssert.assertThat(observations)
					.hasObservationWithNameEqualTo("libp2p.topic.process")
					.that()
					.hasBeenStopped()
					.hasLowCardinalityKeyValue("outcome", "ERROR");
				observations.clear();
				assertThatExceptionOfType(PublishFailed.Rejected.class)
					.isThrownBy(() -> template.publish("room", "bad"));
				TestObservationRegistryAssert.assertThat(observations)
					.hasObservationWithNameEqualTo("libp2p.topic.publish")
					.that()
					.hasBeenStopped()
					.hasLowCardinalityKeyValue("outcome", "ERROR");
				observations.clear();
				assertThat(template.publishAsync("room", "bad").toCompletableFuture()).failsWithin(TopicPeer.PATIENCE);
				TestObservationRegistryAssert.assertThat(observations)
					.hasObservationWithNameEqualTo("libp2p.topic.publish")
					.that()
					.hasBeenStopped()
					.hasLowCardinalityKeyValue("outcome", "ERROR");
			});
	}

	@Test
	void observationsCanBeSwitchedOff() {
		TestObservationRegistry observations = TestObservationRegistry.create();
		this.runner.withUserConfiguration(Room.class)
			.withBean(ObservationRegistry.class, () -> observations)
			.withPropertyValues("libp2p.pubsub.observations.process=false", "libp2p.pubsub.observations.publish=false")
			.run((context) -> {
				context.getBean(Libp2pTemplate.class).publish("room", "hello");
				TopicPeer.poll(context.getBean(Room.class).taken);
				TestObservationRegistryAssert.assertThat(observations).doesNotHaveAnyObservation();
			});
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(ObservedTopics.class));
	}

	// Health.

	@Test
	void healthIsDownWhileATopicHasTooFewPeers() {
		this.runner.withUserConfiguration(Room.class)
			.withPropertyValues("libp2p.pubsub.health.min-peers=1")
			.run((context) -> {
				PubSubHealthIndicator health = context.getBean(PubSubHealthIndicator.class);
				Health alone = health.health();
				assertThat(alone.getStatus()).isEqualTo(Status.DOWN);
				assertThat(alone.getDetails()).containsEntry("peersByTopic", Map.of("room", 0));
				assertThat(alone.getDetails().get("reason")).asString().contains("1 topics have fewer than 1 peers");
				try (TopicPeer peer = TopicPeer.connect(context)) {
					peer.subscribe("room");
					TopicPeer.await(() -> health.health().getStatus().equals(Status.UP));
				}
			});
	}

	@Test
	void healthIsUpWhereNobodyPublishesAndAbsentWhereItIsSwitchedOff() {
		this.runner.run((context) -> {
			assertThat(context.getBean(PubSubHealthIndicator.class).health().getStatus()).isEqualTo(Status.UP);
			assertThat(context).hasBean("libp2pPubsubHealthIndicator");
		});
		this.runner.withPropertyValues("management.health.libp2p-pubsub.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(PubSubHealthIndicator.class));
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.health.contributor"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pPubsubHealthIndicator"));
		this.runner.withPropertyValues("libp2p.pubsub.health.min-peers=-1")
			.run((context) -> assertThat(context).hasFailed());
	}

	// The endpoint.

	@Test
	void theEndpointShowsTopicsPeersAndListeners() {
		this.runner.withUserConfiguration(Room.class).run((context) -> {
			Libp2pEndpoint endpoint = context.getBean(Libp2pEndpoint.class);
			try (TopicPeer peer = TopicPeer.connect(context)) {
				peer.subscribe("room");
				String id = peer.id().toString();
				TopicPeer.await(() -> describe(endpoint).topics().get(0).mesh().equals(List.of(id)));
				context.getBean(Libp2pTopicListenerRegistry.class).pause("room");
				PubSubSection.PubSubDescriptor shown = describe(endpoint);
				assertThat(shown.topics())
					.containsExactly(new PubSubSection.TopicDescriptor("room", List.of(id), List.of(id)));
				assertThat(shown.peers()).containsExactly(new PubSubSection.PeerDescriptor(id, 0));
				assertThat(shown.listeners()).containsExactly(
						new PubSubSection.ListenerDescriptor("room", List.of("room"), "PAUSED", 0, 0, 0, 0));
			}
			context.getBean(Libp2pTopicListenerRegistry.class).stop("room");
			assertThat(describe(endpoint).listeners().get(0).state()).isEqualTo("STOPPED");
		});
	}

	@Test
	void theEndpointPutsNothingOnTheNode() {
		this.runner.run((context) -> {
			assertThat(describe(context.getBean(Libp2pEndpoint.class)))
				.isEqualTo(new PubSubSection.PubSubDescriptor(List.of(), List.of(), List.of()));
			assertThat(context.getBean(PubSubHealthIndicator.class).health().getDetails()).containsEntry("peersByTopic",
					Map.of());
			assertThat(context.getBean(Node.class).protocols()).noneMatch((path) -> path.value().contains("meshsub"));
		});
	}

	private static PubSubSection.PubSubDescriptor describe(Libp2pEndpoint endpoint) {
		return (PubSubSection.PubSubDescriptor) endpoint.section("pubsub");
	}

	@Configuration(proxyBeanMethods = false)
	static class Room {

		private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

		@Libp2pTopicListener(topics = "room", id = "room")
		void take(String text) {
			this.taken.add(text);
			if (text.equals("fails")) {
				throw new IllegalStateException(text);
			}
		}

		@Libp2pTopicValidator("room")
		boolean validate(String text) {
			if (text.equals("ignored")) {
				throw new IllegalStateException(text);
			}
			return !text.equals("bad");
		}

	}

}
