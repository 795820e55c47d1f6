package io.p2pboot.libp2p.spring.observation;

import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.spring.payload.TraceContexts;

/**
 * What is known of a stream that is observed. A tracer makes a span of the kind SERVER of
 * it, which belongs to the peer's trace where the peer has told it and this side asks for
 * it.
 */
public final class StreamObservationContext extends ReceiverContext<Stream> {

	private final Stream stream;

	/**
	 * Creates a context.
	 * @param stream the stream
	 */
	public StreamObservationContext(Stream stream) {
		super((carrier, key) -> TraceContexts.of(carrier).get(key), Kind.SERVER);
		this.stream = stream;
		setCarrier(stream);
	}

	/**
	 * Returns the stream.
	 * @return the stream
	 */
	public Stream stream() {
		return this.stream;
	}

}
