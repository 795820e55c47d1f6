package io.p2pboot.libp2p.spring.payload;

import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Takes messages as they are: {@code byte[]}, {@code ByteBuffer}, and {@code String} as
 * UTF-8. Stateless.
 */
public final class BytesConverter implements PayloadConverter {

	/**
	 * Creates a converter.
	 */
	public BytesConverter() {
	}

	@Override
	public boolean supports(Type type, PayloadFormat format) {
		return type == byte[].class || type == String.class
				|| (type instanceof Class<?> buffer && ByteBuffer.class.isAssignableFrom(buffer));
	}

	@Override
	public Object decode(ByteBuffer message, Type type) throws UnreadableMessage {
		if (type == ByteBuffer.class) {
			return message.slice();
		}
		if (type == byte[].class) {
			byte[] bytes = new byte[message.remaining()];
			message.get(bytes);
			return bytes;
		}
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(message).toString();
		}
		catch (CharacterCodingException ex) {
			throw new UnreadableMessage("The message is not UTF-8", ex);
		}
	}

	@Override
	public ByteBuffer encode(Object value, Type type) {
		if (value instanceof ByteBuffer buffer) {
			return buffer.duplicate();
		}
		return ByteBuffer
			.wrap((value instanceof byte[] bytes) ? bytes : value.toString().getBytes(StandardCharsets.UTF_8));
	}

}
