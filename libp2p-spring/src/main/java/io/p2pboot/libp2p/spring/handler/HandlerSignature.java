package io.p2pboot.libp2p.spring.handler;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.MessageShape;
import io.p2pboot.libp2p.spring.payload.MessageTypes;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.payload.PayloadConverter;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedMethod;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.validation.annotation.ValidationAnnotationUtils;

/**
 * What a method takes and returns. Immutable; made once, at startup, where whatever
 * cannot be served is refused.
 *
 * @param method the method
 * @param datagrams whether it serves datagrams
 * @param payloadIndex which parameter is the message; -1 if none is
 * @param payload how the message is read; null if there is none
 * @param shape whether that is one message or several
 * @param writer how messages are written; null if no parameter does
 * @param format the format of objects
 * @param reply what it returns
 * @param validationGroups the groups to check the message for; null not to check
 */
record HandlerSignature(Method method, boolean datagrams, int payloadIndex, @Nullable Converted payload,
		MessageShape shape, @Nullable Type writer, PayloadFormat format, ReplyType reply,
		Class<?> @Nullable [] validationGroups) {

	/**
	 * Annotations that give a parameter its value, each in a part of Spring that is not
	 * asked here.
	 */
	private static final Set<String> OF_OTHERS = Set.of(Payload.class.getPackageName(), Value.class.getPackageName(),
			"org.springframework.security.core.annotation", "org.springframework.security.web.bind.annotation",
			"org.springframework.web.bind.annotation");

	/**
	 * A type with its converter.
	 *
	 * @param type the declared type
	 * @param converter the converter
	 */
	record Converted(Type type, PayloadConverter converter) {
	}

	static HandlerSignature of(FoundHandler<Libp2pProtocol> found, Method method, MessageCodec codec,
			boolean validates) {
		PayloadFormat format = format(found, found.annotation().format(), codec);
		List<MethodParameter> payloads = new ArrayList<>();
		List<MethodParameter> writers = new ArrayList<>();
		boolean raw = false;
		boolean datagram = false;
		boolean connection = false;
		for (int index = 0; index < method.getParameterCount(); index++) {
			MethodParameter parameter = parameter(found, method, index);
			Class<?> type = parameter.getParameterType();
			requireFromCall(found, parameter, "A handler takes the message and who calls: let the bean have the rest.");
			if (type == MessageWriter.class) {
				writers.add(checked(found, parameter));
			}
			else if (!Call.provides(type)) {
				payloads.add(checked(found, parameter));
			}
			raw |= Call.isRaw(type);
			datagram |= type == Datagram.class;
			connection |= type == Connection.class;
		}
		ReplyType reply = ReplyType.of(found, method, format, codec);
		MessageShape shape = payloads.isEmpty() ? MessageShape.of(void.class) : shape(payloads.get(0));
		boolean replies = reply.kind() == ReplyType.Kind.MESSAGE;
		refuseIf(payloads.size() > 1, found, "it has more than one parameter for the message",
				"Keep one parameter for the message; a record can hold several values.");
		refuseIf(writers.size() > 1 || replies && !writers.isEmpty(), found, "it has more than one way to reply",
				"Either take one MessageWriter and return void, or return the reply.");
		refuseIf(raw && (replies || !payloads.isEmpty() || !writers.isEmpty()), found,
				"it mixes the bytes of the stream with a message or a reply",
				"Either take a Stream, InputStream or OutputStream and return void, or take and return messages.");
		refuseIf(
				datagram && (raw || connection || !reply.isNothing() || !writers.isEmpty()
						|| shape.kind() != MessageShape.Kind.ONE),
				found, "a Datagram goes with a message, a PeerId or an AddrInfo only, and has no reply",
				"Return void, and take no Stream, InputStream, OutputStream, MessageReader or Connection.");
		Converted payload = payloads.isEmpty() ? null : converted(found, shape.message(), format, codec);
		Type writer = writers.isEmpty() ? null
				: converted(found, shape(writers.get(0)).message(), format, codec).type();
		Class<?>[] groups = payloads.isEmpty() ? null : validationGroups(payloads.get(0));
		refuseIf(groups != null && !validates, found, "its message is to be validated, and there is no validator",
				"Add the dependency org.springframework.boot:spring-boot-starter-validation.");
		return new HandlerSignature(method, datagram, payloads.isEmpty() ? -1 : payloads.get(0).getParameterIndex(),
				payload, shape, writer, format, reply, groups);
	}

	private static MessageShape shape(MethodParameter parameter) {
		return MessageShape.of(genericType(parameter));
	}

	/** Whether the method reads or writes before it returns. */
	boolean usesStreamWhileItRuns() {
		return isRaw() || this.writer != null || this.shape.kind() == MessageShape.Kind.MANY;
	}

	/** Whether the method reads and writes the bytes of the stream itself. */
	boolean isRaw() {
		return Arrays.stream(this.method.getParameterTypes()).anyMatch(Call::isRaw);
	}

	static PayloadFormat format(FoundHandler<?> found, PayloadFormat[] formats, MessageCodec codec) {
		refuseIf(formats.length > 1, found, "it names more than one format", "Name one format.");
		return (formats.length == 1) ? formats[0] : codec.format();
	}

	/**
	 * With the annotations that it has in interfaces and superclasses, as in Spring MVC.
	 */
	static MethodParameter parameter(FoundHandler<?> found, Method method, int index) {
		return new AnnotatedMethod(method).getMethodParameters()[index].withContainingClass(found.type());
	}

	static Type genericType(MethodParameter parameter) {
		return GenericTypeResolver.resolveType(parameter.getGenericParameterType(), parameter.getContainingClass());
	}

	/** What no peer can send is no message. */
	private static MethodParameter checked(FoundHandler<?> found, MethodParameter parameter) {
		MessageShape shape = shape(parameter);
		boolean several = shape.kind() == MessageShape.Kind.MANY;
		MessageTypes.refusal(several ? shape.message() : genericType(parameter)).ifPresent((reason) -> {
			throw found.refusal(
					"its parameter " + parameter.getParameterIndex() + (several ? " holds a " : " is a ") + reason,
					"Take a Stream, InputStream, OutputStream, Datagram, PeerId, AddrInfo or Connection, or the message.");
		});
		return parameter;
	}

	/**
	 * A parameter needs no annotation. One by which another part of Spring gives the
	 * value, itself or as a meta-annotation, would be passed over in silence.
	 */
	static void requireFromCall(FoundHandler<?> found, MethodParameter parameter, String action) {
		String which = "its parameter " + parameter.getParameterIndex();
		MergedAnnotations annotations = MergedAnnotations.from(parameter.getParameterAnnotations());
		for (MergedAnnotation<Annotation> each : annotations) {
			Class<?> type = each.getType();
			boolean payload = type == Payload.class;
			refuseIf(!payload && OF_OTHERS.contains(type.getPackageName()), found,
					which + " carries @" + each.getRoot().getType().getSimpleName(), action);
			refuseIf(payload && !each.getString("expression").isEmpty(), found,
					which + " has an expression in @Payload, which is not evaluated", "Take the whole message.");
			refuseIf(payload && !each.getBoolean("required"), found,
					which + " has @Payload(required = false), and what is not there is never null",
					"Remove required, and take a byte[] or String, which may be empty, where the message may be.");
		}
	}

	static Class<?> @Nullable [] validationGroups(MethodParameter parameter) {
		for (Annotation annotation : parameter.getParameterAnnotations()) {
			Object[] hints = ValidationAnnotationUtils.determineValidationHints(annotation);
			if (hints != null) {
				// Of other annotations whose name begins with Valid it may be anything.
				return Arrays.stream(hints).filter(Class.class::isInstance).toArray(Class<?>[]::new);
			}
		}
		return null;
	}

	static Converted converted(FoundHandler<?> found, Type type, PayloadFormat format, MessageCodec codec) {
		return new Converted(type, converter(found, found.describe(), type, format, codec));
	}

	static PayloadConverter converter(FoundHandler<?> found, String handler, Type type, PayloadFormat format,
			MessageCodec codec) {
		return codec.converter(type, format)
			.orElseThrow(() -> found.refusal(handler,
					"there is no converter for " + type.getTypeName() + " in " + format, hint(format)));
	}

	private static String hint(PayloadFormat format) {
		String starter = "Add the dependency org.springframework.boot:spring-boot-starter-jackson";
		return switch (format) {
			case JSON -> starter + ", or use byte[], ByteBuffer, String or a protobuf message.";
			case CBOR -> starter + " and tools.jackson.dataformat:jackson-dataformat-cbor.";
		};
	}

	private static void refuseIf(boolean refused, FoundHandler<?> found, String problem, String action) {
		if (refused) {
			throw found.refusal(problem, action);
		}
	}

}
