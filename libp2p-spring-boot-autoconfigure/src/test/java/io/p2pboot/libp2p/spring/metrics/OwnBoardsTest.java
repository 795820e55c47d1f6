package io.p2pboot.libp2p.spring.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.Libp2pKadActuatorAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pKadAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pMetricsAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pPubSubMetricsAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pPubSubObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.pubsub.QueueLane;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import io.p2pboot.libp2p.spring.topic.TopicPeer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The dashboards of {@code docs/dashboards}: their queries are asked of an application
 * that handles, calls, publishes and looks up.
 */
@Timeout(120)
class OwnBoardsTest {

	private static final Path BOARDS = Path.of("..", "docs", "dashboards");

	private static final List<String> NAMES = List.of("handlers", "kademlia", "pubsub");

	private static final String DHT = "/boards/kad/1.0.0";

	private static final Pattern SELECTOR = Pattern.compile("([a-z0-9_]+\\{[^}]*})");

	private static final Pattern GROUPED = Pattern.compile("by \\(([a-z0-9_, ]+)\\) \\((.*?\\{[^}]*})");

	@ParameterizedTest
	@ValueSource(strings = { "handlers", "kademlia", "pubsub" })
	void aBoardIsWellFormed(String name) throws IOException {
		JsonNode board = board(name);
		assertThat(board.get("uid").asString()).isEqualTo("libp2p-" + name);
		Set<String> ids = new HashSet<>();
		Set<String> places = new HashSet<>();
		assertThat(board.get("panels")).hasSizeGreaterThan(10).allSatisfy((panel) -> {
			assertThat(ids.add(panel.get("id").asString())).isTrue();
			assertThat(places.add(panel.get("gridPos").toString())).isTrue();
			assertThat(panel.get("title").asString()).isNotBlank();
			assertThat(panel.get("targets")).isNotEmpty().allSatisfy((target) -> {
				Matcher selectors = SELECTOR.matcher(target.get("expr").asString());
				assertThat(selectors.results()).isNotEmpty()
					.allSatisfy((selector) -> assertThat(selector.group()).contains("instance=~\"$instance\""));
			});
		});
	}

	@Test
	void everyFolderHoldsTheBoardsThatAreTested() throws IOException {
		try (var files = Files.list(BOARDS)) {
			assertThat(files.map((file) -> file.getFileName().toString()))
				.containsExactlyInAnyOrderElementsOf(NAMES.stream().map((name) -> name + ".json").toList());
		}
	}

