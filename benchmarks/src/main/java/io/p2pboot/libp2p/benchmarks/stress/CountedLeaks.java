package io.p2pboot.libp2p.benchmarks.stress;

import java.util.concurrent.atomic.AtomicInteger;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;

/**
 * Counts what Netty's leak detector finds, and prints it. Thread-safe.
 *
 * @param <T> what may leak
 */
final class CountedLeaks<T> extends ResourceLeakDetector<T> {

	private static final AtomicInteger FOUND = new AtomicInteger();

	private CountedLeaks(Class<?> resource, int samplingInterval) {
		super(resource, samplingInterval);
	}

	/** Every buffer is watched from now on. */
	static void install() {
		setLevel(Level.PARANOID);
		ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {

			@Override
			public <R> ResourceLeakDetector<R> newResourceLeakDetector(Class<R> resource, int samplingInterval) {
				return new CountedLeaks<>(resource, samplingInterval);
			}

			@Override
			@Deprecated
			public <R> ResourceLeakDetector<R> newResourceLeakDetector(Class<R> resource, int samplingInterval,
					long maxActive) {
				return new CountedLeaks<>(resource, samplingInterval);
			}

		});
	}

	static int found() {
		return FOUND.get();
	}

	@Override
	protected boolean needReport() {
		return true;
	}

	@Override
	protected void reportTracedLeak(String resourceType, String records) {
		FOUND.incrementAndGet();
		System.out.println("A leaked " + resourceType + ": " + records);
	}

	@Override
	protected void reportUntracedLeak(String resourceType) {
		reportTracedLeak(resourceType, "");
	}

}
