package io.p2pboot.libp2p.guard;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;

/**
 * Measures how long event loops keep work waiting: it hands each a task again and again,
 * and looks what processor time the loop's own thread spends until it runs it. That is
 * not touched by garbage collection, by other processes or by a loaded machine; a thread
 * that waits instead of working is found by the clock, with a limit that is longer.
 * Thread-safe.
 */
public final class LoopWatch {

	private static final LoopWatch INSTANCE = new LoopWatch();

	private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

	/** How long a loop may stand still; longer than any pause of this machine. */
	private static final Duration MOST_STANDING = Duration.ofSeconds(10);

	private static final int MAX_FRAMES = 40;

	private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

	private final Map<EventExecutor, Probe> loops = new ConcurrentHashMap<>();

	private final Queue<Finding> findings = new ConcurrentLinkedQueue<>();

	private LoopWatch() {
		Thread thread = new Thread(this::run, "loop-watch");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * A task that has waited.
	 *
	 * @param processor the processor time that the loop spent before it
	 * @param standing the time that went by
	 * @param where what the loop did, as far as that was seen
	 */
	public record Finding(Duration processor, Duration standing, String where) {

		boolean isBeyond(Duration limit) {
			return this.processor.compareTo(limit) > 0 || this.standing.compareTo(MOST_STANDING) > 0;
		}

	}

	/** The watch of this process. */
	public static LoopWatch instance() {
		return INSTANCE;
	}

	/**
	 * Watches a loop until it ends.
	 * @param loop the loop
	 */
	public void watch(EventExecutor loop) {
		if (loop instanceof SingleThreadEventExecutor single) {
			this.loops.computeIfAbsent(single, (key) -> new Probe(single));
		}
	}

	/**
	 * Returns the tasks that waited for longest on each loop since the last call.
	 * @param limit the processor time from which on they count
	 * @return the findings
	 */
	public List<Finding> take(Duration limit) {
		this.loops.values().forEach(Probe::report);
		List<Finding> taken = new ArrayList<>();
		for (Finding next = this.findings.poll(); next != null; next = this.findings.poll()) {
			if (next.isBeyond(limit)) {
				taken.add(next);
			}
		}
		return taken;
	}

	private void run() {
		while (true) {
			LockSupport.parkNanos(PERIOD_NANOS);
			this.loops.values().forEach(Probe::look);
			this.loops.keySet().removeIf(EventExecutor::isShuttingDown);
		}
	}

	/** One loop. */
	private final class Probe {

		private final SingleThreadEventExecutor loop;

		private final long thread;

		private boolean waiting;

		private long processorBefore;

		private long before;

		private Finding longest = new Finding(Duration.ZERO, Duration.ZERO, "");

		private String seen = "";

		Probe(SingleThreadEventExecutor loop) {
			this.loop = loop;
			this.thread = loop.threadProperties().id();
		}

		private long processor() {
			return LoopWatch.this.threads.getThreadCpuTime(this.thread);
		}

		synchronized void look() {
			if (this.waiting) {
				notice();
				return;
			}
			this.processorBefore = processor();
			this.before = System.nanoTime();
			this.waiting = true;
			this.seen = "";
			try {
				this.loop.execute(this::reached);
			}
			catch (RejectedExecutionException ex) {
				this.waiting = false;
			}
		}

		/** It waits still: what for may be seen in the stack. */
		private void notice() {
			Duration processor = Duration.ofNanos(processor() - this.processorBefore);
			if (processor.compareTo(this.longest.processor()) > 0) {
				ThreadInfo info = LoopWatch.this.threads.getThreadInfo(this.thread, MAX_FRAMES);
				this.seen = (info == null) ? "" : stack(info);
			}
			measured(processor);
		}

		private synchronized void reached() {
			measured(Duration.ofNanos(processor() - this.processorBefore));
			this.waiting = false;
		}

		private void measured(Duration processor) {
			Duration standing = Duration.ofNanos(System.nanoTime() - this.before);
			if (processor.compareTo(this.longest.processor()) > 0 || standing.compareTo(MOST_STANDING) > 0) {
				this.longest = new Finding(processor, standing, this.seen);
			}
		}

		synchronized void report() {
			LoopWatch.this.findings.add(this.longest);
			this.longest = new Finding(Duration.ZERO, Duration.ZERO, "");
		}

		private static String stack(ThreadInfo info) {
			StringBuilder text = new StringBuilder(info.getThreadName());
			for (StackTraceElement frame : info.getStackTrace()) {
				text.append("\n\tat ").append(frame);
			}
			return text.toString();
		}

	}

}