	@Test
	void everyQueryHasAnAnswer() throws IOException {
		try (Node other = MemoryApp.peer()) {
			Kademlia kad = other.mountRouting(Kademlia.builder(DHT).build());
			TopicPeer.runner()
				.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class,
						Libp2pObservationAutoConfiguration.class, Libp2pPubSubMetricsAutoConfiguration.class,
						Libp2pPubSubObservationAutoConfiguration.class, Libp2pKadAutoConfiguration.class,
						Libp2pKadActuatorAutoConfiguration.class, MetricsAutoConfiguration.class,
						CompositeMeterRegistryAutoConfiguration.class, PrometheusMetricsExportAutoConfiguration.class,
						ObservationAutoConfiguration.class))
				.withUserConfiguration(Handlers.class)
				.withPropertyValues("libp2p.kad.protocol=" + DHT,
						"libp2p.kad.bootstrap=" + other.listenAddresses().get(0) + "/p2p/" + other.peerId())
				.run((context) -> {
					serveAndCall(context, other);
					publish(context);
					lookUp(context, other);
					whatHappensRarely(context);
					Scrape scrape = Scrape.of(context.getBean(PrometheusMeterRegistry.class));
					for (String name : NAMES) {
						assertAnswers(board(name), scrape);
					}
				});
			kad.close();
		}
	}

	private static void assertAnswers(JsonNode board, Scrape scrape) {
		List<String> asked = new ArrayList<>();
		board.get("panels").forEach((panel) -> panel.get("targets").forEach((target) -> {
			String query = target.get("expr").asString();
			Matcher selectors = SELECTOR.matcher(query);
			while (selectors.find()) {
				assertThat(scrape.select(selectors.group(1))).as("%s of %s", selectors.group(1), panel.get("title"))
					.isNotEmpty();
				asked.add(selectors.group(1));
			}
			Matcher grouped = GROUPED.matcher(query);
			while (grouped.find()) {
				Matcher selector = SELECTOR.matcher(grouped.group(2));
				assertThat(selector.find()).isTrue();
				assertThat(scrape.select(selector.group(1))).as("Labels of %s", query)
					.allSatisfy((sample) -> assertThat(sample.keys()).contains(grouped.group(1).split(", ")));
			}
		}));
		assertThat(asked).hasSizeGreaterThan(10);
		Matcher probe = Pattern.compile("label_values\\((\\w+), instance\\)")
			.matcher(board.get("templating").get("list").get(1).get("query").asString());
		assertThat(probe.matches()).isTrue();
		assertThat(scrape.select(probe.group(1))).as("The list of instances").isNotEmpty();
	}

	private static void serveAndCall(ApplicationContext context, Node other) throws Exception {
		AddrInfo app = MemoryApp.address(context);
		assertThat(MemoryApp.exchange(other, app, "/echo/1.0.0", "hello")).isEqualTo("hello");
		assertThatExceptionOfType(StreamReset.class)
			.isThrownBy(() -> MemoryApp.exchange(other, app, "/fails/1.0.0", "hello"));
		Handlers handlers = context.getBean(Handlers.class);
		other.sendDatagram(app, ProtocolPath.of("/telemetry/1.0.0"), ByteBuffer.wrap(new byte[10]));
		assertThat(handlers.measured.await(30, TimeUnit.SECONDS)).isTrue();
		Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> template.request(MemoryApp.address(other), "/nobody/1.0.0", "hi", String.class));
	}

	private static void publish(ApplicationContext context) throws Exception {
		try (TopicPeer peer = TopicPeer.connect(context)) {
			peer.subscribe("room");
			peer.publish("room", "hello");
			peer.publish("room", "bad");
			context.getBean(Libp2pTemplate.class).publish("room", "mine", 1, TopicPeer.PATIENCE);
			await().until(() -> {
				Scrape scrape = Scrape.of(context.getBean(PrometheusMeterRegistry.class));
				return !scrape.select("libp2p_pubsub_messages_total{result=rejected}").isEmpty()
						&& !scrape.select("libp2p_pubsub_mesh_peers{topic=room}").isEmpty()
						&& !scrape.select("libp2p_pubsub_heartbeat_seconds_bucket").isEmpty()
						&& !scrape.select("libp2p_topic_process_seconds_bucket").isEmpty();
			});
		}
	}

	private static void lookUp(ApplicationContext context, Node other) {
		Kademlia kad = context.getBean(Kademlia.class);
		await().until(() -> kad.routingTable().contains(other.peerId()));
	}

	/** What two nodes in memory do not do: told by the events alone. */
	private static void whatHappensRarely(ApplicationContext context) {
		Node node = context.getBean(Node.class);
		NodeMetrics metrics = context.getBean(NodeMetrics.class);
		Stream stream = mock(Stream.class);
		given(stream.protocol()).willReturn(ProtocolPath.of("/echo/1.0.0"));
		metrics.streamRefused(stream);
		metrics.resourceBlocked("system", Direction.INBOUND, Resource.CONNECTION);
		PubSubMetrics topics = context.getBean(PubSubMetrics.class);
		topics.duplicate(node.peerId(), "room");
		topics.dropped(node.peerId(), QueueLane.FORWARD, 1);
		topics.skipped(node.peerId(), 1);
		topics.promisesBroken(node.peerId(), 1);
		topics.saved(node.peerId(), 1);
		topics.validatorFailed("room", new IOException());
	}

	private static JsonNode board(String name) throws IOException {
		return JsonMapper.shared().readTree(Files.readString(BOARDS.resolve(name + ".json")));
	}

	static class Handlers {

		private final CountDownLatch measured = new CountDownLatch(1);

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
			this.measured.countDown();
			throw new IllegalStateException("on purpose");
		}

		@Libp2pTopicListener(topics = "room", id = "room")
		void hear(String text) {
		}

		@Libp2pTopicValidator("room")
		boolean check(String text) {
			return !text.equals("bad");
		}

	}

}
