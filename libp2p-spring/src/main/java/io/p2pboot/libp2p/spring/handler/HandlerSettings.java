package io.p2pboot.libp2p.spring.handler;

import java.time.Duration;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.function.Function;

import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.payload.MessageCodec;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import org.springframework.util.unit.DataSize;

/**
 * What the annotation of one handler says beside its paths. Immutable; made once, at
 * startup, where whatever has no effect is refused.
 *
 * @param id its name in the registry
 * @param concurrency how many of its calls run at once; {@link #NO_LIMIT} for as many as
 * there are threads
 * @param maxMessageBytes the longest message; {@link #NO_LIMIT} for that of all
 * @param timeout how long one call may take; zero for any time
 * @param autoStartup whether it is mounted when the application starts
 */
record HandlerSettings(String id, int concurrency, int maxMessageBytes, Duration timeout, boolean autoStartup) {

	static final int NO_LIMIT = Integer.MAX_VALUE;

	static HandlerSettings of(FoundHandler<Libp2pProtocol> found, BinaryOperator<String> placeholders,
			Set<String> taken) {
		Libp2pProtocol annotation = found.annotation();
		int concurrency = parse(found, "concurrency", placeholders.apply("concurrency", annotation.concurrency()),
				NO_LIMIT, HandlerSettings::positive);
		int maxMessageBytes = parse(found, "maxMessageSize",
				placeholders.apply("maxMessageSize", annotation.maxMessageSize()), NO_LIMIT,
				(text) -> positive("" + DataSize.parse(text).toBytes()));
		Duration timeout = parse(found, "timeout", placeholders.apply("timeout", annotation.timeout()), Duration.ZERO,
				HandlerSettings::time);
		String autoStartup = placeholders.apply("autoStartup", annotation.autoStartup()).strip();
		if (!autoStartup.equalsIgnoreCase("true") && !autoStartup.equalsIgnoreCase("false")) {
			throw found.refusal("its autoStartup '" + autoStartup + "' is neither true nor false",
					"Set it to true or false.");
		}
		if (maxMessageBytes != NO_LIMIT && found.method() == null) {
			throw found.refusal("it sets maxMessageSize, and takes bytes instead of messages",
					"Leave it out, or serve with a method that takes messages.");
		}
		return new HandlerSettings(id(found, placeholders.apply("id", annotation.id()).strip(), taken), concurrency,
				maxMessageBytes, timeout, Boolean.parseBoolean(autoStartup));
	}

	private static String id(FoundHandler<Libp2pProtocol> found, String named, Set<String> taken) {
		if (!named.isEmpty()) {
			if (taken.contains(named)) {
				throw found.refusal("its id '" + named + "' is also that of another handler",
						"Give one of them another id.");
			}
			return named;
		}
		String base = (found.method() == null) ? found.beanName() : found.beanName() + "." + found.method().getName();
		String id = base;
		for (int number = 2; taken.contains(id); number++) {
			id = base + "#" + number;
		}
		return id;
	}

	private static <T> T parse(FoundHandler<?> found, String name, String text, T absent, Function<String, T> parser) {
		if (text.isBlank()) {
			return absent;
		}
		try {
			return parser.apply(text.strip());
		}
		catch (IllegalArgumentException ex) {
			throw found.refusal("its " + name + " '" + text + "' is not valid: " + ex.getMessage(),
					"Set it to a positive value, or leave it out.");
		}
	}

	private static int positive(String text) {
		int number = Integer.parseInt(text);
		if (number < 1) {
			throw new IllegalArgumentException(text + " is not positive");
		}
		return number;
	}

	private static Duration time(String text) {
		Duration time = DurationFormatterUtils.detectAndParse(text, DurationFormat.Unit.MILLIS);
		if (time.isNegative() || time.isZero()) {
			throw new IllegalArgumentException(text + " is not positive");
		}
		return time;
	}

	/** The codec for its messages. */
	MessageCodec codec(MessageCodec codec) {
		return (this.maxMessageBytes == NO_LIMIT) ? codec : codec.limitedTo(this.maxMessageBytes);
	}

}
