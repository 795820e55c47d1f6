package io.p2pboot.libp2p.spring.payload;

import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.module.SimpleModule;

import org.springframework.core.ResolvableType;

/**
 * Takes any object through Jackson. What a message may ask of the parser is bounded by
 * the longest message. An object is written as what it is, with the type arguments of the
 * declared type, so that neither a subclass nor a type id gets lost; an exception is
 * never written, wherever in the object it stands. Thread-safe.
 */
public final class JacksonConverter implements PayloadConverter {

	private final ObjectMapper mapper;

	private final PayloadFormat format;

	private final TokenStreamFactory parsers;

	private final ObjectWriter writer;

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
		this.writer = mapper.rebuild()
			.addModule(new SimpleModule("libp2p").addSerializer(Throwable.class, new NoExceptions()))
			.build()
			.writer();
	}

	@Override
	public PayloadConverter limitedTo(int maxMessageBytes) {
		return new JacksonConverter(this.mapper, this.format, maxMessageBytes);
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
			// Nor do the packages of this application.
			throw new UnreadableMessage("The message is not a " + simpleName(type) + " in " + this.format + ", at "
					+ ((location != null) ? "byte " + location.getByteOffset() : "an unknown place"));
		}
	}

	private static String simpleName(Type type) {
		return ResolvableType.forType(type).resolve(Object.class).getSimpleName();
	}

	@Override
	public ByteBuffer encode(Object value, Type type) throws IOException {
		try {
			return ByteBuffer.wrap(this.writer.forType(typeOf(value, type)).writeValueAsBytes(value));
		}
		catch (JacksonException ex) {
			throw new IOException("A " + value.getClass().getName() + " cannot be written in " + this.format + ": "
					+ ex.getOriginalMessage(), ex);
		}
	}

	/**
	 * The value's own class, with what the declared type says of its type parameters. An
	 * array has none, and the class of its elements is what an array is made for.
	 */
	private JavaType typeOf(Object value, Type type) {
		JavaType declared = this.mapper.constructType(type);
		Class<?> actual = value.getClass();
		if (!declared.isTypeOrSuperTypeOf(actual) || declared.hasRawClass(Object.class)) {
			return this.mapper.constructType(actual);
		}
		if (declared.isArrayType() || declared.isReferenceType()) {
			return declared;
		}
		try {
			return this.mapper.getTypeFactory().constructSpecializedType(declared, actual);
		}
		catch (IllegalArgumentException ex) {
			// The class binds its parameters in a way of its own.
			return declared.isContainerType() ? declared : this.mapper.constructType(actual);
		}
	}

	/** Refuses what would show the inside of this application. */
	private static final class NoExceptions extends ValueSerializer<Throwable> {

		@Override
		public void serialize(Throwable value, JsonGenerator generator, SerializationContext context) {
			context.reportMappingProblem("a %s is an exception, which never travels as a message",
					value.getClass().getName());
		}

		@Override
		public void serializeWithType(Throwable value, JsonGenerator generator, SerializationContext context,
				TypeSerializer types) {
			serialize(value, generator, context);
		}

	}

}
