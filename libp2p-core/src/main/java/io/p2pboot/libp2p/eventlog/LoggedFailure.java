package io.p2pboot.libp2p.eventlog;

import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * A copy of a failure that is fit for a log: its texts are sanitised, and it is bounded
 * in its frames and in what hangs on it. Used by one thread.
 */
final class LoggedFailure extends Exception {

	/** The most frames of each failure. */
	static final int MAX_FRAMES = 100;

	/** The most failures: the first, its causes, and what was suppressed. */
	static final int MAX_FAILURES = 8;

	private static final long serialVersionUID = 1L;

	private LoggedFailure(String text) {
		super(text);
	}

	/**
	 * Returns a failure as it can be logged.
	 * @param failure the failure, whose texts may come from a peer
	 * @return the failure itself where it is fit, else a copy that bears its type and
	 * text as one
	 */
	static Throwable of(Throwable failure) {
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		return isFit(failure, seen) ? failure : copy(failure, Collections.newSetFromMap(new IdentityHashMap<>()));
	}

	private static boolean isFit(Throwable failure, Set<Throwable> seen) {
		if (seen.size() >= MAX_FAILURES || !seen.add(failure) || failure.getStackTrace().length > MAX_FRAMES) {
			return false;
		}
		if (!isPlain(failure)) {
			return false;
		}
		Throwable cause = failure.getCause();
		return (cause == null || isFit(cause, seen))
				&& Arrays.stream(failure.getSuppressed()).allMatch((suppressed) -> isFit(suppressed, seen));
	}

	private static boolean isPlain(Throwable failure) {
		try {
			String text = failure.toString();
			return EventLog.sanitize(text).equals(text);
		}
		catch (RuntimeException ex) {
			return false;
		}
	}

	private static LoggedFailure copy(Throwable failure, Set<Throwable> seen) {
		seen.add(failure);
		StackTraceElement[] trace = failure.getStackTrace();
		int left = trace.length - MAX_FRAMES;
		String text = EventLog.sanitize(text(failure));
		LoggedFailure copy = new LoggedFailure((left > 0) ? text + " (" + left + " frames left out)" : text);
		copy.setStackTrace((left > 0) ? Arrays.copyOf(trace, MAX_FRAMES) : trace);
		Throwable cause = failure.getCause();
		if (cause != null && isNext(cause, seen)) {
			copy.initCause(copy(cause, seen));
		}
		for (Throwable suppressed : failure.getSuppressed()) {
			if (isNext(suppressed, seen)) {
				copy.addSuppressed(copy(suppressed, seen));
			}
		}
		return copy;
	}

	private static boolean isNext(Throwable failure, Set<Throwable> seen) {
		return seen.size() < MAX_FAILURES && !seen.contains(failure);
	}

	/** What a failure says is the code of whoever threw it. */
	static String text(Throwable failure) {
		try {
			return String.valueOf(failure);
		}
		catch (RuntimeException ex) {
			return failure.getClass().getName();
		}
	}

	@Override
	public String toString() {
		return String.valueOf(getMessage());
	}

}
