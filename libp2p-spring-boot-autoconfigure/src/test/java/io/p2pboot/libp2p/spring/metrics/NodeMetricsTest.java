package io.p2pboot.libp2p.spring.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.Libp2pMetricsAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

@Timeout(120)
class NodeMetricsTest {

	private static final Pattern SAMPLE = Pattern.compile("([a-z0-9_]+)(?:\\{(.*)})? (\\S+)");

	private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");

	private static final String CONNECTION = "dir,early_muxer,ip_version,muxer,security,transport";

	/** What go-libp2p's dashboards for the swarm query, and their label keys. */
	private static final Map<String, String> SWARM = Map.ofEntries(
			Map.entry("libp2p_swarm_connections_opened_total", CONNECTION),
			Map.entry("libp2p_swarm_connections_closed_total", CONNECTION),
			Map.entry("libp2p_swarm_connection_duration_seconds_bucket",
					"dir,early_muxer,ip_version,le,muxer,security,transport"),
			Map.entry("libp2p_swarm_handshake_latency_seconds_bucket",
					"early_muxer,ip_version,le,muxer,security,transport"),
			Map.entry("libp2p_swarm_dial_errors_total", "error,ip_version,transport"),
			Map.entry("libp2p_swarm_dials_per_peer_total", "num_dials,outcome"),
			Map.entry("libp2p_swarm_dial_latency_seconds_bucket", "le,num_dials,outcome"),
			Map.entry("libp2p_swarm_dial_ranking_delay_seconds_bucket", "le"),
			Map.entry("libp2p_swarm_key_types_total", "dir,key_type"));

	/** What go-libp2p's dashboard for identify queries. */
	private static final Map<String, String> IDENTIFY = Map.of("libp2p_identify_identify_total", "dir",
			"libp2p_identify_identify_push_total", "dir", "libp2p_identify_protocols_count", "",
			"libp2p_identify_addrs_count", "", "libp2p_identify_protocols_received_bucket", "le",
			"libp2p_identify_addrs_received_bucket", "le", "libp2p_identify_identify_pushes_triggered_total", "trigger",
			"libp2p_identify_conn_push_support_total", "support");

	/** The bounds that the swarm's dashboard asks for by their value. */
	private static final List<String> RANKING_BUCKETS = List.of("0.001", "0.01", "0.05", "0.3", "0.5", "0.75", "+Inf");

	private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

	@Test
	void everySeriesOfTheSwarmDashboardComesFromARealNodeAndChanges() throws Exception {
		NodeMetrics[] metrics = new NodeMetrics[1];
		try (Node node = measured(metrics); Node peer = Peers.tcp()) {
			metrics[0].bindTo(this.prometheus);
			Map<String, Double> before = scrape();
			assertThat(before.keySet()).noneMatch((series) -> series.startsWith("libp2p_"));
			connectAndEnd(node, peer);
			Map<String, Double> first = scrape();
			connectAndEnd(node, peer);
			Map<String, Double> second = scrape();
			assertAllChange(SWARM, first, second);
			assertThat(second.keySet()).containsAll(RANKING_BUCKETS.stream()
				.map((bound) -> "libp2p_swarm_dial_ranking_delay_seconds_bucket{le=\"" + bound + "\"}")
				.toList());
			assertThat(second)
				.containsEntry("libp2p_swarm_dials_per_peer_total{num_dials=\"1\",outcome=\"success\"}", 2.0)
				.containsEntry("libp2p_swarm_dials_per_peer_total{num_dials=\"1\",outcome=\"failed\"}", 2.0);
			assertThat(first).containsKey("libp2p_rcmgr_connections{dir=\"outbound\",scope=\"system\"}");
			assertThat(first).hasEntrySatisfying("libp2p_peers_connected", (value) -> assertThat(value).isZero());
			node.connect(peer.addrInfo());
			assertThat(scrape()).containsEntry("libp2p_peers_connected", 1.0)
				.containsEntry("libp2p_rcmgr_connections{dir=\"outbound\",scope=\"system\"}", 1.0);
		}
	}

