package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.ipfs.Amino;
import io.p2pboot.libp2p.ipfs.IpnsName;
import io.p2pboot.libp2p.ipfs.IpnsPublisher;
import io.p2pboot.libp2p.ipfs.IpnsRecord;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;
import io.p2pboot.libp2p.pubsub.PublishOptions;
import io.p2pboot.libp2p.pubsub.Topic;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicSubscription;
import io.p2pboot.libp2p.pubsub.gossip.GossipSub;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Kubo, the IPFS program that most nodes of the public network are, with a node of ours
 * in its network. Nothing leaves this host.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KuboTest {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final int BYTES = 4 << 20;

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final List<KuboProcess> kubos = new ArrayList<>();

	@TempDir
	private Path folder;

	private PrivateKey key;

	private NettyNode node;

	private Kademlia kad;

	@BeforeEach
	void start() throws IOException {
		Stacks.require("kubo");
		this.key = PrivateKey.generate();
		this.node = NodeBuilder.create()
			.identity(this.key)
			.addTransport(new WebSocketTransport())
			.listen("/ip4/127.0.0.1/tcp/0")
			.listen("/ip4/127.0.0.1/tcp/0/ws")
			.listen("/ip4/127.0.0.1/udp/0/quic-v1")
			.start();
		this.kad = this.node
			.mountRouting(Amino.lan().addressScope(AddressScope.HOST).peersWithin(AddressScope.HOST).build());
	}

	@AfterEach
	void stop() {
		this.kubos.parallelStream().forEach(KuboProcess::close);
		if (this.node != null) {
			this.node.close();
		}
		this.executor.shutdownNow();
	}

	private KuboProcess kubo() throws IOException {
		KuboProcess kubo = KuboProcess.start(this.folder.resolve("kubo" + this.kubos.size()));
		this.kubos.add(kubo);
		return kubo;
	}

	/** Our address of this transport, with our id. */
	private String ours(String transport) {
		return this.node.addrInfo()
			.addresses()
			.stream()
			.map((address) -> address + "/p2p/" + this.node.peerId())
			.filter((address) -> address.contains(transport))
			.findFirst()
			.orElseThrow();
	}

	/** Kubo dials us; both have each other in their tables then. */
	private void meet(KuboProcess kubo) throws IOException {
		kubo.run("swarm", "connect", ours("/tcp/"));
		PeerId peer = PeerId.parse(kubo.id());
		eventually("Kubo is in our table", () -> this.kad.routingTable().contains(peer));
		eventually("we are in Kubo's table",
				() -> kubo.run("stats", "dht", "lan").contains(this.node.peerId().toString()));
	}

	private static void eventually(String what, Callable<Boolean> condition) throws IOException {
		long end = System.nanoTime() + PATIENCE.toNanos();
		try {
			while (!condition.call()) {
				if (System.nanoTime() > end) {
					throw new AssertionError("Not within " + PATIENCE + ": " + what);
				}
				LockSupport.parkNanos(50_000_000);
			}
		}
		catch (IOException | RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/tcp/", "/ws", "/quic-v1" })
	void eachDialsAndPingsTheOther(String transport) throws IOException {
		KuboProcess kubo = kubo();
		AddrInfo there = AddrInfo.parse(kubo.address(transport));
		Connection connection = this.node.connect(there);
		assertThat(connection.remoteAddress().toString()).contains(transport);
		assertThat(this.node.ping(there)).isPositive();
		assertThat(this.node.identify(there).agentVersion())
			.hasValueSatisfying((agent) -> assertThat(agent).startsWith("kubo/"));
		assertThat(this.node.disconnect(there.id(), PATIENCE)).isTrue();

		kubo.run("swarm", "connect", ours(transport));
		assertThat(kubo.run("ping", "-n", "1", this.node.peerId().toString())).contains("Average latency");
		assertThat(kubo.run("id", this.node.peerId().toString())).contains("/ipfs/lan/kad/1.0.0");
	}

	@Test
	void aStreamOfEachReachesAServiceOfTheOther() throws Exception {
		KuboProcess kubo = kubo();
		byte[] data = new byte[BYTES];
		new Random(1).nextBytes(data);
		ProtocolPath path = ProtocolPath.of("/x/echo");
		this.node.mountProtocol(path, StreamProtocol.create())
			.serve(this.executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		meet(kubo);
		int port = freePort();
		kubo.run("p2p", "forward", path.toString(), "/ip4/127.0.0.1/tcp/" + port, "/p2p/" + this.node.peerId());
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
			this.executor.submit(() -> {
				socket.getOutputStream().write(data);
				return data;
			});
			assertThat(socket.getInputStream().readNBytes(BYTES)).isEqualTo(data);
		}

		try (ServerSocket service = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.executor.submit(() -> {
				try (Socket socket = service.accept()) {
					return socket.getInputStream().transferTo(socket.getOutputStream());
				}
			});
			kubo.run("p2p", "listen", "/x/back", "/ip4/127.0.0.1/tcp/" + service.getLocalPort());
			try (Stream stream = this.node.openStream(AddrInfo.of(PeerId.parse(kubo.id())),
					ProtocolPath.of("/x/back"))) {
				this.executor.submit(() -> {
					stream.outputStream().write(data);
					return data;
				});
				assertThat(stream.inputStream().readNBytes(BYTES)).isEqualTo(data);
			}
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	@Test
	void twoKubosThatKnowUsAloneFindEachOthersContentAndWeFetchItByIdAlone() throws IOException {
		KuboProcess keeper = kubo();
		KuboProcess finder = kubo();
		meet(keeper);
		meet(finder);
		String content = "kept by " + keeper.id();
		String cid = keeper.add(content);
		keeper.run("routing", "provide", cid);
		assertThat(finder.run("routing", "findprovs", "-n", "1", cid)).isEqualTo(keeper.id());
		assertThat(finder.run("cat", "--timeout=20s", cid)).isEqualTo(content);

		Multihash hash = Cid.parse(cid).hash();
		AddrInfo found = provider(hash);
		assertThat(found.id()).hasToString(keeper.id());
		this.node.disconnect(found.id());
		assertThat(gateway(AddrInfo.of(found.id()), cid)).isEqualTo(content);

		Multihash ours = Multihash.sha256(ByteBuffer.wrap("ours".getBytes(StandardCharsets.UTF_8)));
		assertThat(this.kad.provide(ours).peers()).isEqualTo(2);
		String mine = new Cid(Cid.RAW, ours).toString();
		assertThat(finder.run("routing", "findprovs", "-n", "1", mine)).isEqualTo(this.node.peerId().toString());
		assertThat(finder.run("routing", "findpeer", keeper.id())).contains("/ip4/127.0.0.1/tcp/");
	}

	private AddrInfo provider(Multihash hash) throws IOException {
		try (Search<AddrInfo> search = this.kad.findProviders(hash, 1)) {
			return search.next().orElseThrow();
		}
	}

	/** A block as Kubo's gateway serves it to peers. */
	private String gateway(AddrInfo peer, String cid) throws IOException {
		try (Stream stream = this.node.openStream(peer, ProtocolPath.of("/http/1.1"))) {
			stream.outputStream()
				.write(("GET /ipfs/" + cid + "?format=raw HTTP/1.1\r\nHost: kubo\r\nConnection: close\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII));
			stream.closeWrite();
			String answer = new String(stream.inputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(answer).startsWith("HTTP/1.1 200 ");
			return answer.substring(answer.indexOf("\r\n\r\n") + 4);
		}
	}

	@Test
	void namesOfEachResolveAtTheOther() throws IOException {
		KuboProcess kubo = kubo();
		meet(kubo);
		String cid = kubo.add("named");
		kubo.run("name", "publish", "/ipfs/" + cid);
		IpnsRecord record = IpnsPublisher.resolve(this.kad, IpnsName.parse(kubo.id())).orElseThrow();
		assertThat(record.path()).isEqualTo("/ipfs/" + cid);

		IpnsPublisher publisher = new IpnsPublisher(this.kad, this.key);
		publisher.publish("/ipfs/" + cid);
		assertThat(kubo.run("name", "resolve", "--nocache", publisher.name().toString())).isEqualTo("/ipfs/" + cid);
		String second = kubo.add("named anew");
		publisher.publish("/ipfs/" + second);
		assertThat(kubo.run("name", "resolve", "--nocache", publisher.name().toString())).isEqualTo("/ipfs/" + second);
	}

	@Test
	void messagesGoBothWaysAlsoAfterKuboWasRestarted() throws Exception {
		KuboProcess kubo = kubo();
		try (PubSub pubsub = GossipSub.mount(this.node, this.key, PubSubConfig.ipfs().build())) {
			Topic room = pubsub.topic("room");
			try (TopicSubscription subscription = room.subscribe()) {
				chat(kubo, room, subscription);
				kubo.restart();
				chat(kubo, room, subscription);
			}
		}
	}

	private void chat(KuboProcess kubo, Topic room, TopicSubscription subscription) throws Exception {
		kubo.run("swarm", "connect", ours("/tcp/"));
		PeerId peer = PeerId.parse(kubo.id());
		Process listening = kubo.begin("pubsub", "sub", "room");
		try {
			assertThat(room.awaitPeers(1, PATIENCE)).isTrue();
			byte[] message = "from ours to kubo".getBytes(StandardCharsets.UTF_8);
			room.publish(ByteBuffer.wrap(message), PublishOptions.atLeast(1).within(PATIENCE));
			assertThat(subscription.next(PATIENCE).orElseThrow().author()).contains(this.node.peerId());
			assertThat(listening.getInputStream().readNBytes(message.length)).isEqualTo(message);

			eventually("Kubo has us among the peers of the topic",
					() -> kubo.run("pubsub", "peers", "room").equals(this.node.peerId().toString()));
			for (int size : new int[] { 0, 60_000, 1_000_000 }) {
				byte[] sent = new byte[size];
				Arrays.fill(sent, (byte) 'k');
				kubo.run(sent, "pubsub", "pub", "room");
				TopicMessage heard = subscription.next(PATIENCE).orElseThrow();
				assertThat(heard.author()).contains(peer);
				assertThat(heard.data()).isEqualTo(ByteBuffer.wrap(sent));
			}
		}
		finally {
			listening.destroy();
			listening.waitFor();
		}
	}

	@Test
	void recordsOfNamesTravelOverTheirTopicBothWays() throws Exception {
		KuboProcess kubo = kubo();
		try (PubSub pubsub = GossipSub.mount(this.node, this.key, PubSubConfig.ipfs().build())) {
			meet(kubo);
			String cid = kubo.add("named");
			IpnsName theirs = IpnsName.parse(kubo.id());
			try (TopicSubscription subscription = pubsub.topic(topic(theirs)).subscribe()) {
				kubo.run("name", "publish", "/ipfs/" + cid);
				IpnsRecord record = IpnsRecord.decode(subscription.next(PATIENCE).orElseThrow().data());
				record.verify(theirs, Instant.now());
				assertThat(record.path()).isEqualTo("/ipfs/" + cid);
			}
			followsOurName(kubo, pubsub, cid);
		}
	}

	/** Kubo asks for the name once, and hears of later records from the topic alone. */
	private void followsOurName(KuboProcess kubo, PubSub pubsub, String cid) throws IOException {
		IpnsPublisher publisher = new IpnsPublisher(this.kad, this.key);
		IpnsRecord first = publisher.publish("/ipfs/" + cid);
		String name = publisher.name().toString();
		assertThat(kubo.run("name", "resolve", name)).isEqualTo("/ipfs/" + cid);
		String next = kubo.add("named anew");
		IpnsRecord second = IpnsRecord.create(this.key, "/ipfs/" + next, first.sequence() + 1, first.validUntil(),
				first.timeToLive());
		pubsub.topic(topic(publisher.name())).publish(second.encoded(), PublishOptions.atLeast(1).within(PATIENCE));
		eventually("Kubo has the record of the topic",
				() -> kubo.run("name", "resolve", "--nocache", name).equals("/ipfs/" + next));
	}

	private static String topic(IpnsName name) {
		ByteBuffer key = name.key();
		byte[] bytes = new byte[key.remaining()];
		key.get(bytes);
		return "/record/" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

}
