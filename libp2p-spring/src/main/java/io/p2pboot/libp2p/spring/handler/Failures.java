package io.p2pboot.libp2p.spring.handler;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

import io.p2pboot.libp2p.StreamReset;

/**
 * What went wrong, without what it was wrapped into on its way. Stateless.
 */
final class Failures {

	private Failures() {
	}

	/**
	 * Returns what a proxy, a reflective call or a future has wrapped.
	 * @param failure the failure
	 * @return the first cause that is none of these wrappers
	 */
	static Throwable unwrap(Throwable failure) {
		Throwable unwrapped = failure;
		while (isWrapper(unwrapped) && unwrapped.getCause() != null) {
			unwrapped = unwrapped.getCause();
		}
		return unwrapped;
	}

	private static boolean isWrapper(Throwable failure) {
		return failure instanceof UndeclaredThrowableException || failure instanceof InvocationTargetException
				|| failure instanceof ExecutionException || failure instanceof CompletionException;
	}

	/**
	 * Returns the failure that a reset answers; the reset itself if it answers none.
	 * @param failure a failure
	 * @return what went wrong
	 */
	static Throwable behind(Throwable failure) {
		Throwable behind = failure;
		while (behind instanceof StreamReset reset && reset.answered().isPresent()) {
			behind = reset.answered().get();
		}
		return behind;
	}

	/**
	 * Keeps a failure with the one that came while it was dealt with.
	 */
	static Throwable during(Throwable failure, Throwable later) {
		if (later != failure) {
			later.addSuppressed(failure);
		}
		return later;
	}

	/**
	 * Throws a failure as what it is, checked or not: handlers may throw anything, and a
	 * wrapper would hide it from log, meter and span.
	 * @param <E> inferred to be unchecked
	 * @param failure the failure
	 * @return nothing
	 */
	@SuppressWarnings("unchecked")
	static <E extends Throwable> RuntimeException rethrow(Throwable failure) throws E {
		throw (E) failure;
	}

}
