package io.p2pboot.libp2p.spring.config;

import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.DatagramInterceptor;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.handler.HandlerChain;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import io.p2pboot.libp2p.spring.handler.Libp2pHandlerRegistry;
import io.p2pboot.libp2p.spring.handler.MethodHandlers;
import io.p2pboot.libp2p.spring.handler.PayloadValidator;
import io.p2pboot.libp2p.spring.handler.StrayHandlers;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadConverter;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

/**
 * What {@link EnableLibp2p} brings. Used on the threads that start and close the context.
 */
@Configuration(proxyBeanMethods = false)
class HandlersConfiguration implements DisposableBean {

	private static final String MESSAGING = "org.springframework.messaging.handler.annotation.Payload";

	private @Nullable HandlerExecutor ownExecutor;

	@Bean
	HandlerRegistrar libp2pHandlerRegistrar(ConfigurableListableBeanFactory beanFactory, Node node,
			ObjectProvider<HandlerExecutor> executor, ObjectProvider<HandlerChain> chain,
			ObjectProvider<MethodHandlers> methodHandlers) {
		return new HandlerRegistrar(beanFactory, node, executor.getIfAvailable(this::executor),
				chain.getIfAvailable(() -> chain(beanFactory)),
				() -> methodHandlers.getIfAvailable(() -> methodHandlers(beanFactory)));
	}

	@Bean
	Libp2pHandlerRegistry libp2pHandlerRegistry(HandlerRegistrar registrar) {
		return registrar.registry();
	}

	@Bean
	static StrayHandlers libp2pStrayHandlers(ApplicationContext context) {
		return new StrayHandlers(context);
	}

	private HandlerExecutor executor() {
		HandlerExecutor executor = HandlerExecutor.platform(HandlerExecutor.DEFAULT_MAX_CONCURRENT);
		this.ownExecutor = executor;
		return executor;
	}

	private static HandlerChain chain(ConfigurableListableBeanFactory beanFactory) {
		return new HandlerChain(beanFactory.getBeanProvider(StreamInterceptor.class).orderedStream().toList(),
				beanFactory.getBeanProvider(Libp2pExceptionHandler.class).orderedStream().toList(),
				beanFactory.getBeanProvider(CallObserver.class).getIfAvailable(() -> CallObserver.NONE), Level.WARN)
			.withDatagramInterceptors(beanFactory.getBeanProvider(DatagramInterceptor.class).orderedStream().toList());
	}

	private static @Nullable MethodHandlers methodHandlers(ConfigurableListableBeanFactory beanFactory) {
		if (!ClassUtils.isPresent(MESSAGING, beanFactory.getBeanClassLoader())) {
			return null;
		}
		return new MethodHandlers(beanFactory,
				beanFactory.getBeanProvider(MessageCodec.class).getIfAvailable(() -> codec(beanFactory)),
				beanFactory.getBeanProvider(PayloadValidator.class).getIfAvailable());
	}

	private static MessageCodec codec(ConfigurableListableBeanFactory beanFactory) {
		MessageCodec codec = MessageCodec.withDefaults();
		List<PayloadConverter> converters = new ArrayList<>(
				beanFactory.getBeanProvider(PayloadConverter.class).orderedStream().toList());
		converters.addAll(codec.converters());
		return new MessageCodec(converters, codec.format(), codec.maxMessageBytes(), codec.timeout());
	}

	@Override
	public void destroy() {
		if (this.ownExecutor != null) {
			this.ownExecutor.close();
		}
	}

}
