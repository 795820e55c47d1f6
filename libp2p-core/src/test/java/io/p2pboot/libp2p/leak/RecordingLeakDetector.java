package io.p2pboot.libp2p.leak;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;

/**
 * Keeps the leaks that Netty finds, beside logging them.
 *
 * @param <T> what is tracked
 */
final class RecordingLeakDetector<T> extends ResourceLeakDetector<T> {

	private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();

	RecordingLeakDetector(Class<?> type, int samplingInterval) {
		super(type, samplingInterval);
	}

	/** Makes Netty use this detector for every class that is loaded from now on. */
	static void install() {
		ResourceLeakDetector.setLevel(Level.PARANOID);
		ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
			@Override
			@SuppressWarnings("deprecation") // Netty still makes one implement it.
			public <R> ResourceLeakDetector<R> newResourceLeakDetector(Class<R> type, int samplingInterval,
					long maxActive) {
				return new RecordingLeakDetector<>(type, samplingInterval);
			}
		});
	}

	/** Takes what was found since the last time. */
	static Queue<String> takeFound() {
		Queue<String> taken = new ConcurrentLinkedQueue<>();
		for (String leak = FOUND.poll(); leak != null; leak = FOUND.poll()) {
			taken.add(leak);
		}
		return taken;
	}

	@Override
	protected boolean needReport() {
		return true;
	}

	@Override
	protected void reportTracedLeak(String resourceType, String records) {
		super.reportTracedLeak(resourceType, records);
		FOUND.add(resourceType + records);
	}

	@Override
	protected void reportUntracedLeak(String resourceType) {
		super.reportUntracedLeak(resourceType);
		FOUND.add(resourceType);
	}

}
