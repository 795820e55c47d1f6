package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.Observation;
import io.p2pboot.libp2p.Stream;

/**
 * What is known of a stream that is observed.
 */
public final class StreamObservationContext extends Observation.Context {

	private final Stream stream;

	/**
	 * Creates a context.
	 * @param stream the stream
	 */
	public StreamObservationContext(Stream stream) {
		this.stream = stream;
	}

	/**
	 * Returns the stream.
	 * @return the stream
	 */
	public Stream stream() {
		return this.stream;
	}

}