	@Test
	void everySeriesOfTheIdentifyDashboardComesFromARealNode() throws Exception {
		NodeMetrics[] metrics = new NodeMetrics[1];
		try (Node node = measured(metrics); Node peer = Peers.tcp()) {
			metrics[0].bindTo(this.prometheus);
			node.connect(peer.addrInfo());
			await().untilAsserted(() -> assertThat(scrape())
				.containsEntry("libp2p_identify_conn_push_support_total{support=\"supported\"}", 1.0)
				.containsEntry("libp2p_identify_identify_total{dir=\"inbound\"}", 1.0)
				.containsEntry("libp2p_identify_identify_total{dir=\"outbound\"}", 1.0)
				.containsEntry("libp2p_identify_addrs_count", 1.0)
				.containsEntry("libp2p_identify_addrs_received_bucket{le=\"1.0\"}", 1.0));
			double protocols = scrape().get("libp2p_identify_protocols_count");
			node.mountProtocol(ProtocolPath.of("/ours/1.0.0"), StreamProtocol.create());
			peer.mountProtocol(ProtocolPath.of("/theirs/1.0.0"), StreamProtocol.create());
			await().untilAsserted(() -> assertThat(scrape())
				.containsEntry("libp2p_identify_identify_pushes_triggered_total{trigger=\"protocols_updated\"}", 1.0)
				.containsEntry("libp2p_identify_identify_push_total{dir=\"inbound\"}", 1.0)
				.containsEntry("libp2p_identify_identify_push_total{dir=\"outbound\"}", 1.0)
				.containsEntry("libp2p_identify_protocols_count", protocols + 1)
				.containsEntry("libp2p_identify_protocols_received_bucket{le=\"+Inf\"}", 2.0));
			assertThat(scrape().keySet().stream().map(NodeMetricsTest::name)).containsAll(IDENTIFY.keySet());
		}
	}

	@Test
	void everySeriesOfTheIdentifyDashboardChangesWithItsEvent() {
		NodeMetrics metrics = new NodeMetrics(Peers::none, true, 100);
		metrics.bindTo(this.prometheus);
		identify(metrics, 3);
		Map<String, Double> first = scrape();
		identify(metrics, 5);
		assertAllChange(IDENTIFY, first, scrape());
		assertThat(scrape()).containsEntry("libp2p_identify_identify_total{dir=\"inbound\"}", 2.0)
			.containsEntry("libp2p_identify_protocols_count", 5.0);
	}

	@Test
	void nothingIsExportedWithoutASource() {
		NodeMetrics metrics = new NodeMetrics(Peers::none, true, 100);
		metrics.bindTo(this.prometheus);
		assertThat(scrape()).isEmpty();
		metrics.pinged(mock(Connection.class), Duration.ofMillis(3));
		assertThat(scrape().keySet()).isNotEmpty().allMatch((series) -> series.startsWith("libp2p_ping_rtt"));
	}

	@Test
	void theBlackHoleFilterHasGosNumbersForEachNetwork() {
		NodeMetrics metrics = new NodeMetrics(Peers::none, true, 100);
		metrics.bindTo(this.prometheus);
		metrics.blackHole("UDP", NodeObserver.BlackHoleState.PROBING, 0, 0);
		metrics.blackHole("IPv6", NodeObserver.BlackHoleState.ALLOWED, 0.5, 0);
		assertThat(scrape()).containsEntry("libp2p_swarm_black_hole_filter_state{name=\"UDP\"}", 0.0)
			.containsEntry("libp2p_swarm_black_hole_filter_state{name=\"IPv6\"}", 1.0)
			.containsEntry("libp2p_swarm_black_hole_filter_success_fraction{name=\"IPv6\"}", 0.5);
		metrics.blackHole("UDP", NodeObserver.BlackHoleState.BLOCKED, 0.04, 9);
		assertThat(scrape()).containsEntry("libp2p_swarm_black_hole_filter_state{name=\"UDP\"}", 2.0)
			.containsEntry("libp2p_swarm_black_hole_filter_success_fraction{name=\"UDP\"}", 0.04)
			.containsEntry("libp2p_swarm_black_hole_filter_next_request_allowed_after{name=\"UDP\"}", 9.0)
			.containsEntry("libp2p_swarm_black_hole_filter_state{name=\"IPv6\"}", 1.0);
	}

