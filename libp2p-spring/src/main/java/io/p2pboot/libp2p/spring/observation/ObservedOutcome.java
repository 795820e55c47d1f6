package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;

/**
 * How an observation ended. The type of the failure is no key here: Micrometer gives each
 * timer the tag {@code error} itself, and a tracer takes a key of that name for a
 * failure, whatever its value. Stateless.
 */
final class ObservedOutcome {

	private ObservedOutcome() {
	}

	static KeyValues of(Observation.Context context) {
		return KeyValues.of("outcome", (context.getError() == null) ? "SUCCESS" : "ERROR");
	}

}
