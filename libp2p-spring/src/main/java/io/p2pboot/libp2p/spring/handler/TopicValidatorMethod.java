package io.p2pboot.libp2p.spring.handler;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import io.p2pboot.libp2p.pubsub.AsyncTopicValidator;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.core.ResolvableType;

/**
 * Asks a method about a message. Any number of threads.
 *
 * @param method the method
 * @param signature what it takes
 * @param validator checks payloads; null if there is none
 * @param unreadable what is said of a message whose payload cannot be read
 */
record TopicValidatorMethod(BeanMethod method, TopicSignature signature, @Nullable PayloadValidator validator,
		Validation unreadable) implements AsyncTopicValidator {

	@Override
	public CompletionStage<Validation> check(TopicMessage message) {
		try {
			Object payload = this.signature.read(message, this.validator);
			Object answer = this.method.call(this.signature.arguments(message, payload));
			return (answer instanceof CompletionStage<?> stage) ? stage.thenApply(TopicValidatorMethod::validation)
					: CompletableFuture.completedStage(validation(answer));
		}
		catch (UnreadableMessage ex) {
			return CompletableFuture.completedStage(this.unreadable);
		}
		catch (Throwable ex) {
			return CompletableFuture.failedStage(Failures.unwrap(ex));
		}
	}

	private static Validation validation(@Nullable Object answer) {
		if (answer instanceof Validation validation) {
			return validation;
		}
		if (answer instanceof Boolean accepted) {
			return accepted ? Validation.ACCEPT : Validation.REJECT;
		}
		throw new IllegalStateException("A topic validator answered " + answer);
	}

	/** Whether a method answers with something that can be said of a message. */
	static boolean answers(ResolvableType type) {
		Class<?> raw = type.resolve(Object.class);
		if (CompletionStage.class.isAssignableFrom(raw)) {
			return isAnswer(type.as(CompletionStage.class).getGeneric(0).resolve(Object.class));
		}
		return isAnswer(raw);
	}

	private static boolean isAnswer(Class<?> type) {
		return type == boolean.class || type == Boolean.class || type == Validation.class;
	}

}
