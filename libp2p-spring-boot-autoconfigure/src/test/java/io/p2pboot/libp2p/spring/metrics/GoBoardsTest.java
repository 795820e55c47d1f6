package io.p2pboot.libp2p.spring.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.EventUsage;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * The queries of go-libp2p's dashboards, asked of a running node: each has an answer, and
 * each answer is seen to change. A line of a file under {@code boards} is a query: its
 * selectors, with {@code |} between two whose labels have to be the same.
 */
@Timeout(120)
class GoBoardsTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/boards/1.0.0");

	/**
	 * What has an answer that is not seen to change here: no part of this node reserves
	 * memory for a protocol or a service; and a stream negotiates, and an event waits for
	 * listeners, for less time than a scrape takes.
	 */
	private static final Set<String> STEADY = Set.of("libp2p_rcmgr_memory{scope=protocol}",
			"libp2p_rcmgr_memory{scope=service}", "libp2p_rcmgr_streams{scope=transient}",
			"libp2p_eventbus_subscriber_queue_length", "libp2p_eventbus_subscriber_queue_full");

	private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

	private final List<Scrape> scrapes = new ArrayList<>();

	private NettyNode node;

	private NodeMetrics metrics;

	private Node start() throws IOException {
		this.metrics = new NodeMetrics(() -> this.node, true, 100);
		this.metrics.bindTo(this.prometheus);
		StreamLimits limits = StreamLimits.of(ConnectionLimits.DEFAULT)
			.withProtocol(PATH, new StreamLimits.Shared(Limit.inbound(2), Limit.inbound(1)));
		this.node = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/tcp/0")
			.listen("/ip4/127.0.0.1/udp/0/quic-v1")
			.streamLimits(limits)
			.observer(this.metrics)
			.start();
		return this.node;
	}

	private void note() {
		this.scrapes.add(Scrape.of(this.prometheus));
	}

	@Test
	void everyQueryHasAnAnswerThatChanges() throws Exception {
		try (Node running = start(); Node tcp = Peers.tcp(); Node quic = quic(); Node caller = Peers.tcp()) {
			assertThat(running.connections()).isEmpty();
			note();
			connect(tcp, quic, caller);
			waitInAHandshake();
			leaveUnread(caller);
			tellOthers(tcp);
			end(tcp, quic, caller);
		}
		whatHappensRarely();
		assertBoard("swarm", 45);
		assertBoard("identify", 12);
		assertBoard("resource-manager", 24);
		assertBoard("eventbus", 5);
	}

	private static Node quic() throws IOException {
		return NodeBuilder.create().listen("/ip4/127.0.0.1/udp/0/quic-v1").start();
	}

	private void connect(Node tcp, Node quic, Node caller) throws IOException {
		Multiaddr nobody = Multiaddr.parse("/ip4/127.0.0.1/tcp/1");
		try {
			this.node.connect(new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), List.of(nobody)));
			throw new AssertionError("Somebody is at " + nobody);
		}
		catch (IOException expected) {
			note();
		}
		this.node.connect(tcp.addrInfo());
		this.node.connect(quic.addrInfo());
		caller.connect(new AddrInfo(this.node.peerId(), address("tcp")));
		note();
	}

	private List<Multiaddr> address(String transport) {
		return this.node.listenAddresses()
			.stream()
			.filter((address) -> address.toString().contains("/" + transport + "/"))
			.toList();
	}

	private void waitInAHandshake() throws Exception {
		int port = address("tcp").get(0).ipSocketAddress().orElseThrow().getPort();
		try (Socket silent = new Socket("127.0.0.1", port)) {
			await().until(() -> value("libp2p_rcmgr_connections{scope=transient}") == 1);
			note();
			assertThat(silent.isConnected()).isTrue();
		}
		await().until(() -> value("libp2p_rcmgr_connections{scope=transient}") == 0);
	}

	private void leaveUnread(Node caller) throws Exception {
		StreamProtocol served = this.node.mountProtocol(PATH, StreamProtocol.create());
		AddrInfo us = new AddrInfo(this.node.peerId(), address("tcp"));
		Stream stream = caller.openStream(us, PATH);
		stream.outputStream().write(new byte[10_000]);
		await().until(() -> value("libp2p_rcmgr_memory{scope=system}") > 9_000);
		try (Stream refused = caller.openStream(us, PATH)) {
			refused.outputStream().write(1);
		}
		catch (StreamReset expected) {
			assertThat(expected.isRemote()).isTrue();
		}
		await().until(() -> value("libp2p_rcmgr_blocked_resources{scope=protocol-peer}") == 1);
		note();
		assertThat(served.acceptStream().inputStream().readNBytes(10_000)).hasSize(10_000);
	}

	private void tellOthers(Node peer) {
		double count = value("libp2p_identify_protocols_count");
		this.node.mountProtocol(ProtocolPath.of("/ours/1.0.0"), StreamProtocol.create());
		peer.mountProtocol(ProtocolPath.of("/theirs/1.0.0"), StreamProtocol.create());
		await().until(() -> value("libp2p_identify_protocols_count") > count
				&& value("libp2p_identify_identify_push_total{dir=inbound}") > 0
				&& value("libp2p_identify_identify_push_total{dir=outbound}") > 0
				&& value("libp2p_identify_conn_push_support_total") > 2);
		note();
	}

	private void end(Node tcp, Node quic, Node caller) {
		this.node.disconnect(tcp.peerId());
		this.node.disconnect(quic.peerId());
		caller.disconnect(this.node.peerId());
		await().until(() -> this.node.connections().isEmpty());
		await().until(() -> value("libp2p_swarm_connections_closed_total") == 3);
		note();
	}

	/** What a test cannot make the node or its peers do: told by its events alone. */
	private void whatHappensRarely() {
		for (int dials : new int[] { 0, 2, 3, 4, 5, 7 }) {
			this.metrics.dialCompleted(this.node.peerId(), true, dials, Duration.ofMillis(1));
		}
		this.metrics.dialDelayed(Duration.ZERO);
		Connection slow = connectionWithALateMuxer();
		this.metrics.connectionOpened(slow, Duration.ofMillis(1));
		this.metrics.connectionClosed(slow, Duration.ofMillis(1));
		this.metrics.blackHole("UDP", NodeObserver.BlackHoleState.ALLOWED, 0.5, 0);
		note();
		this.metrics.blackHole("UDP", NodeObserver.BlackHoleState.BLOCKED, 0.01, 5);
		note();
	}

	private static Connection connectionWithALateMuxer() {
		Connection connection = mock(Connection.class);
		given(connection.transport()).willReturn("tcp");
		given(connection.security()).willReturn(Optional.of("/noise"));
		given(connection.muxer()).willReturn(Optional.of("/yamux/1.0.0"));
		given(connection.direction()).willReturn(Direction.INBOUND);
		given(connection.localAddress()).willReturn(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"));
		given(connection.remoteKey()).willReturn(PrivateKey.generate().publicKey());
		return connection;
	}

	@Test
	void whatPassesFasterThanAScrapeIsWhatTheNodeTells() {
		NettyNode measured = mock(NettyNode.class);
		given(measured.protocols()).willReturn(Set.of());
		given(measured.scopes(0)).willReturn(List.of(new ScopeUsage("transient", 0, 0, 3, 2, 0, 0, Map.of())));
		given(measured.eventUsage()).willReturn(new EventUsage(9, 3, 3, 2, 300, true));
		this.metrics = new NodeMetrics(() -> measured, true, 100);
		this.metrics.bindTo(this.prometheus);
		this.metrics.connectionOpened(connectionWithALateMuxer(), Duration.ofMillis(1));
		assertThat(value("libp2p_rcmgr_streams{scope=transient,dir=inbound}")
				+ value("libp2p_rcmgr_streams{scope=transient,dir=outbound}"))
			.isEqualTo(5);
	}

	private double value(String selector) {
		return Scrape.of(this.prometheus).select(selector).stream().mapToDouble(Scrape.Sample::value).sum();
	}

	private void assertBoard(String name, int queries) throws IOException {
		List<String> lines;
		try (InputStream file = GoBoardsTest.class.getResourceAsStream("/boards/" + name + ".txt")) {
			lines = new String(file.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
		}
		assertThat(lines).hasSize(queries).allSatisfy((line) -> {
			List<Set<String>> labels = new ArrayList<>();
			for (String selector : line.split(" [|&] ")) {
				List<Scrape.Sample> found = this.scrapes.get(this.scrapes.size() - 1).select(selector);
				assertThat(found).as(selector).isNotEmpty();
				labels.add(found.get(0).keys());
				assertThat(STEADY.contains(selector) || changes(selector)).as("%s changes", selector).isTrue();
			}
			assertThat(!line.contains(" | ") || labels.get(0).equals(labels.get(1))).as(line).isTrue();
		});
	}

	/** Whether a series of a selector had two values; before it is there, it is 0. */
	private boolean changes(String selector) {
		Map<Map<String, String>, Double> last = new HashMap<>();
		for (int index = 0; index < this.scrapes.size(); index++) {
			for (Scrape.Sample sample : this.scrapes.get(index).select(selector)) {
				Double before = last.put(sample.labels(), sample.value());
				if (sample.value() != ((before != null) ? before : 0)) {
					return true;
				}
			}
		}
		return false;
	}

}
