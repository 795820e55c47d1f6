package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;

import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.topic.TopicCall;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;

/**
 * Makes listeners and validators of topics out of annotated methods. Used on the thread
 * that starts the context.
 */
public final class TopicMethods {

	private final ConfigurableListableBeanFactory beanFactory;

	private final MessageCodec codec;

	private final @Nullable PayloadValidator validator;

	/**
	 * Creates them.
	 * @param beanFactory the beans
	 * @param codec reads messages
	 * @param validator checks messages; null if there is none
	 */
	public TopicMethods(ConfigurableListableBeanFactory beanFactory, MessageCodec codec,
			@Nullable PayloadValidator validator) {
		this.beanFactory = beanFactory;
		this.codec = codec;
		this.validator = validator;
	}

	TopicCall listener(FoundHandler<Libp2pTopicListener> found) {
		Method method = declared(found);
		if (method.getReturnType() != void.class && method.getReturnType() != Void.class) {
			throw found.refusal(
					"it returns a " + method.getReturnType().getSimpleName()
							+ ", and a message of a topic has no reply",
					"Return void; publish on a topic, or call a peer, with the Libp2pTemplate.");
		}
		boolean batch = found.annotation().batch();
		TopicSignature signature = TopicSignature.of(found, method, found.annotation().format(), batch, this.codec,
				this.validator != null);
		ExceptionMethods exceptions = ExceptionMethods.of(this.beanFactory, found,
				(type) -> type == TopicMessage.class && !batch,
				"Take the exception, and the TopicMessage where needed (not with batches).");
		return new TopicListenerMethod(invocable(found, method), signature, batch, this.validator, exceptions);
	}

	AsyncTopicValidator validator(FoundHandler<Libp2pTopicValidator> found) {
		Method method = declared(found);
		if (!TopicValidatorMethod.answers(ResolvableType.forMethodReturnType(method, found.type()))) {
			throw found.refusal("it returns a " + method.getReturnType().getSimpleName(),
					"Return boolean, Validation, or a CompletionStage of one of them.");
		}
		if (found.isAsync(method) && method.getReturnType() != CompletableFuture.class) {
			throw found.refusal("it is @Async, and returns a " + method.getReturnType().getSimpleName(),
					"Return a CompletableFuture, or remove @Async.");
		}
		TopicSignature signature = TopicSignature.of(found, method, found.annotation().format(), false, this.codec,
				this.validator != null);
		return new TopicValidatorMethod(invocable(found, method), signature, this.validator,
				found.annotation().rejectUnreadable() ? Validation.REJECT : Validation.IGNORE);
	}

	private static Method declared(FoundHandler<?> found) {
		Method method = found.method();
		if (method == null) {
			throw new IllegalArgumentException(found.describe() + " is not a method");
		}
		return method;
	}

	private BeanMethod invocable(FoundHandler<?> found, Method declared) {
		return new BeanMethod(this.beanFactory, found.beanName(), found.invocable(this.beanFactory, declared));
	}

}
