package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.kad.KadMessageStats;
import io.p2pboot.libp2p.kad.KadObserver;
import io.p2pboot.libp2p.kad.KadStats;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.ControlKind;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PubSubSnapshot;
import io.p2pboot.libp2p.pubsub.QueueLane;
import io.p2pboot.libp2p.pubsub.ScoreLevel;
import io.p2pboot.libp2p.pubsub.SubscribeOptions;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.metrics.HandlerHistograms;
import io.p2pboot.libp2p.spring.metrics.KadMetrics;
import io.p2pboot.libp2p.spring.metrics.NodeMetrics;
import io.p2pboot.libp2p.spring.metrics.PubSubMetrics;
import io.p2pboot.libp2p.spring.observation.ObservedCalls;
import io.p2pboot.libp2p.spring.observation.ObservedTopics;
import io.p2pboot.libp2p.spring.topic.Libp2pTopicListenerRegistry;
import io.p2pboot.libp2p.spring.topic.LoggingTopicErrorHandler;
import io.p2pboot.libp2p.spring.topic.TopicLabels;
import io.p2pboot.libp2p.spring.topic.TopicListener;
import io.p2pboot.libp2p.spring.topic.TopicListenerSettings;
import io.p2pboot.libp2p.spring.topic.TopicObserver;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Holds the tables of the README to what there is; with {@code -Dproperties.table=write}
 * they are written anew.
 */
class ReadmeTest {

	private static final Path README = Path.of("..", "README.md");

	private static final Path DASHBOARD = Path.of("..", "sample-app", "grafana", "libp2p.json");

	private static final String PROPERTIES = "| property | default | |\n|---|---|---|\n";

	private static final String METERS = "| meter | type | labels | |\n|---|---|---|---|\n";

	/** Observations have no description of their own. */
	private static final Map<String, String> OBSERVED = Map.of("libp2p_stream_handler_seconds",
			"Time that handlers of streams took", "libp2p_stream_handler_active_seconds",
			"How long handlers that have not ended run", "libp2p_datagram_handler_seconds",
			"Time that handlers of datagrams took", "libp2p_datagram_handler_active_seconds",
			"How long handlers of datagrams that have not ended run", "libp2p_template_seconds",
			"Time that calls of the template took", "libp2p_template_active_seconds",
			"How long calls of the template that have not ended take", "libp2p_topic_process_seconds",
			"Time that topic listeners took for a message or batch", "libp2p_topic_process_active_seconds",
			"How long topic listeners that have not ended run", "libp2p_topic_publish_seconds",
			"Time that publishing took", "libp2p_topic_publish_active_seconds",
			"How long publishing that has not ended takes");

	private static final PeerId PEER = PeerId.of(PrivateKey.generate().publicKey());

	@Test
	void thePropertiesAreThoseOfTheMetadata() throws IOException {
		Map<String, String> rows = new TreeMap<>();
		for (JsonNode property : metadata().get("properties")) {
			String name = property.get("name").asString();
			rows.put(name, row(code(name), code(text(property.path("defaultValue"))),
					property.path("description").asString()));
		}
		assertThat(rows).hasSizeGreaterThan(30);
		hold(PROPERTIES, String.join("", rows.values()));
	}

	@Test
	void theVersionsAreThoseOfTheBuild() throws IOException {
		NettyVersions versions = NettyVersions.read(ReadmeTest.class.getClassLoader());
		assertThat(Files.readString(README)).contains("extra[\"netty.version\"] = \"" + versions.netty() + "\"")
			.contains("<version>" + versions.libp2p() + "</version>")
			.contains("libp2p-bom:" + versions.libp2p());
	}

	@Test
	void theMetersAreThoseOfAScrape() throws IOException {
		PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		prometheus.config().meterFilter(new HandlerHistograms());
		measureEverything(prometheus);
		StringBuilder rows = new StringBuilder();
		families(prometheus.scrape()).forEach((name,
				family) -> rows.append(row(code(name), family.type,
						String.join(", ", family.labels.stream().map(ReadmeTest::code).toList()),
						OBSERVED.getOrDefault(name, family.help))));
		assertThat(rows.toString()).contains("libp2p_swarm_connections_opened_total", "libp2p_stream_handler_seconds",
				"libp2p_ping_rtt_seconds");
		hold(METERS, rows.toString());
	}

	@Test
	void theDashboardAsksForMetersThatAreThere() throws IOException {
		String readme = Files.readString(README);
		Matcher asked = Pattern.compile("libp2p_[a-z0-9_]+").matcher(Files.readString(DASHBOARD));
		Set<String> names = new TreeSet<>();
		while (asked.find()) {
			names.add(asked.group().replaceFirst("_(bucket|sum|count|max)$", ""));
		}
		assertThat(names).hasSizeGreaterThan(8)
			.allSatisfy(
					(name) -> assertThat(readme).containsAnyOf(code(name), code(name + "_count"), code(name + "_max")));
	}

