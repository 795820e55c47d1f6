package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.p2pboot.libp2p.spring.Libp2pAdvice;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.AnnotationAwareOrderComparator;

/**
 * Makes handlers out of annotated methods. Used on the thread that starts the context.
 */
public final class MethodHandlers {

	private final ConfigurableListableBeanFactory beanFactory;

	private final MessageCodec codec;

	private final @Nullable PayloadValidator validator;

	private @Nullable List<MethodCall.Answers> advices;

	/**
	 * Creates handlers.
	 * @param beanFactory the beans
	 * @param codec reads and writes messages
	 * @param validator checks messages; null if there is none
	 */
	public MethodHandlers(ConfigurableListableBeanFactory beanFactory, MessageCodec codec,
			@Nullable PayloadValidator validator) {
		this.beanFactory = beanFactory;
		this.codec = codec;
		this.validator = validator;
	}

	ServedMethod create(FoundHandler<Libp2pProtocol> found, HandlerSettings settings) {
		Method declared = found.method();
		if (declared == null) {
			throw new IllegalArgumentException(found.describe() + " is not a method");
		}
		MessageCodec codec = settings.codec(this.codec);
		HandlerSignature signature = HandlerSignature.of(found, declared, codec, this.validator != null);
		if (settings.maxMessageBytes() != HandlerSettings.NO_LIMIT && (signature.isRaw() || signature.datagrams())) {
			throw found.refusal("it sets maxMessageSize, and takes bytes or datagrams instead of messages",
					"Leave it out, or take and return messages.");
		}
		if (found.isAsync(declared) && signature.usesStreamWhileItRuns()
				&& declared.getReturnType() != CompletableFuture.class) {
			throw found.refusal("it is @Async, and its stream is closed as soon as it returns",
					"Remove @Async, since each call has a thread of its own, or return a CompletableFuture<Void>.");
		}
		List<MethodCall.Answers> answers = new ArrayList<>();
		answers.add(new MethodCall.Answers(found.beanName(), ExceptionMethods.of(this.beanFactory, found,
				HandlerSignature.format(found, found.annotation().format(), codec), codec)));
		answers.addAll(advices());
		MethodCall call = new MethodCall(this.beanFactory, found.beanName(),
				found.invocable(this.beanFactory, declared), signature, codec, this.validator, answers);
		return signature.datagrams() ? new ServedMethod.OfDatagrams(call::handle)
				: new ServedMethod.OfStreams(call::handle, !signature.isRaw());
	}

	/** In their order; found once, when the first method is. */
	private List<MethodCall.Answers> advices() {
		List<MethodCall.Answers> found = this.advices;
		if (found == null) {
			found = new HandlerDiscovery<>(this.beanFactory, Libp2pAdvice.class).find()
				.stream()
				.sorted(AnnotationAwareOrderComparator.INSTANCE
					.withSourceProvider((advice) -> orderSources((FoundHandler<?>) advice)))
				.map((advice) -> new MethodCall.Answers(advice.beanName(),
						ExceptionMethods.of(this.beanFactory, advice, this.codec.format(), this.codec)))
				.toList();
			this.advices = found;
		}
		return found;
	}

	/**
	 * What tells the order of a bean, as Spring asks for it: the method that makes it,
	 * the bean itself where that is {@link Ordered}, and its class.
	 */
	private Object[] orderSources(FoundHandler<?> advice) {
		List<Object> sources = new ArrayList<>();
		String target = ScopedProxyUtils.getTargetBeanName(advice.beanName());
		boolean scoped = this.beanFactory.containsBeanDefinition(target);
		String name = scoped ? target : advice.beanName();
		if (this.beanFactory.containsBeanDefinition(name)
				&& this.beanFactory.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition) {
			Method factoryMethod = definition.getResolvedFactoryMethod();
			if (factoryMethod != null) {
				sources.add(factoryMethod);
			}
		}
		if (!scoped && Ordered.class.isAssignableFrom(advice.type()) && this.beanFactory.isSingleton(name)) {
			sources.add(this.beanFactory.getBean(name));
		}
		sources.add(advice.type());
		return sources.toArray();
	}

}
