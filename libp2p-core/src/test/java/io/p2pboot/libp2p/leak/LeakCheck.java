package io.p2pboot.libp2p.leak;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After each test class, collects garbage and fails the class if Netty finds a buffer, or
 * anything else that it counts references of, that nobody released. Found by JUnit
 * itself, in every module that has this one's test jar.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {

	private static final Set<String> WATCHED = new ConcurrentSkipListSet<>();

	/** What was found stays found where the tests of a class are run once more. */
	private static final Map<String, AssertionError> LEAKED = new ConcurrentHashMap<>();

	private static final int ROUNDS = 2;

	private static final long COLLECTION_MILLIS = 2000;

	static {
		RecordingLeakDetector.install();
	}

	@Override
	public void beforeAll(ExtensionContext context) {
		WATCHED.add(context.getRequiredTestClass().getName());
	}

	@Override
	public void afterAll(ExtensionContext context) throws InterruptedException {
		String testClass = context.getRequiredTestClass().getName();
		AssertionError before = LEAKED.get(testClass);
		if (before != null) {
			throw before;
		}
		try {
			check(testClass);
		}
		catch (AssertionError ex) {
			LEAKED.put(testClass, ex);
			throw ex;
		}
	}

	static boolean isWatching(Class<?> testClass) {
		return WATCHED.contains(testClass.getName());
	}

	/**
	 * Fails if something has leaked since the last check.
	 * @param testClass the class to name
	 */
	static void check(String testClass) throws InterruptedException {
		for (int i = 0; i < ROUNDS; i++) {
			collectGarbage();
			// Netty looks for leaks when it tracks the next resource.
			PooledByteBufAllocator.DEFAULT.buffer(1).release();
		}
		Queue<String> found = RecordingLeakDetector.takeFound();
		if (!found.isEmpty()) {
			throw new AssertionError(testClass + " leaked " + found.size() + ": " + String.join("\n", found));
		}
	}

	/** Returns once references to what was unreachable are queued. */
	private static void collectGarbage() throws InterruptedException {
		ReferenceQueue<Object> collected = new ReferenceQueue<>();
		WeakReference<Object> canary = new WeakReference<>(new Object(), collected);
		System.gc();
		if (collected.remove(COLLECTION_MILLIS) != canary) {
			throw new AssertionError("System.gc() does nothing: leaks cannot be found");
		}
	}

}
