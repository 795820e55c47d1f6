package io.p2pboot.libp2p.guard;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * After each test class, fails it if one task held an event loop of this process for
 * longer than {@link #LONGEST_TASK}, or if the process has grown outside its heap by more
 * than {@link #MOST_GROWTH_BYTES}. Registered for every suite against foreign peers, and
 * by name for stress tests.
 */
public final class NodeGuard implements BeforeAllCallback, AfterAllCallback {

	/** The processor time that a task, or a batch of them, may take. */
	public static final Duration LONGEST_TASK = Duration.ofMillis(100);

	/** Buffers that are pooled, code and thread stacks stay below. */
	public static final long MOST_GROWTH_BYTES = 512L << 20;

	private static final long SHRINKING_NANOS = TimeUnit.SECONDS.toNanos(10);

	private static final ExtensionContext.Namespace STORE = ExtensionContext.Namespace.create(NodeGuard.class);

	@Override
	public void beforeAll(ExtensionContext context) {
		LoopWatch.instance().take(LONGEST_TASK);
		ResidentMemory.besideHeap().ifPresent((bytes) -> context.getStore(STORE).put(NodeGuard.class, bytes));
	}

	@Override
	public void afterAll(ExtensionContext context) {
		List<LoopWatch.Finding> held = LoopWatch.instance().take(LONGEST_TASK);
		if (!held.isEmpty()) {
			throw new AssertionError("An event loop was held for more than " + LONGEST_TASK + ": " + held);
		}
		Long before = context.getStore(STORE).get(NodeGuard.class, Long.class);
		if (before != null) {
			checkGrowth(before);
		}
	}

	/** The heap shrinks at once by its own account, and a little later for the kernel. */
	private static void checkGrowth(long before) {
		long end = System.nanoTime() + SHRINKING_NANOS;
		long after = ResidentMemory.besideHeap().orElse(before);
		while (after - before > MOST_GROWTH_BYTES && System.nanoTime() < end) {
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
			after = ResidentMemory.besideHeap().orElse(before);
		}
		if (after - before > MOST_GROWTH_BYTES) {
			throw new AssertionError("The process has grown outside its heap from " + before + " to " + after
					+ " bytes, by more than " + MOST_GROWTH_BYTES);
		}
	}

}
