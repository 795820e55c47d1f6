package io.p2pboot.libp2p.autoconfigure;

import java.util.Optional;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.CallInterceptor;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.DatagramInterceptor;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.TopicPublisher;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.handler.HandlerChain;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import io.p2pboot.libp2p.spring.handler.MethodHandlers;
import io.p2pboot.libp2p.spring.handler.PayloadValidator;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadConverter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.boot.logging.LogLevel;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.task.TaskDecorator;
import org.springframework.core.task.support.CompositeTaskDecorator;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.handler.invocation.HandlerMethodArgumentResolver;

/**
 * Auto-configuration that mounts the handlers among the beans on the node.
 */
@AutoConfiguration(after = Libp2pAutoConfiguration.class,
		afterName = { "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration" })
@Import(PayloadConfiguration.class)
@ConditionalOnBean(value = { Node.class, Libp2pProperties.class }, search = SearchStrategy.CURRENT)
public final class Libp2pHandlerAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(Libp2pHandlerAutoConfiguration.class);

	@Bean
	static LazyInitializationExcludeFilter libp2pHandlerLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(HandlerRegistrar.class);
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	HandlerChain libp2pHandlerChain(ObjectProvider<StreamInterceptor> interceptors,
			ObjectProvider<DatagramInterceptor> datagramInterceptors,
			ObjectProvider<Libp2pExceptionHandler> exceptionHandlers, ObjectProvider<CallObserver> observer,
			Libp2pProperties properties) {
		HandlerChain chain = new HandlerChain(interceptors.orderedStream().toList(),
				exceptionHandlers.orderedStream().toList(), observer.getIfAvailable(() -> CallObserver.NONE),
				level(properties.handlers().failureLogLevel()))
			.withDatagramInterceptors(datagramInterceptors.orderedStream().toList());
		chain = properties.handlers().errorBodies() ? chain.withErrorBodies() : chain;
		if (!properties.handlers().traceContext()) {
			return chain;
		}
		warnUnless(properties.observations().streams(), observer, "libp2p.handlers.trace-context");
		return chain.withTraceContext();
	}

	private static void warnUnless(boolean observed, ObjectProvider<CallObserver> observer, String property) {
		if (!observed || observer.getIfAvailable() == null) {
			logger.warn("{} has no effect: nothing observes what it is about. Traces need an ObservationRegistry, as "
					+ "Boot's Actuator brings it, and libp2p.observations", property);
		}
	}

	private static @Nullable Level level(LogLevel level) {
		return switch (level) {
			case TRACE -> Level.TRACE;
			case DEBUG -> Level.DEBUG;
			case INFO -> Level.INFO;
			case WARN -> Level.WARN;
			case ERROR, FATAL -> Level.ERROR;
			case OFF -> null;
		};
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	MessageCodec libp2pMessageCodec(Libp2pProperties properties, ObjectProvider<PayloadConverter> converters) {
		Libp2pProperties.Streams streams = properties.streams();
		return new MessageCodec(PayloadConfiguration.ordered(converters), properties.handlers().format(),
				PayloadConfiguration.maxMessageBytes(properties), streams.messageTimeout());
	}

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	Libp2pTemplate libp2pTemplate(Node node, MessageCodec codec, ObjectProvider<CallObserver> observer,
			ObjectProvider<TopicPublisher> topics, ObjectProvider<CallInterceptor> interceptors,
			ObjectProvider<TaskDecorator> decorators, Libp2pProperties properties) {
		Libp2pTemplate template = new Libp2pTemplate(node, codec, observer.getIfAvailable(() -> CallObserver.NONE),
				() -> Optional.ofNullable(topics.getIfAvailable()))
			.withInterceptors(interceptors.orderedStream().toList())
			.withTaskDecorator(new CompositeTaskDecorator(decorators.orderedStream().toList()));
		template = properties.template().errorBodies() ? template.withErrorBodies() : template;
		if (!properties.template().traceContext()) {
			return template;
		}
		warnUnless(properties.observations().calls(), observer, "libp2p.template.trace-context");
		return template.withTraceContext();
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(value = HandlerRegistrar.class, search = SearchStrategy.CURRENT)
	@EnableLibp2p
	static class RegistrarConfiguration {

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ HandlerMethodArgumentResolver.class, Payload.class })
	static class MethodConfiguration {

		@Bean
		@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
		MethodHandlers libp2pMethodHandlers(ConfigurableListableBeanFactory beanFactory, MessageCodec codec,
				ObjectProvider<PayloadValidator> validator) {
			return new MethodHandlers(beanFactory, codec, validator.getIfAvailable());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(value = HandlerExecutor.class, search = SearchStrategy.CURRENT)
	static class ExecutorConfiguration {

		@Bean
		@Conditional(HandlerThreadingConditions.Virtual.class)
		HandlerExecutor libp2pVirtualHandlerExecutor(Libp2pProperties properties) {
			return HandlerExecutor.virtual(properties.handlers().maxConcurrent());
		}

		@Bean
		@Conditional(HandlerThreadingConditions.Platform.class)
		HandlerExecutor libp2pPlatformHandlerExecutor(Libp2pProperties properties) {
			return HandlerExecutor.platform(properties.handlers().maxConcurrent());
		}

	}

}
