package io.p2pboot.libp2p.spring.observation;

import java.io.IOException;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;

/**
 * Observes each stream that a handler serves, from outside of all other interceptors.
 * Thread-safe.
 */
public final class ObservedStreams implements StreamInterceptor, Ordered {

	/** Before interceptors that refuse, so that a refusal is observed too. */
	public static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 10;

	private static final StreamObservationConvention DEFAULT = new DefaultStreamObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable StreamObservationConvention convention;

	/**
	 * Creates an interceptor.
	 * @param registry where observations go
	 * @param convention names and keys; null for the default
	 */
	public ObservedStreams(ObservationRegistry registry, @Nullable StreamObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	@Override
	public int getOrder() {
		return ORDER;
	}

	@Override
	public void intercept(Stream stream, StreamHandler next) throws IOException {
		Observation observation = Observation.createNotStarted(this.convention, DEFAULT,
				() -> new StreamObservationContext(stream), this.registry);
		observation.observeChecked(() -> next.handle(stream));
	}

}
