package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;

/**
 * The names of {@code libp2p.datagram.handler}. The peer is a high-cardinality key.
 * Stateless.
 */
public final class DefaultDatagramObservationConvention implements DatagramObservationConvention {

	/**
	 * Creates a convention.
	 */
	public DefaultDatagramObservationConvention() {
	}

	@Override
	public String getName() {
		return "libp2p.datagram.handler";
	}

	@Override
	public String getContextualName(DatagramObservationContext context) {
		return "libp2p datagram " + context.protocol();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(DatagramObservationContext context) {
		return ObservedOutcome.of(context).and("libp2p.protocol", context.protocol().value());
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(DatagramObservationContext context) {
		return KeyValues.of("libp2p.peer.id", context.datagram().peer().id().toString());
	}

}
