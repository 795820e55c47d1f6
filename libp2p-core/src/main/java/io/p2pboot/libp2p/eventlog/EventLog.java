package io.p2pboot.libp2p.eventlog;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Writes one line an event to an SLF4J logger, and with a failure its trace. Every
 * argument is taken for remote text: it is cut to {@value #MAX_TEXT} characters, and what
 * is not printable is replaced, in the texts of a trace too. Of one kind of event at most
 * {@value #MAX_LINES_PER_SECOND} lines a second are written; the next line that is
 * written tells how many were left out. Thread-safe; does not block, except as far as the
 * logger does.
 */
public final class EventLog {

	/** The most characters of one argument. */
	public static final int MAX_TEXT = 512;

	/** The most lines of one kind of event that are written in a second. */
	public static final int MAX_LINES_PER_SECOND = 10;

	/** The most kinds that are told apart; the others share one budget. */
	static final int MAX_KINDS = 256;

	private static final long SECOND_NANOS = 1_000_000_000L;

	private static final String OTHER_KINDS = "other";

	private static final char REPLACEMENT = '?';

	private final Logger logger;

	private final LongSupplier nanoTime;

	private final Map<String, Budget> budgets = new ConcurrentHashMap<>();

	/**
	 * Creates a log on the system's monotonic clock.
	 * @param logger where the lines go
	 */
	public EventLog(Logger logger) {
		this(logger, System::nanoTime);
	}

	/**
	 * Creates a log.
	 * @param logger where the lines go
	 * @param nanoTime a monotonic clock in nanoseconds, of any origin
	 */
	public EventLog(Logger logger, LongSupplier nanoTime) {
		this.logger = logger;
		this.nanoTime = nanoTime;
	}

	/**
	 * Tells of something that went wrong and that a user should know.
	 * @param kind the kind of event, a constant: it names the budget
	 * @param format an SLF4J message, a constant
	 * @param arguments its arguments; sanitised here
	 */
	public void warn(String kind, String format, @Nullable Object... arguments) {
		log(Level.WARN, kind, format, arguments);
	}

	/**
	 * Tells of something that a user may want to know.
	 * @param kind the kind of event, a constant: it names the budget
	 * @param format an SLF4J message, a constant
	 * @param arguments its arguments; sanitised here
	 */
	public void info(String kind, String format, @Nullable Object... arguments) {
		log(Level.INFO, kind, format, arguments);
	}

	/**
	 * Tells of something that helps to find a fault.
	 * @param kind the kind of event, a constant: it names the budget
	 * @param format an SLF4J message, a constant
	 * @param arguments its arguments; sanitised here
	 */
	public void debug(String kind, String format, @Nullable Object... arguments) {
		log(Level.DEBUG, kind, format, arguments);
	}

	/**
	 * Tells of an event, with the trace of the failure behind it: at most
	 * {@value LoggedFailure#MAX_FRAMES} frames of each of
	 * {@value LoggedFailure#MAX_FAILURES} failures.
	 * @param level the level
	 * @param kind the kind of event, of a set that no peer can grow: it names the budget
	 * @param failure the failure
	 * @param format an SLF4J message, a constant
	 * @param arguments its arguments; sanitised here
	 */
	void failure(Level level, String kind, Throwable failure, String format, @Nullable Object... arguments) {
		log(level, kind, failure, format, arguments);
	}

	/**
	 * Makes remote text fit to be shown: at most {@value #MAX_TEXT} characters, with
	 * control characters, line separators, direction marks and broken surrogates
	 * replaced.
	 * @param text the text
	 * @return the text, safe for one line of a log
	 */
	public static String sanitize(String text) {
		return sanitize(text, MAX_TEXT);
	}

	private static String sanitize(String text, int most) {
		StringBuilder safe = new StringBuilder(Math.min(text.length(), most));
		for (int i = 0; i < text.length();) {
			int codePoint = text.codePointAt(i);
			int width = Character.charCount(codePoint);
			if (safe.length() + width > most) {
				break;
			}
			safe.appendCodePoint(isPrintable(codePoint) ? codePoint : REPLACEMENT);
			i += width;
		}
		return safe.toString();
	}

	private static boolean isPrintable(int codePoint) {
		return switch (Character.getType(codePoint)) {
			case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
					Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
				false;
			default -> true;
		};
	}

	void log(Level level, String kind, String format, @Nullable Object... arguments) {
		log(level, kind, null, format, arguments);
	}

	private void log(Level level, String kind, @Nullable Throwable failure, String format,
			@Nullable Object... arguments) {
		if (!this.logger.isEnabledForLevel(level)) {
			return;
		}
		long omitted = budget(kind).admit(this.nanoTime.getAsLong());
		if (omitted < 0) {
			return;
		}
		Object[] safe = Arrays.stream(arguments).map(EventLog::text).toArray();
		LoggingEventBuilder line = this.logger.atLevel(level);
		if (failure != null) {
			line = line.setCause(LoggedFailure.of(failure));
		}
		if (omitted == 0) {
			line.log(format, safe);
			return;
		}
		Object[] counted = Arrays.copyOf(safe, safe.length + 1);
		counted[safe.length] = omitted;
		line.log(format + " ({} more of this kind left out)", counted);
	}

	/** Of a failure also where it was thrown: a trace of it would take many lines. */
	private static String text(@Nullable Object argument) {
		if (argument instanceof Throwable failure && failure.getStackTrace().length > 0) {
			String place = " at " + failure.getStackTrace()[0];
			return sanitize(String.valueOf(failure), Math.max(0, MAX_TEXT - place.length())) + place;
		}
		return sanitize(String.valueOf(argument));
	}

	private Budget budget(String kind) {
		Budget known = this.budgets.get(kind);
		if (known != null) {
			return known;
		}
		String name = (this.budgets.size() < MAX_KINDS) ? kind : OTHER_KINDS;
		return this.budgets.computeIfAbsent(name, (key) -> new Budget(this.nanoTime.getAsLong()));
	}

	/**
	 * Counts the lines of one kind in the current second. Any thread; guarded by itself.
	 */
	private static final class Budget {

		private long second;

		private int lines;

		private long omitted;

		Budget(long now) {
			this.second = now;
		}

		/**
		 * Returns how many lines were left out before this one, or -1 to leave it out.
		 */
		synchronized long admit(long now) {
			if (now - this.second >= SECOND_NANOS) {
				this.second = now;
				this.lines = 0;
			}
			if (this.lines >= MAX_LINES_PER_SECOND) {
				this.omitted++;
				return -1;
			}
			this.lines++;
			long before = this.omitted;
			this.omitted = 0;
			return before;
		}

	}

}