	private static void hold(String header, String rows) throws IOException {
		String readme = Files.readString(README);
		int begin = readme.indexOf(header);
		assertThat(begin).as("The README has the table %s", header).isNotNegative();
		int end = readme.indexOf("\n\n", begin) + 1;
		if ("write".equals(System.getProperty("properties.table"))) {
			Files.writeString(README, readme.substring(0, begin) + header + rows + readme.substring(end));
			return;
		}
		assertThat(readme.substring(begin, end)).as("The README's table; -Dproperties.table=write writes it anew")
			.isEqualTo(header + rows);
	}

	private static String row(String... cells) {
		return "| " + String.join(" | ", cells) + " |\n";
	}

	private static String code(String text) {
		return text.isEmpty() ? "" : "`" + text + "`";
	}

	private static String text(JsonNode value) {
		return value.isArray() ? String.join(", ", value.valueStream().map((each) -> each.asString()).toList())
				: value.asString("");
	}

	private static JsonNode metadata() throws IOException {
		try (InputStream json = Libp2pProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			return JsonMapper.shared().readTree(json);
		}
	}

	// Each event once, so that each meter is there.

	private static void measureEverything(PrometheusMeterRegistry prometheus) throws IOException {
		Connection connection = connection();
		Stream stream = stream(connection);
		ProtocolPath path = stream.protocol();
		NettyNode node = mock(NettyNode.class);
		given(node.protocols()).willReturn(Set.of(path));
		given(node.scopes(0)).willReturn(List.of(new ScopeUsage("system", 0, 0, 0, 0, 0, 0, Map.of("conns", 1L))));
		given(node.eventUsage()).willReturn(new EventUsage(1, 1, 1, 1, 0, false));
		given(node.connections()).willReturn(List.of(connection));
		NodeMetrics metrics = new NodeMetrics(() -> node, true, 100);
		metrics.bindTo(prometheus);
		Duration time = Duration.ofMillis(1);
		metrics.connectionOpened(connection, time);
		metrics.connectionClosed(connection, time);
		metrics.dialFailed(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"), new IOException());
		metrics.dialCompleted(PEER, true, 1, time);
		metrics.dialDelayed(time);
		metrics.blackHole("UDP", NodeObserver.BlackHoleState.BLOCKED, 0.01, 7);
		metrics.streamOpened(connection, path, Direction.INBOUND);
		metrics.bytesMoved(path, Direction.INBOUND, 1);
		metrics.streamClosed(connection, path, Direction.INBOUND);
		metrics.datagram(path, Direction.INBOUND);
		metrics.datagramDropped(path, Direction.INBOUND, NodeObserver.DatagramDrop.UNKNOWN_FLOW);
		for (Direction direction : Direction.values()) {
			metrics.identify(direction, false, 1, 1);
			metrics.identify(direction, true, 1, 1);
		}
		metrics.identified(connection, true);
		metrics.pushTriggered(NodeObserver.PushTrigger.PROTOCOLS_UPDATED);
		metrics.pinged(connection, time);
		metrics.streamRefused(stream);
		metrics.resourceBlocked("system", Direction.INBOUND, Resource.CONNECTION);
		for (int before = 0; before < 2; before++) {
			metrics.peerConnections(Direction.INBOUND, before, 1 - before);
			metrics.peerStreams(Direction.INBOUND, before, 1 - before);
			metrics.peerMemory(before, 1 - before);
		}
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(prometheus));
		ObservedCalls calls = new ObservedCalls(observations, ObservedCalls.Parts.ALL, null, null, null);
		calls.handling(stream).close();
		calls.handling(path, new Datagram(ByteBuffer.allocate(1), new AddrInfo(PEER, List.of()), mock())).close();
		calls.calling("request", PEER, path.value()).close();
		measureTopics(prometheus, observations);
	}

