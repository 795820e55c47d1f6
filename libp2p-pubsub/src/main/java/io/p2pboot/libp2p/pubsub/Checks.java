package io.p2pboot.libp2p.pubsub;

import java.time.Duration;

/**
 * Checks of parameters; each refusal names the parameter, its value and the bound.
 */
final class Checks {

	private Checks() {
	}

	static void range(String name, long value, long least, long most) {
		if (value < least || value > most) {
			throw new IllegalArgumentException(
					"'" + name + "' must be from " + least + " to " + most + ", was " + value);
		}
	}

	static void atLeast(String name, long value, long least) {
		range(name, value, least, Long.MAX_VALUE);
	}

	static void positive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new IllegalArgumentException("'" + name + "' must be positive, was " + value);
		}
		if (value.compareTo(Duration.ofDays(365)) > 0) {
			throw new IllegalArgumentException("'" + name + "' must be a year at most, was " + value);
		}
	}

	static void notNegative(String name, Duration value) {
		if (!value.isZero()) {
			positive(name, value);
		}
	}

	static void that(boolean holds, String rule, Object was) {
		if (!holds) {
			throw new IllegalArgumentException(rule + ", was " + was);
		}
	}

	static void finite(String name, double value) {
		that(Double.isFinite(value), "'" + name + "' must be a finite number", value);
	}

	static void notNegative(String name, double value) {
		finite(name, value);
		that(value >= 0, "'" + name + "' must not be negative", value);
	}

	static void notPositive(String name, double value) {
		finite(name, value);
		that(value <= 0, "'" + name + "' must not be positive", value);
	}

	static void decay(String name, double value) {
		that(value > 0 && value < 1, "'" + name + "' must be between 0 and 1, both excluded", value);
	}

}