	@Test
	void streamsBytesAndDatagramsCountUnderTheirProtocol() {
		ApplicationContextRunner runner = MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class,
					Libp2pObservationAutoConfiguration.class, MetricsAutoConfiguration.class,
					CompositeMeterRegistryAutoConfiguration.class, PrometheusMetricsExportAutoConfiguration.class,
					ObservationAutoConfiguration.class))
			.withUserConfiguration(Handlers.class);
		runner.run((context) -> {
			PrometheusMeterRegistry registry = context.getBean(PrometheusMeterRegistry.class);
			try (Node peer = MemoryApp.peer()) {
				AddrInfo app = MemoryApp.address(context);
				assertThat(MemoryApp.exchange(peer, app, "/echo/1.0.0", "hello")).isEqualTo("hello");
				try {
					MemoryApp.exchange(peer, app, "/fails/1.0.0", "hello");
				}
				catch (IOException expected) {
					assertThat(expected).isInstanceOf(StreamReset.class);
				}
				peer.sendDatagram(app, ProtocolPath.of("/telemetry/1.0.0"), ByteBuffer.wrap(new byte[10]));
				await().untilAsserted(() -> {
					Map<String, Double> series = scrape(registry);
					assertThat(series)
						.containsEntry("libp2p_network_io_bytes_total{dir=\"inbound\",protocol=\"/echo/1.0.0\"}", 5.0)
						.containsEntry("libp2p_network_io_bytes_total{dir=\"outbound\",protocol=\"/echo/1.0.0\"}", 5.0)
						.containsEntry("libp2p_datagrams_total{dir=\"inbound\",protocol=\"/telemetry/1.0.0\"}", 1.0)
						.containsEntry("libp2p_datagrams_dropped_total{dir=\"inbound\",protocol=\"/telemetry/1.0.0\","
								+ "reason=\"handler-failed\"}", 1.0)
						.containsEntry(
								"libp2p_rcmgr_streams{dir=\"inbound\",protocol=\"/echo/1.0.0\",scope=\"protocol\"}",
								0.0);
					String handler = "libp2p_stream_handler_seconds_count{error=\"%s\",libp2p_direction=\"inbound\","
							+ "libp2p_protocol=\"%s\",libp2p_transport=\"memory\",outcome=\"%s\"}";
					assertThat(series).containsEntry(handler.formatted("none", "/echo/1.0.0", "SUCCESS"), 1.0)
						.containsEntry(handler.formatted("IllegalStateException", "/fails/1.0.0", "ERROR"), 1.0);
				});
				assertThat(registry.scrape()).doesNotContain(peer.peerId().toString());
			}
		});
	}

	@Test
	void tenThousandProtocolsThatAPeerOrCallerNamesMakeOneSeries() {
		Node node = mock(Node.class);
		given(node.protocols()).willReturn(Set.of(ProtocolPath.of("/mounted/1.0.0")));
		NodeMetrics metrics = new NodeMetrics(() -> node, true, 100);
		metrics.bindTo(this.prometheus);
		Connection connection = mock(Connection.class);
		for (int index = 0; index < 10_000; index++) {
			ProtocolPath path = ProtocolPath.of("/remote/" + index);
			metrics.streamOpened(connection, path, Direction.OUTBOUND);
			metrics.bytesMoved(path, Direction.INBOUND, 1);
			metrics.datagramDropped(path, Direction.INBOUND, NodeObserver.DatagramDrop.UNKNOWN_FLOW);
			metrics.streamClosed(connection, path, Direction.OUTBOUND);
		}
		assertThat(scrape())
			.containsEntry("libp2p_network_io_bytes_total{dir=\"inbound\",protocol=\"other\"}", 10_000.0)
			.containsEntry("libp2p_rcmgr_streams{dir=\"outbound\",protocol=\"other\",scope=\"protocol\"}", 0.0)
			.hasSizeLessThan(10);
	}

	@Test
	void aStreamAFrameAndADatagramAllocateNothing() {
		NodeMetrics metrics = new NodeMetrics(Peers::none, true, 100);
		metrics.bindTo(this.prometheus);
		Connection connection = mock(Connection.class);
		ProtocolPath path = ProtocolPath.of("/echo/1.0.0");
		Runnable events = () -> {
			for (int round = 0; round < 10_000; round++) {
				metrics.streamOpened(connection, path, Direction.INBOUND);
				metrics.bytesMoved(path, Direction.INBOUND, 1);
				metrics.datagram(path, Direction.INBOUND);
				metrics.streamClosed(connection, path, Direction.INBOUND);
			}
		};
		events.run();
		com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		events.run();
		// Less than one byte a round: what is there is the measurement itself.
		assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
	}

	@Test
	void oneMountedProtocolBeyondTheBoundIsAnother() {
		Node node = mock(Node.class);
		ProtocolPath first = ProtocolPath.of("/first/1.0.0");
		ProtocolPath second = ProtocolPath.of("/second/1.0.0");
		given(node.protocols()).willReturn(Set.of(first, second));
		NodeMetrics metrics = new NodeMetrics(() -> node, true, 1);
		metrics.bindTo(this.prometheus);
		for (ProtocolPath path : List.of(first, second)) {
			metrics.streamOpened(mock(Connection.class), path, Direction.INBOUND);
			metrics.bytesMoved(path, Direction.INBOUND, 1);
		}
		assertThat(scrape()).containsKey("libp2p_network_io_bytes_total{dir=\"inbound\",protocol=\"/first/1.0.0\"}")
			.containsKey("libp2p_network_io_bytes_total{dir=\"inbound\",protocol=\"other\"}");
	}

	@Test
	void dialErrorsHaveTheValuesOfGo() {
		Map<Throwable, String> values = Map.of(new CancellationException(), "canceled: concurrent dial successful",
				new TimeoutException(), "deadline", new SocketTimeoutException(), "timeout",
				new ConnectException("Could not dial: Connection refused"), "connection refused", new IOException(),
				"other");
		values.forEach((cause, value) -> assertThat(MetricLabels.dialError(cause)).isEqualTo(value));
		Map<String, String> transports = Map.of("/ip4/1.2.3.4/tcp/1", "tcp", "/ip6/::1/udp/1/quic-v1", "quic-v1",
				"/dns4/example.com/tcp/1/wss", "wss", "/ip4/1.2.3.4/tcp/1/ws", "ws", "/memory/1", "other");
		transports.forEach((address, transport) -> assertThat(MetricLabels.transport(Multiaddr.parse(address)))
			.isEqualTo(transport));
		assertThat(MetricLabels.ipVersion(Multiaddr.parse("/dns6/example.com/tcp/1"))).isEqualTo("ip6");
		assertThat(MetricLabels.ipVersion(Multiaddr.parse("/memory/1"))).isEqualTo("unknown");
		assertThat(MetricLabels.dials(5)).isEqualTo("5");
		assertThat(MetricLabels.dials(6)).isEqualTo(">=6");
	}

	@Test
	void quicHasNoneWhereGoSendsNothing() {
		Connection connection = connection("quic-v1");
		NodeMetrics metrics = new NodeMetrics(Peers::none, false, 100);
		metrics.bindTo(this.prometheus);
		metrics.connectionOpened(connection, Duration.ofMillis(1));
		assertThat(scrape())
			.containsEntry("libp2p_swarm_connections_opened_total{dir=\"inbound\",early_muxer=\"false\","
					+ "ip_version=\"ip4\",muxer=\"none\",security=\"none\",transport=\"quic-v1\"}", 1.0);
	}

	@Test
	void registriesAreFilledOnceAndLeftEmpty() {
		SimpleMeterRegistry other = new SimpleMeterRegistry();
		NodeMetrics metrics = new NodeMetrics(Peers::none, true, 100);
		for (MeterRegistry registry : List.of(this.prometheus, other, this.prometheus)) {
			metrics.bindTo(registry);
		}
		metrics.pinged(mock(Connection.class), Duration.ofMillis(3));
		identify(metrics, 4);
		assertThat(scrape()).containsEntry("libp2p_ping_rtt_seconds_count", 1.0);
		assertThat(other.get("libp2p.ping.rtt").timer().count()).isOne();
		metrics.close();
		assertThat(this.prometheus.getMeters()).isEmpty();
		assertThat(other.getMeters()).extracting(Meter::getId).isEmpty();
	}

	@Test
	void metricsAreDoneWithoutWhereMicrometerIsAbsentOrThereIsNoRegistry() {
		ApplicationContextRunner runner = MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class));
		runner.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(NodeMetrics.class));
		runner.withBean(SimpleMeterRegistry.class)
			.run((context) -> assertThat(context).hasSingleBean(NodeMetrics.class));
		runner.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(NodeMetrics.class));
		runner.withBean(SimpleMeterRegistry.class)
			.withBean("own", NodeMetrics.class, () -> new NodeMetrics(Peers::none, true, 1))
			.run((context) -> assertThat(context).getBean(NodeMetrics.class).isSameAs(context.getBean("own")));
	}

	private static Node measured(NodeMetrics[] metrics) throws IOException {
		Node[] node = new Node[1];
		metrics[0] = new NodeMetrics(() -> node[0], true, 100);
		node[0] = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").observer(metrics[0]).start();
		return node[0];
	}

	/** One dial is refused, so that the swarm has an error to tell. */
	private static void connectAndEnd(Node node, Node peer) throws Exception {
		Multiaddr nobody = Multiaddr.parse("/ip4/127.0.0.1/tcp/1");
		try {
			node.connect(new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), List.of(nobody)));
		}
		catch (IOException expected) {
			assertThat(expected).hasMessageContaining("refused");
		}
		node.connect(peer.addrInfo());
		node.disconnect(peer.peerId());
		await().until(() -> node.connections().isEmpty());
	}

	private static void identify(NodeMetrics metrics, int count) {
		for (Direction direction : Direction.values()) {
			metrics.identify(direction, false, count, count);
			metrics.identify(direction, true, count, count);
		}
		metrics.identified(mock(Connection.class), true);
		metrics.pushTriggered(NodeObserver.PushTrigger.ADDRESSES_UPDATED);
	}

	private static Connection connection(String transport) {
		Connection connection = mock(Connection.class);
		given(connection.transport()).willReturn(transport);
		given(connection.security()).willReturn(Optional.empty());
		given(connection.muxer()).willReturn(Optional.empty());
		given(connection.direction()).willReturn(Direction.INBOUND);
		given(connection.localAddress()).willReturn(Multiaddr.parse("/ip4/127.0.0.1/udp/1/quic-v1"));
		given(connection.remoteKey()).willReturn(PrivateKey.generate().publicKey());
		return connection;
	}

	private static void assertAllChange(Map<String, String> expected, Map<String, Double> first,
			Map<String, Double> second) {
		expected.forEach((name, labels) -> {
			List<String> series = second.keySet().stream().filter((key) -> name(key).equals(name)).toList();
			assertThat(series).as(name).isNotEmpty();
			assertThat(series).as(name).allSatisfy((key) -> assertThat(labels(key)).isEqualTo(labels));
			assertThat(series).as(name).anyMatch((key) -> second.get(key) > first.getOrDefault(key, 0.0));
		});
	}

	private Map<String, Double> scrape() {
		return scrape(this.prometheus);
	}

	private static Map<String, Double> scrape(PrometheusMeterRegistry registry) {
		Map<String, Double> series = new TreeMap<>();
		registry.scrape().lines().filter((line) -> !line.startsWith("#")).forEach((line) -> {
			Matcher sample = SAMPLE.matcher(line);
			if (sample.matches()) {
				String labels = (sample.group(2) != null) ? "{" + sample.group(2) + "}" : "";
				series.put(sample.group(1) + labels, Double.valueOf(sample.group(3)));
			}
		});
		return series;
	}

	private static String name(String series) {
		return series.substring(0, (series.indexOf('{') < 0) ? series.length() : series.indexOf('{'));
	}

	private static String labels(String series) {
		Set<String> labels = new TreeSet<>();
		Matcher matcher = LABEL.matcher(series);
		while (matcher.find()) {
			labels.add(matcher.group(1));
		}
		return labels.stream().collect(Collectors.joining(","));
	}

	static class Handlers {

		@Libp2pProtocol("/echo/1.0.0")
		void echo(InputStream in, OutputStream out) throws IOException {
			in.transferTo(out);
		}

		@Libp2pProtocol("/fails/1.0.0")
		void fail(Stream stream) {
			throw new IllegalStateException("on purpose");
		}

		@Libp2pProtocol("/telemetry/1.0.0")
		void measure(Datagram datagram) {
			throw new IllegalStateException("on purpose");
		}

	}

}
