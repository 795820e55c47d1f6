package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;

import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.system.JavaVersion;
import org.springframework.util.unit.DataSize;

/**
 * Holds the properties to what the node takes, so that a wrong value is named with its
 * property. Stateless.
 */
final class PropertyRanges {

	private static final DataSize LONGEST_MESSAGE = DataSize.ofGigabytes(1);

	private static final DataSize LARGEST_WINDOW = DataSize.ofGigabytes(1);

	private static final Duration SHORTEST_IDLE = Duration.ofSeconds(1);

	private static final int MOST_DATAGRAMS = 65_536;

	private static final Duration SHORTEST = Duration.ofMillis(1);

	private static final Duration LONGEST = Duration.ofMillis(Integer.MAX_VALUE);

	private PropertyRanges() {
	}

	/**
	 * Checks all of them.
	 * @throws InvalidConfigurationPropertyValueException for the first one that is out of
	 * its range
	 */
	static void check(Libp2pProperties properties) {
		time("dial.timeout", properties.dial().timeout(), SHORTEST);
		Libp2pProperties.Streams streams = properties.streams();
		time("streams.negotiation-timeout", streams.negotiationTimeout(), SHORTEST);
		time("streams.message-timeout", streams.messageTimeout(), SHORTEST);
		size("streams.max-message-size", streams.maxMessageSize(), DataSize.ofBytes(1), LONGEST_MESSAGE);
		size("yamux.max-window", properties.yamux().maxWindow(), DataSize.ofBytes(YamuxConfig.INITIAL_WINDOW_BYTES),
				LARGEST_WINDOW);
		check(properties.transport());
		check(properties.handlers());
		number("bootstrap.min-connected", properties.bootstrap().minConnected(), 0, Integer.MAX_VALUE);
		time("shutdown.grace-period", properties.shutdown().gracePeriod(), Duration.ZERO);
		number("metrics.max-protocols", properties.metrics().maxProtocols(), 0, Integer.MAX_VALUE);
	}

	private static void check(Libp2pProperties.Transports transports) {
		time("transport.tcp.connect-timeout", transports.tcp().connectTimeout(), SHORTEST);
		time("transport.websocket.connect-timeout", transports.websocket().connectTimeout(), SHORTEST);
		time("transport.websocket.handshake-timeout", transports.websocket().handshakeTimeout(), SHORTEST);
		time("transport.quic.handshake-timeout", transports.quic().handshakeTimeout(), SHORTEST);
		time("transport.quic.idle-timeout", transports.quic().idleTimeout(), SHORTEST_IDLE);
		number("transport.quic.datagrams.max-queue", transports.quic().datagrams().maxQueue(), 1, MOST_DATAGRAMS);
	}

	private static void check(Libp2pProperties.Handlers handlers) {
		number("handlers.max-concurrent", handlers.maxConcurrent(), 1, Integer.MAX_VALUE);
		if (handlers.threading() == Libp2pProperties.HandlerThreading.VIRTUAL
				&& JavaVersion.getJavaVersion().isOlderThan(JavaVersion.TWENTY_ONE)) {
			throw invalid("handlers.threading", handlers.threading(),
					"Virtual threads need Java 21 or later; auto and platform work with every Java.");
		}
	}

	private static void time(String name, Duration value, Duration shortest) {
		if (value.compareTo(shortest) < 0 || value.compareTo(LONGEST) > 0) {
			throw invalid(name, value, "It has to be " + shortest.toMillis() + "ms to " + LONGEST.toMillis() + "ms.");
		}
	}

	private static void size(String name, DataSize value, DataSize smallest, DataSize largest) {
		if (value.compareTo(smallest) < 0 || value.compareTo(largest) > 0) {
			throw invalid(name, value, "It has to be " + smallest + " to " + largest + ".");
		}
	}

	private static void number(String name, int value, int smallest, int largest) {
		if (value < smallest || value > largest) {
			throw invalid(name, value, "It has to be " + smallest + " to " + largest + ".");
		}
	}

	static InvalidConfigurationPropertyValueException invalid(String name, Object value, String reason) {
		return new InvalidConfigurationPropertyValueException("libp2p." + name, value, reason);
	}

}
