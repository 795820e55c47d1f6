package io.p2pboot.libp2p.interop.peer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Counts how things went. Thread-safe.
 */
final class Tally {

	private static final int MAX_ERRORS = 5;

	private final ReentrantLock lock = new ReentrantLock();

	private final List<String> errors = new ArrayList<>();

	private int passed;

	private int failed;

	/** Runs one of them; only an interrupt goes further. */
	void count(Callable<?> one) throws InterruptedException {
		try {
			one.call();
			note(null);
		}
		catch (InterruptedException ex) {
			throw ex;
		}
		catch (Exception ex) {
			OpFailure failure = OpFailure.of(ex);
			note(failure.kind() + ": " + failure.getMessage());
		}
	}

	private void note(@Nullable String error) {
		this.lock.lock();
		try {
			if (error == null) {
				this.passed++;
				return;
			}
			this.failed++;
			if (this.errors.size() < MAX_ERRORS) {
				this.errors.add(error);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	int passed() {
		return this.passed;
	}

	int failed() {
		return this.failed;
	}

	ArrayNode errors() {
		ArrayNode all = JsonNodeFactory.instance.arrayNode();
		this.errors.forEach(all::add);
		return all;
	}

}
