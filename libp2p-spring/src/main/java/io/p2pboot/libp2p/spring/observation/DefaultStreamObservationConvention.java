package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;
import io.p2pboot.libp2p.Stream;

/**
 * The names of {@code libp2p.stream.handler}. The peer and its address are
 * high-cardinality keys: they never become tags of a meter. Stateless.
 */
public final class DefaultStreamObservationConvention implements StreamObservationConvention {

	/**
	 * Creates a convention.
	 */
	public DefaultStreamObservationConvention() {
	}

	@Override
	public String getName() {
		return "libp2p.stream.handler";
	}

	@Override
	public String getContextualName(StreamObservationContext context) {
		return "libp2p " + context.stream().protocol();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(StreamObservationContext context) {
		Stream stream = context.stream();
		return ObservedOutcome.of(context)
			.and("libp2p.protocol", stream.protocol().value(), "libp2p.direction", stream.direction().label(),
					"libp2p.transport", stream.connection().transport());
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(StreamObservationContext context) {
		Stream stream = context.stream();
		return KeyValues.of("libp2p.peer.id", stream.remotePeer().id().toString(), "libp2p.peer.address",
				stream.connection().remoteAddress().toString());
	}

}
