package io.p2pboot.libp2p.spring.metrics;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The dashboard of go-libp2p's resource manager, asked of a real node.
 */
@Timeout(120)
class ScopeMetersTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/scopes/1.0.0");

	/**
	 * The selectors of its 24 queries. Where one series is subtracted from another, both
	 * have to be there, with the same labels.
	 */
	private static final List<List<String>> QUERIES = List.of(List.of("blocked_resources"),
			List.of("streams{scope=system}"), List.of("streams{scope=transient}"), List.of("streams{scope=protocol}"),
			List.of("peer_streams_bucket", "previous_peer_streams_bucket"),
			List.of("peer_streams_bucket", "previous_peer_streams_bucket"),
			List.of("peer_streams_bucket", "previous_peer_streams_bucket"),
			List.of("peer_streams_bucket{dir=inbound}", "previous_peer_streams_bucket{dir=inbound}"),
			List.of("peer_streams_bucket{dir=outbound}", "previous_peer_streams_bucket{dir=outbound}"),
			List.of("connections{scope=system}"), List.of("connections{scope=transient}"),
			List.of("peer_connections_bucket", "previous_peer_connections_bucket"),
			List.of("peer_connections_bucket", "previous_peer_connections_bucket"),
			List.of("peer_connections_bucket", "previous_peer_connections_bucket"),
			List.of("peer_connections_bucket{dir=inbound}", "previous_peer_connections_bucket{dir=inbound}"),
			List.of("peer_connections_bucket{dir=outbound}", "previous_peer_connections_bucket{dir=outbound}"),
			List.of("memory{scope=system}"), List.of("memory{scope=protocol}"), List.of("memory{scope=service}"),
			List.of("peer_memory_bucket", "previous_peer_memory_bucket"),
			List.of("peer_memory_bucket", "previous_peer_memory_bucket"),
			List.of("peer_memory_bucket", "previous_peer_memory_bucket"),
			List.of("peer_memory_count", "previous_peer_memory_count"), List.of("fds"));

	private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

	private Node measured() throws IOException {
		Node[] node = new Node[1];
		NodeMetrics metrics = new NodeMetrics(() -> node[0], true, 100);
		metrics.bindTo(this.prometheus);
		StreamLimits limits = StreamLimits.of(ConnectionLimits.DEFAULT)
			.withProtocol(PATH, new StreamLimits.Shared(Limit.inbound(2), Limit.inbound(1)));
		node[0] = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").streamLimits(limits).observer(metrics).start();
		return node[0];
	}

	private Optional<String> answer(String selector) {
		int labels = selector.indexOf('{');
		String name = "libp2p_rcmgr_" + ((labels < 0) ? selector : selector.substring(0, labels));
		String label = (labels < 0) ? ""
				: selector.substring(labels + 1, selector.length() - 1).replace("=", "=\"") + '"';
		Pattern series = Pattern.compile("^" + name + "(\\{.*)? [0-9.E+]+$");
		return this.prometheus.scrape()
			.lines()
			.filter((line) -> series.matcher(line).matches() && line.contains(label))
			.findFirst();
	}

	private double value(String series) {
		return this.prometheus.scrape()
			.lines()
			.filter((line) -> line.startsWith("libp2p_rcmgr_" + series))
			.mapToDouble((line) -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
			.sum();
	}

	@Test
	void eachOfTheTwentyFourQueriesAnswers() throws Exception {
		try (Node node = measured(); Node caller = Peers.tcp(); Node called = Peers.tcp()) {
			StreamProtocol served = node.mountProtocol(PATH, StreamProtocol.create());
			node.connect(called.addrInfo());
			caller.connect(node.addrInfo());
			Stream stream = caller.openStream(node.addrInfo(), PATH);
			stream.outputStream().write(new byte[10_000]);
			await().until(() -> value("memory{protocol=\"none\",scope=\"system\"") > 9_000);
			Stream refused = caller.openStream(node.addrInfo(), PATH);
			refused.outputStream().write(1);
			await().until(
					() -> value("blocked_resources{dir=\"inbound\",resource=\"stream\",scope=\"protocol-peer\"") == 1);
			assertThat(value("streams{dir=\"inbound\",protocol=\"/scopes/1.0.0\",scope=\"protocol\"")).isOne();
			assertThat(value("fds{scope=\"system\"")).isEqualTo(2);
			assertThat(value("limit{resource=\"conns\",scope=\"system\"")).isPositive();
			assertThat(served.acceptStream().inputStream().readNBytes(10_000)).hasSize(10_000);
			node.disconnect(called.peerId());
			caller.disconnect(node.peerId());
			await().until(() -> node.connections().isEmpty());
			await().untilAsserted(() -> assertThat(QUERIES).allSatisfy((query) -> assertThat(query)
				.allSatisfy((selector) -> assertThat(answer(selector)).as(selector).isPresent())));
			await().untilAsserted(() -> {
				assertThat(value("peer_connections_count")).isEqualTo(value("previous_peer_connections_count"));
				assertThat(value("peer_streams_count")).isEqualTo(value("previous_peer_streams_count"));
				assertThat(value("peer_memory_count")).isEqualTo(value("previous_peer_memory_count"));
			});
			assertThat(QUERIES).hasSize(24);
		}
	}

	@Test
	void whatPeersHaveIsTheDifferenceOfTwoHistograms() {
		NodeMetrics metrics = new NodeMetrics(Peers::none, true, 100);
		metrics.bindTo(this.prometheus);
		for (int i = 0; i < 5; i++) {
			metrics.peerStreams(Direction.INBOUND, i, i + 1);
		}
		Map<String, Double> now = Map.of("1.0", 0.0, "4.0", 0.0, "5.0", 1.0, "256.0", 1.0);
		now.forEach((bound,
				count) -> assertThat(value("peer_streams_bucket{dir=\"inbound\",le=\"" + bound + "\"}")
						- value("previous_peer_streams_bucket{dir=\"inbound\",le=\"" + bound + "\"}"))
					.as(bound)
					.isEqualTo(count));
	}

}