	private static void measureTopics(PrometheusMeterRegistry prometheus, ObservationRegistry observations)
			throws IOException {
		TopicLabels labels = new TopicLabels(1);
		Libp2pTopicListenerRegistry registry = new Libp2pTopicListenerRegistry(Duration.ZERO);
		registry.add(listener());
		PubSubMetrics metrics = new PubSubMetrics(labels, registry, true);
		metrics.bindTo(prometheus);
		TopicMessage message = new TopicMessage("news", ByteBuffer.allocate(1), ByteBuffer.allocate(1),
				Optional.of(PEER), Optional.empty(), PEER, false);
		metrics.joined("news");
		metrics.peerAdded(PEER, PubSubConfig.GOSSIPSUB_1_2);
		metrics.grafted(PEER, "news");
		metrics.delivered(message);
		metrics.received(PEER, 1);
		metrics.accepted(message, Duration.ofMillis(1));
		metrics.validated("news", Validation.ACCEPT, Duration.ofMillis(1));
		metrics.controlReceived(PEER, ControlKind.IHAVE);
		metrics.dropped(PEER, QueueLane.OWN, 1);
		metrics.stalled(PEER);
		metrics.snapshot(new PubSubSnapshot(Map.of(QueueLane.OWN, 1L), Map.of(ScoreLevel.GOOD, 1)));
		metrics.skipped(PEER, 1);
		metrics.promisesBroken(PEER, 1);
		metrics.saved(PEER, 1);
		metrics.heartbeat(Duration.ofMillis(1));
		metrics.validatorFailed("news", new IOException());
		ObservedTopics topics = new ObservedTopics(observations, labels, true, true, null, null);
		topics.processing("listener", List.of(message)).close();
		topics.publishing("news").close();
		measureKad(prometheus);
	}

	private static void measureKad(PrometheusMeterRegistry prometheus) throws IOException {
		Kademlia kad = mock(Kademlia.class);
		given(kad.protocol()).willReturn(ProtocolPath.of("/myapp/kad/1.0.0"));
		given(kad.stats()).willReturn(new KadStats(1, 1, 1, 1, Duration.ZERO, 1, 1, 1, 1, 1, 1, 1, 1,
				Map.of("FIND_NODE", new KadMessageStats(1, 1, 1, 1, Duration.ZERO))));
		given(kad.observe(any())).willAnswer((call) -> {
			KadObserver observer = call.getArgument(0);
			observer.lookupEnded("find_peer", "stopped", Duration.ofMillis(30), 2);
			observer.requestReceived("FIND_NODE", 1);
			observer.requestServed("FIND_NODE", Duration.ZERO);
			observer.requestSent("FIND_NODE", 1);
			observer.requestAnswered("FIND_NODE", Duration.ZERO);
			return mock(Node.Subscription.class);
		});
		new KadMetrics(() -> List.of(kad), true).bindTo(prometheus);
	}

	private static TopicListener listener() {
		TopicListenerSettings settings = new TopicListenerSettings("listener", "a listener", List.of("news"), 1, true,
				SubscribeOptions.DEFAULT, Optional.empty());
		return new TopicListener(settings, (messages, failures) -> {
		}, () -> mock(PubSub.class), (name, task) -> Thread.currentThread(), new LoggingTopicErrorHandler(),
				TopicObserver.NONE);
	}

	private static Connection connection() {
		Connection connection = mock(Connection.class);
		given(connection.transport()).willReturn("tcp");
		given(connection.security()).willReturn(Optional.of("/noise"));
		given(connection.muxer()).willReturn(Optional.of("/yamux/1.0.0"));
		given(connection.direction()).willReturn(Direction.INBOUND);
		given(connection.localAddress()).willReturn(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"));
		given(connection.remoteAddress()).willReturn(Multiaddr.parse("/ip4/127.0.0.1/tcp/2"));
		given(connection.remoteKey()).willReturn(PrivateKey.generate().publicKey());
		given(connection.remotePeer()).willReturn(PEER);
		return connection;
	}

	private static Stream stream(Connection connection) {
		Stream stream = mock(Stream.class);
		given(stream.protocol()).willReturn(ProtocolPath.of("/echo/1.0.0"));
		given(stream.direction()).willReturn(Direction.INBOUND);
		given(stream.connection()).willReturn(connection);
		given(stream.remotePeer()).willReturn(AddrInfo.of(PEER));
		return stream;
	}

	/** The meters of a scrape by name, without the greatest values that some carry. */
	private static Map<String, Family> families(String scrape) {
		Pattern head = Pattern.compile("# (HELP|TYPE) (\\w+) ?(.*)");
		Pattern label = Pattern.compile("(\\w+)=\"");
		Map<String, Family> families = new TreeMap<>();
		Family family = new Family();
		for (String line : scrape.lines().toList()) {
			Matcher matcher = head.matcher(line);
			if (!matcher.matches()) {
				Matcher labels = label.matcher(line);
				while (labels.find()) {
					family.labels.add(labels.group(1));
				}
				family.labels.remove("le");
				continue;
			}
			family = families.computeIfAbsent(matcher.group(2), (name) -> new Family());
			if (matcher.group(1).equals("HELP")) {
				family.help = matcher.group(3).strip();
			}
			else {
				family.type = matcher.group(3);
			}
		}
		families.keySet().removeIf((name) -> name.endsWith("_max"));
		return families;
	}

	/** A meter in a scrape. */
	private static final class Family {

		private String help = "";

		private String type = "";

		private final Set<String> labels = new TreeSet<>();

	}

}
