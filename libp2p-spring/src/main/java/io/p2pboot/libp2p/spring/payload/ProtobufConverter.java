package io.p2pboot.libp2p.spring.payload;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.Map;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;

import org.springframework.util.ConcurrentReferenceHashMap;
import org.springframework.util.ReflectionUtils;

/**
 * Takes generated protobuf messages, in the binary format. Thread-safe.
 */
public final class ProtobufConverter implements PayloadConverter {

	private final Map<Class<?>, MessageLite> defaults = new ConcurrentReferenceHashMap<>();

	/**
	 * Creates a converter.
	 */
	public ProtobufConverter() {
	}

	@Override
	public boolean supports(Type type, PayloadFormat format) {
		return type instanceof Class<?> message && MessageLite.class.isAssignableFrom(message)
				&& !Modifier.isAbstract(message.getModifiers());
	}

	@Override
	public Object decode(ByteBuffer message, Type type) throws UnreadableMessage {
		Class<?> messageType = (Class<?>) type;
		MessageLite prototype = this.defaults.computeIfAbsent(messageType, ProtobufConverter::prototype);
		try {
			return prototype.getParserForType().parseFrom(message);
		}
		catch (InvalidProtocolBufferException ex) {
			throw new UnreadableMessage("The message is not a protobuf " + messageType.getSimpleName(), ex);
		}
	}

	@Override
	public ByteBuffer encode(Object value, Type type) {
		return ByteBuffer.wrap(((MessageLite) value).toByteArray());
	}

	private static MessageLite prototype(Class<?> type) {
		Method factory = ReflectionUtils.findMethod(type, "getDefaultInstance");
		Object prototype = (factory != null) ? ReflectionUtils.invokeMethod(factory, null) : null;
		if (prototype == null) {
			throw new IllegalStateException(type + " is not a generated protobuf message");
		}
		return (MessageLite) prototype;
	}

}
