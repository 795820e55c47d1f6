package io.p2pboot.libp2p.guard;

/**
 * How much a long test does: by day what is enough to land a change, and all of it where
 * the build runs with {@code -Plong}.
 */
public final class Nightly {

	private static final boolean WHOLE = Boolean.getBoolean("libp2p.nightly");

	private Nightly() {
	}

	/** The first number by night, the second by day. */
	public static int nightOrDay(int byNight, int byDay) {
		return WHOLE ? byNight : byDay;
	}

}
