package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PartialMode;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.pubsub.PublishFailed;
import io.p2pboot.libp2p.pubsub.SignaturePolicy;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.TopicPublisher;
import io.p2pboot.libp2p.spring.handler.TopicMethods;
import io.p2pboot.libp2p.spring.handler.UnsupportedHandlerException;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.ListenerThreads;
import io.p2pboot.libp2p.spring.topic.LoggingTopicErrorHandler;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;
import io.p2pboot.libp2p.spring.topic.PubSubCustomizer;
import io.p2pboot.libp2p.spring.topic.TopicListenerErrorHandler;
import io.p2pboot.libp2p.spring.topic.TopicPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.annotation.Order;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

@Timeout(120)
class PubSubConfigurationTest {

	private static final ProtocolPath MESHSUB = PubSubConfig.GOSSIPSUB_1_2;

	private final ApplicationContextRunner runner = TopicPeer.runner();

	// When it is on the node.

	@Test
	void nothingIsOnTheNodeUntilSomethingNeedsIt() {
		this.runner.run((context) -> {
			Node node = context.getBean(Node.class);
			MountedPubSub mounted = context.getBean(MountedPubSub.class);
			assertThat(node.protocols()).doesNotContain(MESHSUB);
			assertThat(mounted.current()).isEmpty();
			context.getBean(Libp2pTemplate.class).publish("news", "hello");
			assertThat(node.protocols()).contains(MESHSUB);
			assertThat(mounted.current()).contains(context.getBean(PubSub.class));
		});
	}

	@Test
	void itIsOnTheNodeIfItIsAskedForOrATopicIsRelayed() {
		this.runner.withPropertyValues("libp2p.pubsub.enabled=true")
			.run((context) -> assertThat(context.getBean(Node.class).protocols()).contains(MESHSUB));
		this.runner.withPropertyValues("libp2p.pubsub.relay-topics=a,b")
			.run((context) -> assertThat(context.getBean(PubSub.class).topics()).containsExactlyInAnyOrder("a", "b"));
	}

	@Test
	void itCanBeSwitchedOff() {
		this.runner.withPropertyValues("libp2p.pubsub.enabled=false")
			.withUserConfiguration(Listening.class)
			.run((context) -> {
				assertThat(context).hasNotFailed().doesNotHaveBean(PubSub.class).doesNotHaveBean(TopicPublisher.class);
				assertThatIllegalStateException()
					.isThrownBy(() -> context.getBean(Libp2pTemplate.class).publish("news", "hello"))
					.withMessageContaining("io.p2pboot:libp2p-pubsub")
					.withMessageContaining("libp2p.pubsub.enabled");
			});
	}

