package io.p2pboot.libp2p.autoconfigure;

import java.time.Duration;

import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import org.jspecify.annotations.Nullable;

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

	private static final DataSize MOST_UNREAD = DataSize.ofTerabytes(1);

	private static final Duration SHORTEST_IDLE = Duration.ofSeconds(1);

	private static final int MOST_DATAGRAMS = 65_536;

	private static final int MOST_QUIC_STREAMS = 65_536;

	private static final int MOST_QUIC_LOOPS = 64;

	private static final int MOST_EVENT_LOOPS = 1024;

	private static final DataSize ONE_BYTE = DataSize.ofBytes(1);

	private static final DataSize SMALLEST_QUIC_BUFFER = DataSize.ofKilobytes(64);

	private static final DataSize LARGEST_QUIC_STREAM_WINDOW = DataSize.ofMegabytes(16);

	private static final DataSize LARGEST_QUIC_CONNECTION_WINDOW = DataSize.ofMegabytes(24);

	/** RFC 9000, section 14.1: what every path has to carry. */
	private static final DataSize SMALLEST_QUIC_PACKET = DataSize.ofBytes(1200);

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
		time("streams.first-byte-timeout", streams.firstByteTimeout(), Duration.ZERO);
		size("streams.max-message-size", streams.maxMessageSize(), ONE_BYTE, LONGEST_MESSAGE);
		size("yamux.max-window", properties.yamux().maxWindow(), DataSize.ofBytes(YamuxConfig.INITIAL_WINDOW_BYTES),
				LARGEST_WINDOW);
		time("yamux.keep-alive", properties.yamux().keepAlive(), SHORTEST);
		time("yamux.write-timeout", properties.yamux().writeTimeout(), SHORTEST);
		time("connections.upgrade-timeout", properties.connections().upgradeTimeout(), SHORTEST);
		size("datagrams.max-size", properties.datagrams().maxSize(), ONE_BYTE,
				DataSize.ofBytes(DatagramService.LARGEST_MAX_BYTES));
		number("event-loop-threads", properties.eventLoopThreads(), 0, MOST_EVENT_LOOPS);
		check(properties.connections());
		check(properties.limits());
		check(properties.transport());
		check(properties.handlers());
		number("bootstrap.min-connected", properties.bootstrap().minConnected(), 0, Integer.MAX_VALUE);
		time("shutdown.grace-period", properties.shutdown().gracePeriod(), Duration.ZERO);
		number("metrics.max-protocols", properties.metrics().maxProtocols(), 0, Integer.MAX_VALUE);
	}

	private static void check(Libp2pProperties.Connections connections) {
		number("connections.per-address", connections.perAddress(), 1, Integer.MAX_VALUE);
		number("connections.per-site", connections.perSite(), 1, Integer.MAX_VALUE);
		number("connections.burst-per-address", connections.burstPerAddress(), 1, Integer.MAX_VALUE);
		time("connections.interval-per-address", connections.intervalPerAddress(), Duration.ZERO);
		time("connections.grace-period", connections.gracePeriod(), Duration.ZERO);
		Integer low = connections.lowMark();
		Integer high = connections.highMark();
		if (low != null) {
			number("connections.low-mark", low, 1, (high != null) ? high : Integer.MAX_VALUE);
		}
		if (high != null) {
			number("connections.high-mark", high, 1, Integer.MAX_VALUE);
		}
	}

	private static void check(Libp2pProperties.Limits limits) {
		positive("limits.connections", limits.connections());
		positive("limits.inbound-upgrades", limits.inboundUpgrades());
		positive("limits.inbound-streams", limits.inboundStreams());
		positive("limits.inbound-streams-per-peer", limits.inboundStreamsPerPeer());
		positive("limits.inbound-streams-per-protocol", limits.inboundStreamsPerProtocol());
		positive("limits.inbound-streams-per-protocol-and-peer", limits.inboundStreamsPerProtocolAndPeer());
		positive("limits.descriptors", limits.descriptors());
		number("limits.connections-per-peer", limits.connectionsPerPeer(), 1, Integer.MAX_VALUE);
		number("limits.inbound-streams-per-connection", limits.inboundStreamsPerConnection(), 1, Integer.MAX_VALUE);
		number("limits.negotiating-streams-per-connection", limits.negotiatingStreamsPerConnection(), 1,
				Integer.MAX_VALUE);
		DataSize unread = limits.unreadPerConnection();
		if (unread != null) {
			size("limits.unread-per-connection", unread, DataSize.ofBytes(YamuxConfig.INITIAL_WINDOW_BYTES),
					MOST_UNREAD);
		}
	}

	private static void positive(String name, @Nullable Integer value) {
		if (value != null) {
			number(name, value, 1, Integer.MAX_VALUE);
		}
	}

	private static void check(Libp2pProperties.Transports transports) {
		time("transport.tcp.connect-timeout", transports.tcp().connectTimeout(), SHORTEST);
		time("transport.websocket.connect-timeout", transports.websocket().connectTimeout(), SHORTEST);
		time("transport.websocket.handshake-timeout", transports.websocket().handshakeTimeout(), SHORTEST);
		check(transports.quic());
	}

	private static void check(Libp2pProperties.Quic quic) {
		time("transport.quic.handshake-timeout", quic.handshakeTimeout(), SHORTEST);
		time("transport.quic.idle-timeout", quic.idleTimeout(), SHORTEST_IDLE);
		time("transport.quic.keep-alive", quic.keepAlive(), SHORTEST);
		number("transport.quic.inbound-streams", quic.inboundStreams(), 1, MOST_QUIC_STREAMS);
		size("transport.quic.stream-window", quic.streamWindow(), SMALLEST_QUIC_BUFFER, LARGEST_QUIC_STREAM_WINDOW);
		size("transport.quic.connection-window", quic.connectionWindow(), quic.streamWindow(),
				LARGEST_QUIC_CONNECTION_WINDOW);
		size("transport.quic.socket-buffer", quic.socketBuffer(), SMALLEST_QUIC_BUFFER, LARGEST_WINDOW);
		size("transport.quic.max-packet-size", quic.maxPacketSize(), SMALLEST_QUIC_PACKET,
				DataSize.ofBytes(QuicConfig.DEFAULT_MAX_UDP_PAYLOAD_BYTES));
		number("transport.quic.event-loops", quic.eventLoops(), 1, MOST_QUIC_LOOPS);
		number("transport.quic.datagrams.max-queue", quic.datagrams().maxQueue(), 1, MOST_DATAGRAMS);
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
