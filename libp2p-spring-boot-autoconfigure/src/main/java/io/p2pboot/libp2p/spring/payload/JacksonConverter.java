package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;

/**
 * Takes any object through Jackson. What a message may ask of the parser is bounded by
 * the longest message. Thread-safe.
 */
public final class JacksonConverter implements PayloadConverter {

	private final ObjectMapper mapper;

	private final PayloadFormat format;

	private final TokenStreamFactory parsers;

	/**
	 * Creates a converter.
	 * @param mapper the mapper, for example the application's {@code JsonMapper}
	 * @param format what the mapper reads and writes
	 * @param maxMessageBytes the longest message
	 */
	public JacksonConverter(ObjectMapper mapper, PayloadFormat format, int maxMessageBytes) {
		this.mapper = mapper;
		this.format = format;
		TokenStreamFactory given = mapper.tokenStreamFactory();
		StreamReadConstraints before = given.streamReadConstraints();
		this.parsers = given.rebuild()
			.streamReadConstraints(before.rebuild()
				.maxDocumentLength(maxMessageBytes)
				.maxStringLength(Math.min(before.getMaxStringLength(), maxMessageBytes))
				.maxNameLength(Math.min(before.getMaxNameLength(), maxMessageBytes))
				.maxNestingDepth(Math.min(before.getMaxNestingDepth(), maxMessageBytes))
				.build())
			.build();
	}

	@Override
	public boolean supports(Type type, PayloadFormat format) {
		return format == this.format;
	}

	@Override
	public Object decode(ByteBuffer message, Type type) throws UnreadableMessage {
		byte[] bytes = new byte[message.remaining()];
		message.get(bytes);
		ObjectReader reader = this.mapper.readerFor(this.mapper.constructType(type))
			.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
		try (JsonParser parser = this.parsers.createParser(ObjectReadContext.empty(), bytes)) {
			Object value = reader.readValue(parser);
			if (value == null) {
				throw new UnreadableMessage("The message is null");
			}
			return value;
		}
		catch (JacksonException ex) {
			TokenStreamLocation location = ex.getLocation();
			// The exception quotes the message, so it goes no further.
			throw new UnreadableMessage("The message is not a " + type.getTypeName() + " in " + this.format + ", at "
					+ ((location != null) ? "byte " + location.getByteOffset() : "an unknown place"));
		}
	}

	@Override
	public ByteBuffer encode(Object value, Type type) throws IOException {
		try {
			return ByteBuffer.wrap(this.mapper.writerFor(this.mapper.constructType(type)).writeValueAsBytes(value));
		}
		catch (JacksonException ex) {
			throw new IOException("The reply cannot be written in " + this.format + ": " + ex.getOriginalMessage(), ex);
		}
	}

}