	@Test
	void withoutTheModuleTheRestIsThere() {
		this.runner.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.pubsub"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(Libp2pTopicListenerRegistry.class)
				.hasSingleBean(Libp2pTemplate.class));
	}

	@Test
	void aMissingModuleThatAPropertyAsksForIsNamed() {
		this.runner.withConfiguration(AutoConfigurations.of(Libp2pMissingModuleAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.pubsub", "io.p2pboot.libp2p.kad"))
			.run((context) -> assertThat(context).hasNotFailed());
		this.runner.withConfiguration(AutoConfigurations.of(Libp2pMissingModuleAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.pubsub"))
			.withPropertyValues("libp2p.pubsub.enabled=true")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("libp2p-pubsub"));
		this.runner.withConfiguration(AutoConfigurations.of(Libp2pMissingModuleAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.kad"))
			.withPropertyValues("libp2p.kad.protocol=/myapp/kad/1.0.0")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("libp2p-kad"));
	}

	@Test
	void kademliaIsMissedByEachOfItsInstancesUnlessTheyAreOff() {
		ApplicationContextRunner without = this.runner
			.withConfiguration(AutoConfigurations.of(Libp2pMissingModuleAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.kad"));
		without.withPropertyValues("libp2p.kad.instances.lan.protocol=/myapp/lan/kad/1.0.0")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidSettingException.class, (failure) -> {
					assertThat(failure.property()).isEqualTo("libp2p.kad.instances.lan.protocol");
					assertThat(failure.action()).contains("io.p2pboot:libp2p-kad");
				}));
		for (String off : new String[] { "libp2p.kad.enabled=false", "libp2p.kad.instances.lan.enabled=false" }) {
			without.withPropertyValues("libp2p.kad.instances.lan.protocol=/myapp/lan/kad/1.0.0", off)
				.run((context) -> assertThat(context).hasNotFailed());
		}
	}

	@Test
	void withoutMessagingAListenerNamesTheJar() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.messaging"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(TopicMethods.class));
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.messaging"))
			.withUserConfiguration(Listening.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class,
						(failure) -> assertThat(failure.action()).contains("org.springframework:spring-messaging")));
	}

	@Test
	void withoutANodeThereIsNothing() {
		this.runner.withPropertyValues("libp2p.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Libp2pTopicListenerRegistry.class));
	}

	@Test
	void aMockOfTheNodeIsLeftAlone() {
		Node node = mock(Node.class);
		given(node.protocols()).willReturn(java.util.Set.of());
		this.runner.withBean(Node.class, () -> node).withUserConfiguration(Listening.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Libp2pTopicListenerRegistry.class).listeners()).isEmpty();
		});
	}

	@Test
	void listenersStartWithLazyInitializationToo() {
		this.runner
			.withInitializer((context) -> context
				.addBeanFactoryPostProcessor(new org.springframework.boot.LazyInitializationBeanFactoryPostProcessor()))
			.withUserConfiguration(Listening.class)
			.run((context) -> assertThat(context.getBean(PubSub.class).topics()).containsExactly("news"));
	}

	@Test
	void everyBeanGivesWay() {
		PubSub own = mock(PubSub.class);
		TopicListenerErrorHandler errors = (listener, messages, failure) -> {
		};
		TopicPublisher publisher = mock(TopicPublisher.class);
		ListenerThreads threads = (name, task) -> new Thread(task);
		this.runner.withBean(PubSub.class, () -> own)
			.withBean(TopicListenerErrorHandler.class, () -> errors)
			.withBean(TopicPublisher.class, () -> publisher)
			.withBean(ListenerThreads.class, () -> threads)
			.withBean(PubSubConfig.class, () -> PubSubConfig.ipfs().build())
			.withBean(Libp2pTopicListenerRegistry.class, () -> new Libp2pTopicListenerRegistry(Duration.ZERO))
			.run((context) -> {
				assertThat(context).hasNotFailed()
					.hasSingleBean(PubSubConfig.class)
					.hasSingleBean(Libp2pTopicListenerRegistry.class)
					.doesNotHaveBean(LoggingTopicErrorHandler.class);
				assertThat(context.getBean(PubSub.class)).isSameAs(own);
				assertThat(context.getBean(TopicListenerErrorHandler.class)).isSameAs(errors);
				assertThat(context.getBean(TopicPublisher.class)).isSameAs(publisher);
				assertThat(context.getBean(ListenerThreads.class)).isSameAs(threads);
			});
	}

	// What properties do.

	@Test
	void theDefaultsAreThoseOfTheProfile() {
		this.runner.run((context) -> {
			PubSubConfig config = context.getBean(PubSubConfig.class);
			PubSubConfig expected = PubSubConfig.builder().build();
			assertThat(config.protocols()).isEqualTo(expected.protocols());
			assertThat(config.mesh()).isEqualTo(expected.mesh());
			assertThat(config.seen()).isEqualTo(expected.seen());
			assertThat(config.limits()).isEqualTo(expected.limits());
			assertThat(config.score()).isEmpty();
			assertThat(config.echo()).isTrue();
			assertThat(config.peerExchange()).isEqualTo(expected.peerExchange());
		});
	}

	@Test
	void profilesBringTheirParameters() {
		this.runner.withPropertyValues("libp2p.pubsub.profile=ethereum").run((context) -> {
			PubSubConfig config = context.getBean(PubSubConfig.class);
			assertThat(config.signaturePolicy()).isEqualTo(SignaturePolicy.STRICT_NO_SIGN);
			assertThat(config.limits()).isEqualTo(PubSubConfig.ethereum().build().limits());
			assertThat(config.score()).map((score) -> score.thresholds().graylist()).contains(-16_000.0);
			assertThat(context.getBean(PubSub.class).topics()).isEmpty();
		});
		this.runner.withPropertyValues("libp2p.pubsub.profile=filecoin", "libp2p.pubsub.score.enabled=false")
			.run((context) -> {
				assertThat(context.getBean(PubSubConfig.class).messageId()).isSameAs(MessageId.BLAKE2B256_DATA);
				assertThat(context.getBean(PubSubConfig.class).score()).isEmpty();
			});
		this.runner.withPropertyValues("libp2p.pubsub.profile=ipfs")
			.run((context) -> assertThat(context.getBean(PubSubConfig.class).mesh().floodPublish()).isTrue());
	}

	@Test
	void everyPropertyReachesTheConfiguration() {
		this.runner.withPropertyValues("libp2p.pubsub.router=floodsub", "libp2p.pubsub.signature-policy=lax-sign",
				"libp2p.pubsub.message-id=sha256-data", "libp2p.pubsub.max-message-size=2MB",
				"libp2p.pubsub.attach-key=true", "libp2p.pubsub.echo=false", "libp2p.pubsub.flood-publish=true",
				"libp2p.pubsub.peer-exchange=true",
				"libp2p.pubsub.direct-peers=/ip4/192.0.2.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
				"libp2p.pubsub.seen.time-to-live=3m", "libp2p.pubsub.seen.from-last-sight=true",
				"libp2p.pubsub.seen.max-messages=1000", "libp2p.pubsub.mesh.degree=8", "libp2p.pubsub.mesh.low=6",
				"libp2p.pubsub.mesh.high=10", "libp2p.pubsub.mesh.score=5", "libp2p.pubsub.mesh.outbound=3",
				"libp2p.pubsub.mesh.prune-backoff=30s", "libp2p.pubsub.mesh.unsubscribe-backoff=5s",
				"libp2p.pubsub.gossip.heartbeat=700ms", "libp2p.pubsub.gossip.lazy=7",
				"libp2p.pubsub.gossip.factor=0.5", "libp2p.pubsub.gossip.history-length=7",
				"libp2p.pubsub.gossip.history-gossip=4", "libp2p.pubsub.gossip.idontwant-threshold=2KB",
				"libp2p.pubsub.queue.own=5MB", "libp2p.pubsub.queue.forward=6MB", "libp2p.pubsub.queue.total=70MB",
				"libp2p.pubsub.score.enabled=true", "libp2p.pubsub.score.dry-run=true",
				"libp2p.pubsub.score.colocation-exempt=192.0.2.0/24,2001:db8::/48",
				"libp2p.pubsub.score.thresholds.gossip=-1", "libp2p.pubsub.score.thresholds.publish=-2",
				"libp2p.pubsub.score.thresholds.graylist=-3", "libp2p.pubsub.score.thresholds.accept-peer-exchange=4",
				"libp2p.pubsub.score.thresholds.opportunistic-graft=5")
			.run((context) -> {
				PubSubConfig config = context.getBean(PubSubConfig.class);
				assertThat(config.protocols()).containsExactly(PubSubConfig.FLOODSUB);
				assertThat(config.signaturePolicy()).isEqualTo(SignaturePolicy.LAX_SIGN);
				assertThat(config.messageId()).isSameAs(MessageId.SHA256_DATA);
				assertThat(config.limits().maxMessageBytes()).isEqualTo(2 << 20);
				assertThat(List.of(config.attachKey(), !config.echo(), config.mesh().floodPublish(),
						config.peerExchange().offered(), config.seen().sinceLast()))
					.containsOnly(true);
				assertThat(config.directPeers()).hasSize(1);
				assertThat(config.seen().timeToLive()).hasMinutes(3);
				assertThat(config.seen().maxMessages()).isEqualTo(1000);
				assertThat(List.of(config.mesh().degree(), config.mesh().low(), config.mesh().high(),
						config.mesh().score(), config.mesh().outbound()))
					.containsExactly(8, 6, 10, 5, 3);
				assertThat(config.mesh().pruneBackoff()).hasSeconds(30);
				assertThat(config.mesh().unsubscribeBackoff()).hasSeconds(5);
				assertThat(config.gossip().heartbeat()).hasMillis(700);
				assertThat(config.gossip().factor()).isEqualTo(0.5);
				assertThat(List.of(config.gossip().lazy(), config.gossip().historyLength(),
						config.gossip().historyGossip(), config.gossip().doNotWantBytes()))
					.containsExactly(7, 7, 4, 2048);
				assertThat(config.limits().ownQueueBytes()).isEqualTo(5 << 20);
				assertThat(config.limits().forwardQueueBytes()).isEqualTo(6 << 20);
				assertThat(config.limits().totalQueueBytes()).isEqualTo(70L << 20);
				assertThat(config.score()).hasValueSatisfying((score) -> {
					assertThat(score.dryRun()).isTrue();
					assertThat(score.colocationExempt()).containsExactly(IpNetwork.parse("192.0.2.0/24"),
							IpNetwork.parse("2001:db8::/48"));
					assertThat(score.thresholds())
						.isEqualTo(new io.p2pboot.libp2p.pubsub.ScoreThresholds(-1, -2, -3, 4, 5));
				});
			});
	}

	@ParameterizedTest
	@CsvSource({ "mesh.low=13, mesh, low", "gossip.factor=2, gossip, factor", "seen.max-messages=0, seen, maxMessages",
			"max-message-size=17MB, max-message-size, maxMessageBytes",
			"max-message-size=4GB, max-message-size, overflow", "queue.own=1KB, queue, ownQueueBytes",
			"score.enabled=true;score.thresholds.publish=1, score, publish",
			"listener.queue-size=0, listener, queueMessages", "listener.batch-size=0, listener, batch",
			"validation.max-in-flight=0, validation, maxInFlight",
			"signature-policy=strict-no-sign;message-id=rust, signature-policy, MessageId.RUST" })
	void whatDoesNotFitIsNamedWithItsProperty(String values, String property, String problem) {
		String[] pairs = java.util.Arrays.stream(values.split(";"))
			.map((pair) -> "libp2p.pubsub." + pair)
			.toArray(String[]::new);
		this.runner.withPropertyValues(pairs)
			.withPropertyValues("libp2p.pubsub.enabled=true")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.satisfies((root) -> assertThat(root.getMessage()).contains(problem)));
		this.runner.withPropertyValues(pairs).withPropertyValues("libp2p.pubsub.enabled=true").run((context) -> {
			Throwable failure = context.getStartupFailure();
			while (!(failure instanceof InvalidSettingException)) {
				failure = failure.getCause();
			}
			assertThat(((InvalidSettingException) failure).property()).isEqualTo("libp2p.pubsub." + property);
		});
	}

	@Test
	void aConcurrencyBelowOneIsRefused() {
		this.runner.withPropertyValues("libp2p.pubsub.listener.concurrency=0")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class,
						(failure) -> assertThat(failure.getName()).isEqualTo("libp2p.pubsub.listener.concurrency")));
	}

	@Test
	void beansAndCustomizersComeAfterTheProperties() {
		this.runner.withPropertyValues("libp2p.pubsub.message-id=rust", "libp2p.pubsub.echo=false")
			.withUserConfiguration(Customized.class)
			.run((context) -> {
				PubSubConfig config = context.getBean(PubSubConfig.class);
				assertThat(config.messageId()).isSameAs(MessageId.JS);
				assertThat(config.partialMessages()).containsSame(context.getBean(PartialMessages.class));
				assertThat(config.observer()).isSameAs(context.getBean(PubSubObserver.class));
				assertThat(config.attachKey()).isTrue();
				assertThat(config.echo()).isTrue();
			});
	}

	// The template.

	@Test
	void theTemplatePublishesOnceSoManyPeersAreThere() {
		this.runner.run((context) -> {
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			try (TopicPeer peer = TopicPeer.connect(context); TopicSubscription theirs = peer.subscribe("news")) {
				assertThat(template.publish("news", "hello", 1, TopicPeer.PATIENCE)).isOne();
				TopicMessage message = theirs.next(TopicPeer.PATIENCE).orElseThrow();
				assertThat(TopicPeer.text(message)).isEqualTo("hello");
				assertThat(message.author()).contains(context.getBean(Node.class).peerId());
				CompletionStage<Integer> later = template.publishAsync("news", "later");
				assertThat(later.toCompletableFuture().get(30, TimeUnit.SECONDS)).isOne();
				assertThat(TopicPeer.text(theirs.next(TopicPeer.PATIENCE).orElseThrow())).isEqualTo("later");
			}
		});
	}

	@Test
	void whatIsNotPublishedSaysWhy() {
		this.runner.withPropertyValues("libp2p.pubsub.max-message-size=1KB").run((context) -> {
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
			assertThatExceptionOfType(PublishFailed.NoPeers.class)
				.isThrownBy(() -> template.publish("news", "hello", 1, Duration.ofMillis(10)));
			assertThatExceptionOfType(PublishFailed.TooLarge.class)
				.isThrownBy(() -> template.publish("news", new byte[1025]))
				.withMessageContaining("1024");
			assertThat(template.publishAsync("news", new byte[1025]).toCompletableFuture())
				.failsWithin(TopicPeer.PATIENCE)
				.withThrowableThat()
				.withCauseInstanceOf(PublishFailed.TooLarge.class);
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		@Libp2pTopicListener("news")
		void take(String text) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Customized {

		@Bean
		MessageId messageId() {
			return MessageId.JS;
		}

		@Bean
		PartialMessages partialMessages() {
			PartialMessages application = mock(PartialMessages.class);
			given(application.mode(any())).willReturn(PartialMode.NONE);
			return application;
		}

		@Bean
		PubSubObserver observer() {
			return new PubSubObserver() {
			};
		}

		@Bean
		@Order(2)
		PubSubCustomizer second() {
			return (builder) -> builder.echo(true);
		}

		@Bean
		@Order(1)
		PubSubCustomizer first() {
			return (builder) -> builder.attachKey(true).echo(false);
		}

	}

}
