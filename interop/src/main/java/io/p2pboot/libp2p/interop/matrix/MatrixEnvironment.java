package io.p2pboot.libp2p.interop.matrix;

import java.util.Map;
import java.util.Optional;

/**
 * What the matrix tells a side.
 *
 * @param dialer whether this side dials
 * @param redis where Redis is, {@code host:port}
 * @param key the key under which the listener's address is kept
 * @param transport the transport to use
 * @param security the security protocol; empty where the transport brings its own
 * @param listenHost the address to bind
 * @param load what the perf suite transfers
 */
record MatrixEnvironment(boolean dialer, String redis, String key, String transport, Optional<String> security,
		String listenHost, PerfLoad load) {

	/**
	 * Reads the environment.
	 * @param variables its variables
	 * @return what they say
	 * @throws IllegalArgumentException if a variable is missing or makes no sense
	 */
	static MatrixEnvironment of(Map<String, String> variables) {
		String muxer = variables.getOrDefault("MUXER", "yamux");
		if (!muxer.equals("yamux")) {
			throw new IllegalArgumentException("MUXER must be yamux, was " + muxer);
		}
		return new MatrixEnvironment(isDialer(variables), required(variables, "REDIS_ADDR"),
				required(variables, "TEST_KEY") + "_listener_multiaddr", required(variables, "TRANSPORT"),
				Optional.ofNullable(variables.get("SECURE_CHANNEL")), variables.getOrDefault("LISTENER_IP", "0.0.0.0"),
				PerfLoad.of(variables));
	}

	private static boolean isDialer(Map<String, String> variables) {
		String text = required(variables, "IS_DIALER");
		return switch (text) {
			case "true" -> true;
			case "false" -> false;
			default -> throw new IllegalArgumentException("IS_DIALER must be true or false, was " + text);
		};
	}

	private static String required(Map<String, String> variables, String name) {
		String text = variables.get(name);
		if (text == null || text.isEmpty()) {
			throw new IllegalArgumentException(name + " is not set");
		}
		return text;
	}

}
