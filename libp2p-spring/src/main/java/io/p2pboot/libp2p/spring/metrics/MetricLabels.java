package io.p2pboot.libp2p.spring.metrics;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.concurrent.CancellationException;

import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * The label values of go-libp2p, each of a closed set. Stateless.
 */
final class MetricLabels {

	static final String OTHER = "other";

	/** Micrometer takes no empty value, which go-libp2p sends for QUIC. */
	static final String NONE = "none";

	/** Innermost last, as go-libp2p looks for them. */
	private static final List<String> TRANSPORTS = List.of("p2p-circuit", "webrtc", "webrtc-direct", "webtransport",
			"quic", "quic-v1", "wss", "ws", "tcp");

	private static final int MOST_DIALS = 6;

	private MetricLabels() {
	}

	/** Without the direction. */
	static Tags handshake(Connection connection) {
		return Tags.of(Tag.of("transport", connection.transport()),
				Tag.of("security", connection.security().orElse(NONE)),
				Tag.of("muxer", connection.muxer().orElse(NONE)),
				Tag.of("early.muxer", Boolean.toString(connection.isEarlyMuxer())),
				Tag.of("ip.version", ipVersion(connection.localAddress())));
	}

	static Tags connection(Connection connection) {
		return handshake(connection).and("dir", connection.direction().label());
	}

	static String transport(Multiaddr address) {
		List<Multiaddr.Component> components = address.components();
		for (int index = components.size() - 1; index >= 0; index--) {
			String name = components.get(index).protocol().text();
			if (TRANSPORTS.contains(name)) {
				return name;
			}
		}
		return OTHER;
	}

	static String ipVersion(Multiaddr address) {
		return switch (address.components().get(0).protocol().text()) {
			case "ip4", "dns4" -> "ip4";
			case "ip6", "dns6" -> "ip6";
			default -> "unknown";
		};
	}

	static String dialError(Throwable cause) {
		if (cause instanceof CancellationException) {
			return "canceled: concurrent dial successful";
		}
		if (cause instanceof java.util.concurrent.TimeoutException) {
			return "deadline";
		}
		if (cause instanceof SocketTimeoutException) {
			return "timeout";
		}
		String message = cause.getMessage();
		if (cause instanceof ConnectException && message != null && message.contains("refused")) {
			return "connection refused";
		}
		return OTHER;
	}

	static String dials(int dials) {
		return (dials < MOST_DIALS) ? Integer.toString(dials) : ">=" + MOST_DIALS;
	}

	static String outcome(boolean success) {
		return success ? "success" : "failed";
	}

}
