package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageTypes;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;

/**
 * What a method takes of the messages of a topic. Immutable; made once, at startup, where
 * whatever cannot be given to it is refused.
 *
 * @param parameters how many parameters it has
 * @param payloadIndex which parameter is the payload; -1 if none is
 * @param payload how the payload is read; null if there is none
 * @param validationGroups the groups to check the payload for; null not to check
 * @param messageIndex which parameter is the message; -1 if none is
 */
record TopicSignature(int parameters, int payloadIndex, HandlerSignature.@Nullable Converted payload,
		Class<?> @Nullable [] validationGroups, int messageIndex) {

	private static final String TAKE = "Take the payload, the TopicMessage, or both.";

	/**
	 * Reads a method's parameters.
	 * @param found the method with its annotation
	 * @param formats the formats that the annotation names
	 * @param batch whether the parameters are lists
	 * @param codec has the converters
	 * @param validates whether there is a validator
	 */
	static TopicSignature of(FoundHandler<?> found, Method method, PayloadFormat[] formats, boolean batch,
			MessageCodec codec, boolean validates) {
		PayloadFormat format = HandlerSignature.format(found, formats, codec);
		int payloadIndex = -1;
		int messageIndex = -1;
		HandlerSignature.Converted payload = null;
		Class<?>[] groups = null;
		for (int index = 0; index < method.getParameterCount(); index++) {
			MethodParameter parameter = HandlerSignature.parameter(found, method, index);
			HandlerSignature.requireFromCall(found, parameter,
					"A message of a topic has no headers: use @Payload, or take the TopicMessage.");
			Type type = batch ? element(found, parameter) : HandlerSignature.genericType(parameter);
			if (type == TopicMessage.class) {
				refuseIf(messageIndex >= 0, found, "it takes the message twice", TAKE);
				messageIndex = index;
				continue;
			}
			check(found, parameter, type);
			refuseIf(payloadIndex >= 0, found, "it has more than one parameter for the payload",
					"Keep one parameter for the payload; a record can hold several values.");
			payloadIndex = index;
			payload = HandlerSignature.converted(found, type, format, codec);
			groups = HandlerSignature.validationGroups(parameter);
		}
		refuseIf(groups != null && !validates, found, "its payload is to be validated, and there is no validator",
				"Add the dependency org.springframework.boot:spring-boot-starter-validation.");
		return new TopicSignature(method.getParameterCount(), payloadIndex, payload, groups, messageIndex);
	}

	private static Type element(FoundHandler<?> found, MethodParameter parameter) {
		ResolvableType type = ResolvableType.forMethodParameter(parameter);
		refuseIf(type.resolve() != List.class, found,
				"it takes batches, and its parameter " + parameter.getParameterIndex() + " is no List",
				"Take a List of the payload, a List<TopicMessage>, or both; or remove batch = true.");
		return type.getGeneric(0).getType();
	}

	private static void check(FoundHandler<?> found, MethodParameter parameter, Type type) {
		String which = "its parameter " + parameter.getParameterIndex();
		refuseIf(type == PeerId.class, found,
				which + " is a PeerId, which could be the author of the message or who " + "forwarded it",
				"Take the TopicMessage, and ask it for its author() or for receivedFrom().");
		MessageTypes.refusal(type).ifPresent((reason) -> {
			throw found.refusal(which + " is a " + reason, TAKE);
		});
	}

	private static void refuseIf(boolean refused, FoundHandler<?> found, String problem, String action) {
		if (refused) {
			throw found.refusal(problem, action);
		}
	}

	/**
	 * Reads the payload of a message.
	 * @return the payload; null if the method takes none
	 */
	@Nullable Object read(TopicMessage message, @Nullable PayloadValidator validator) throws IOException {
		HandlerSignature.Converted converted = this.payload;
		if (converted == null) {
			return null;
		}
		Object read = converted.converter().decode(message.data(), converted.type());
		Class<?>[] groups = this.validationGroups;
		if (groups != null && validator != null) {
			validator.validate(read, groups);
		}
		return read;
	}

	/** The arguments of a call. */
	@Nullable Object[] arguments(Object message, @Nullable Object payload) {
		@Nullable Object[] arguments = new @Nullable Object[this.parameters];
		if (this.payloadIndex >= 0) {
			arguments[this.payloadIndex] = payload;
		}
		if (this.messageIndex >= 0) {
			arguments[this.messageIndex] = message;
		}
		return arguments;
	}

}
