package io.p2pboot.libp2p.autoconfigure;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.MessageId;
import io.p2pboot.libp2p.pubsub.PartialMessages;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubObserver;
import io.p2pboot.libp2p.spring.TopicPublisher;
import io.p2pboot.libp2p.spring.handler.PayloadValidator;
import io.p2pboot.libp2p.spring.handler.TopicMethods;
import io.p2pboot.libp2p.spring.handler.TopicRegistrar;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.ListenerThreads;
import io.p2pboot.libp2p.spring.topic.LoggingTopicErrorHandler;
import io.p2pboot.libp2p.spring.topic.MountedPubSub;
import io.p2pboot.libp2p.spring.topic.PubSubCustomizer;
import io.p2pboot.libp2p.spring.topic.PubSubPublisher;
import io.p2pboot.libp2p.spring.topic.TopicLabels;
import io.p2pboot.libp2p.spring.topic.TopicListener;
import io.p2pboot.libp2p.spring.topic.TopicListenerErrorHandler;
import io.p2pboot.libp2p.spring.topic.TopicObserver;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolver;

/**
 * Auto-configuration of publish and subscribe: it is put on the node by whoever needs it
 * first, and listeners and validators among the beans are registered.
 */
@AutoConfiguration(after = { Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class })
@ConditionalOnClass(PubSub.class)
@ConditionalOnBean(value = { Node.class, MessageCodec.class }, search = SearchStrategy.CURRENT)
@ConditionalOnBooleanProperty(name = "libp2p.pubsub.enabled", matchIfMissing = true)
@EnableConfigurationProperties(Libp2pPubSubProperties.class)
public final class Libp2pPubSubAutoConfiguration {

	@Bean
	static LazyInitializationExcludeFilter libp2pTopicLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(TopicRegistrar.class, Libp2pTopicListenerRegistry.class);
	}

	@Bean
	PubSubFactory libp2pPubSubFactory(Libp2pPubSubProperties properties) {
		return new PubSubFactory(properties);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	PubSubConfig libp2pPubSubConfig(PubSubFactory factory, ObjectProvider<MessageId> messageId,
			ObjectProvider<PartialMessages> partialMessages, ObjectProvider<PubSubObserver> observers,
			ObjectProvider<PubSubCustomizer> customizers) {
		PubSubConfig.Builder builder = factory.builder();
		messageId.ifUnique(builder::messageId);
		partialMessages.ifUnique(builder::partialMessages);
		builder.observer(PubSubObserver.of(observers.orderedStream().toList()));
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return PubSubFactory.checked("signature-policy", builder::build);
	}

	/**
	 * Lazy: a node that nobody publishes or subscribes on does not tell peers it does.
	 */
	@Bean(destroyMethod = "close")
	@Lazy
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	PubSub libp2pPubSub(Node node, PrivateKey identity, PubSubConfig config, Libp2pPubSubProperties properties) {
		if (!(node instanceof NettyNode nettyNode)) {
			throw new IllegalStateException("Publish and subscribe needs a NettyNode, not " + node);
		}
		PubSub pubSub = PubSubFactory.attach(nettyNode, identity, config);
		properties.relayTopics().forEach((topic) -> pubSub.topic(topic).relay());
		return pubSub;
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	TopicLabels libp2pTopicLabels(Libp2pPubSubProperties properties) {
		if (properties.metrics().maxTopics() < 0) {
			throw PropertyRanges.invalid("pubsub.metrics.max-topics", properties.metrics().maxTopics(),
					"It has to be 0 or more.");
		}
		return new TopicLabels(properties.metrics().maxTopics());
	}

	@Bean
	MountedPubSub libp2pMountedPubSub(ConfigurableListableBeanFactory beanFactory) {
		return new MountedPubSub(beanFactory);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	TopicPublisher libp2pTopicPublisher(MountedPubSub pubSub, ObjectProvider<TopicObserver> observer) {
		return new PubSubPublisher(pubSub::get, observer.getIfAvailable(() -> TopicObserver.NONE));
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	TopicListenerErrorHandler libp2pTopicListenerErrorHandler() {
		return new LoggingTopicErrorHandler();
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Libp2pTopicListenerRegistry libp2pTopicListenerRegistry(Libp2pProperties properties) {
		return new Libp2pTopicListenerRegistry(properties.shutdown().gracePeriod());
	}

	@Bean
	TopicRegistrar libp2pTopicRegistrar(ConfigurableListableBeanFactory beanFactory, Node node, MountedPubSub pubSub,
			ObjectProvider<TopicMethods> methods, ListenerThreads threads, TopicListenerErrorHandler errors,
			ObjectProvider<TopicObserver> observer, Libp2pTopicListenerRegistry registry, PubSubFactory factory) {
		return new TopicRegistrar(
				beanFactory, node, pubSub, methods, (parts) -> new TopicListener(parts.settings(), parts.call(),
						pubSub::get, threads, errors, observer.getIfAvailable(() -> TopicObserver.NONE)),
				registry, factory.defaults());
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HandlerMethodArgumentResolver.class, Payload.class })
	static class MethodConfiguration {

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		TopicMethods libp2pTopicMethods(ConfigurableListableBeanFactory beanFactory, MessageCodec codec,
				ObjectProvider<PayloadValidator> validator) {
			return new TopicMethods(beanFactory, codec, validator.getIfAvailable());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(value = ListenerThreads.class, search = SearchStrategy.CURRENT)
	static class ThreadConfiguration {

		@Bean
		@Conditional(HandlerThreadingConditions.Virtual.class)
		ListenerThreads libp2pVirtualListenerThreads() {
			return ListenerThreadFactories.virtual();
		}

		@Bean
		@Conditional(HandlerThreadingConditions.Platform.class)
		ListenerThreads libp2pPlatformListenerThreads() {
			return ListenerThreadFactories.platform();
		}

	}

}
