package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;

/**
 * The names of {@code libp2p.template}. The peer is a high-cardinality key. Stateless.
 */
public final class DefaultCallObservationConvention implements CallObservationConvention {

	/**
	 * Creates a convention.
	 */
	public DefaultCallObservationConvention() {
	}

	@Override
	public String getName() {
		return "libp2p.template";
	}

	@Override
	public String getContextualName(CallObservationContext context) {
		return "libp2p " + context.operation() + " " + context.protocol();
	}

	@Override
	public KeyValues getLowCardinalityKeyValues(CallObservationContext context) {
		return ObservedOutcome.of(context)
			.and("libp2p.protocol", context.protocol(), "libp2p.operation", context.operation());
	}

	@Override
	public KeyValues getHighCardinalityKeyValues(CallObservationContext context) {
		return KeyValues.of("libp2p.peer.id", context.peer().toString());
	}

}
