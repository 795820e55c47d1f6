package io.p2pboot.libp2p.spring.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

import io.micrometer.core.instrument.MeterRegistry;

/**
 * The registries that are filled: Spring Boot may bind one more than once. Thread-safe.
 *
 * @param <M> the meters of one registry
 */
final class BoundRegistries<M extends TrackedMeters> {

	private final Function<MeterRegistry, M> meters;

	private final ReentrantLock lock = new ReentrantLock();

	private volatile List<M> all = List.of();

	BoundRegistries(Function<MeterRegistry, M> meters) {
		this.meters = meters;
	}

	/** Begins to fill a registry; does nothing if it is filled already. */
	void bind(MeterRegistry registry) {
		this.lock.lock();
		try {
			List<M> before = this.all;
			if (before.stream().noneMatch((each) -> each.registry() == registry)) {
				List<M> after = new ArrayList<>(before);
				after.add(this.meters.apply(registry));
				this.all = List.copyOf(after);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	List<M> all() {
		return this.all;
	}

	/** Takes the meters out of every registry. */
	void close() {
		this.lock.lock();
		try {
			this.all.forEach(TrackedMeters::close);
			this.all = List.of();
		}
		finally {
			this.lock.unlock();
		}
	}

}
