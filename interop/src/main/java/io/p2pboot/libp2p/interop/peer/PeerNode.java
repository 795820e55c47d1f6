package io.p2pboot.libp2p.interop.peer;

import java.io.File;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.mdns.Mdns;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.protocol.addressbook.AddressBook;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.transport.websocket.WebSocketConfig;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A started node and its requests, those of streams apart. Requests block the thread that
 * runs them. Thread-safe.
 */
final class PeerNode implements AutoCloseable {

	private static final ProtocolPath IDENTIFY = ProtocolPath.of("/ipfs/id/1.0.0");

	private static final Duration SHUTDOWN_GRACE = Duration.ofMillis(200);

	private final NettyNode node;

	private final Handlers handlers;

	private final StreamOps streams;

	private final DatagramOps datagrams;

	private final ManyConnections many;

	private final Optional<PubSubOps> pubsub;

	private final Map<Connection, CountDownLatch> identified = new ConcurrentHashMap<>();

	private final KadOps kad;

	private PeerNode(NettyNode node, Handlers handlers, StreamOps streams, DatagramOps datagrams, ManyConnections many,
			KadOps kad, Optional<PubSubOps> pubsub) {
		this.node = node;
		this.handlers = handlers;
		this.streams = streams;
		this.datagrams = datagrams;
		this.many = many;
		this.kad = kad;
		this.pubsub = pubsub;
	}

	static PeerNode start(Arguments arguments, Tasks tasks, PeerOutput output) throws Exception {
		PrivateKey identity = arguments.has("key")
				? PrivateKey.decode(ByteBuffer.wrap(HexFormat.of().parseHex(arguments.text("key"))))
				: PrivateKey.generate();
		NodeBuilder builder = NodeBuilder.create()
			.identity(identity)
			.shutdownGrace(SHUTDOWN_GRACE)
			.agentVersion(arguments.text("agent", "p2pboot-interop"));
		if (arguments.has("resolver")) {
			String[] server = arguments.text("resolver").split(":", 2);
			builder.dnsServer(new InetSocketAddress(server[0], Integer.parseInt(server[1])));
		}
		arguments.texts("listen", List.of()).forEach(builder::listen);
		addLayers(builder, arguments);
		if (arguments.flag("mdns")) {
			builder.service(findPeers(output));
		}
		DatagramOps datagrams = new DatagramOps(tasks, output);
		NettyNode node = builder.observer(datagrams.observer()).build();
		Optional<Path> keep = arguments.has("keep") ? Optional.of(Path.of(arguments.text("keep"))) : Optional.empty();
		Handlers handlers = new Handlers(tasks, output, keep);
		handlers.mount(node);
		datagrams.mount(node);
		PeerNode peer = new PeerNode(node, handlers, new StreamOps(node, tasks), datagrams,
				new ManyConnections(arguments, tasks), KadOps.mount(node, arguments),
				PubSubOps.mount(node, identity, arguments, output));
		node.addConnectionListener(peer.listener(output, arguments.flag("quiet")));
		node.mountRouting(
				AddressBook.create(arguments.texts("books", List.of()).stream().map(AddrInfo::parse).toList()));
		try {
			node.start();
			return peer;
		}
		catch (Exception ex) {
			node.close();
			throw ex;
		}
	}

	private static Mdns findPeers(PeerOutput output) {
		return Mdns.builder().dial(false).listener((found) -> {
			ObjectNode event = object().put("peer", found.id().toString());
			ArrayNode addresses = event.putArray("addrs");
			found.addresses().forEach((address) -> addresses.add(address.toString()));
			output.event("found", event);
		}).build();
	}

	private static void addLayers(NodeBuilder builder, Arguments arguments) throws OpFailure, SSLException {
		for (String name : arguments.texts("transports", List.of("tcp"))) {
			switch (name) {
				case "tcp" -> builder.transport(new TcpTransport());
				case "ws" -> builder.transport(new WebSocketTransport());
				case "wss" -> builder.transport(secureWebSocket(arguments));
				case "quic-v1" -> builder.transport(new QuicTransport());
				default -> throw new OpFailure("unsupported", "No transport '" + name + "'");
			}
		}
		for (String name : arguments.texts("security", List.of("noise"))) {
			builder.security(security(name));
		}
		for (String name : arguments.texts("muxers", List.of("yamux"))) {
			if (!name.equals("yamux")) {
				builder.muxer(new RenamedMuxer("/lip/" + name, new YamuxMuxer(YamuxConfig.DEFAULT)));
			}
		}
	}

	private static WebSocketTransport secureWebSocket(Arguments arguments) throws OpFailure, SSLException {
		WebSocketConfig.Builder config = WebSocketConfig.builder();
		if (arguments.has("cert")) {
			File chainAndKey = new File(arguments.text("cert"));
			SslContext server = SslContextBuilder.forServer(chainAndKey, chainAndKey).build();
			config.serverTls(() -> server);
		}
		if (arguments.has("trust")) {
			SslContext client = SslContextBuilder.forClient().trustManager(new File(arguments.text("trust"))).build();
			config.clientTls(() -> client);
		}
		return new WebSocketTransport(config.build());
	}

	private static SecurityProtocol security(String name) {
		return switch (name) {
			case "noise" -> new NoiseSecurity();
			case "tls" -> TlsSecurity.create(Clock.systemUTC());
			default -> new RenamedSecurity("/lip/" + name, new NoiseSecurity());
		};
	}

	private ConnectionListener listener(PeerOutput output, boolean quiet) {
		return new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				latch(connection);
				tell("connOpen", connection);
			}

			@Override
			public void identified(Connection connection) {
				latch(connection).countDown();
				if (!quiet) {
					output.event("identified", describeIdentity(connection));
				}
			}

			@Override
			public void disconnected(Connection connection) {
				PeerNode.this.identified.remove(connection);
				tell("connClose", connection);
			}

			private void tell(String event, Connection connection) {
				if (!quiet) {
					output.event(event, describeShort(connection));
				}
			}

		};
	}

	private CountDownLatch latch(Connection connection) {
		return this.identified.computeIfAbsent(connection, (key) -> new CountDownLatch(1));
	}

	ObjectNode run(String op, Arguments arguments) throws Exception {
		return switch (op) {
			case "info" -> info();
			case "dial" -> dial(arguments);
			case "hangup" -> hangup(arguments);
			case "conns" -> conns(arguments);
			case "peerInfo" -> peerInfo(arguments);
			case "idPush" -> idPush(arguments);
			case "ping" -> this.streams.ping(arguments);
			case "echo" -> this.streams.echo(arguments);
			case "echoMany" -> this.streams.echoMany(arguments);
			case "hold" -> this.streams.hold(arguments);
			case "release" -> this.streams.release(arguments);
			case "sink" -> this.streams.sink(arguments);
			case "uploadMany" -> this.streams.uploadMany(arguments);
			case "half" -> this.streams.half(arguments);
			case "reset" -> this.streams.reset(arguments);
			case "slow" -> this.streams.slow(arguments);
			case "exchange" -> this.streams.exchange(arguments);
			case "propose" -> this.streams.propose(arguments, arguments.texts("protos", List.of()));
			case "unsupported" -> this.streams.propose(arguments, List.of("/lip/nobody/1.0.0"));
			case "perf" -> this.streams.perf(arguments);
			case "connectMany" -> this.many.connect(arguments);
			case "memory" -> Memory.retained();
			case "allocated" -> Memory.allocated();
			case "dgOpen" -> this.datagrams.open(arguments, connected(arguments));
			case "dgSend" -> this.datagrams.send(arguments, connected(arguments));
			case "dgStats" -> this.datagrams.stats(arguments, StreamOps.peer(arguments));
			case "subscribe" -> pubsub().subscribe(arguments);
			case "unsubscribe" -> pubsub().unsubscribe(arguments);
			case "publish" -> pubsub().publish(arguments);
			case "mesh" -> pubsub().mesh(arguments);
			case "sendPart" -> pubsub().sendPart(arguments);
			default -> this.kad.run(op, arguments);
		};
	}

	private PubSubOps pubsub() throws OpFailure {
		return this.pubsub.orElseThrow(() -> new OpFailure("unsupported", "Started without pubsub"));
	}

	private AddrInfo connected(Arguments arguments) throws OpFailure {
		return AddrInfo.of(this.streams.connection(arguments).remotePeer());
	}

	ObjectNode info() {
		ObjectNode result = object().put("peer", this.node.peerId().toString())
			.put("pub", hex(this.node.publicKey().encoded()));
		ArrayNode addresses = result.putArray("addrs");
		this.node.listenAddresses().forEach((address) -> addresses.add(address + "/p2p/" + this.node.peerId()));
		return addProtocols(result, this.node.protocols());
	}

	private ObjectNode dial(Arguments arguments) throws Exception {
		long begun = System.nanoTime();
		List<String> targets = new ArrayList<>(arguments.texts("addrs", List.of()));
		if (arguments.has("addr")) {
			targets.add(arguments.text("addr"));
		}
		List<AddrInfo> infos = targets.isEmpty() ? List.of(new AddrInfo(StreamOps.peer(arguments), List.of()))
				: targets.stream().map(AddrInfo::parse).toList();
		if (infos.stream().map(AddrInfo::id).distinct().count() != 1) {
			throw new OpFailure("args", "Addresses of one peer are needed, were " + targets);
		}
		PeerId peer = infos.get(0).id();
		List<Multiaddr> addresses = infos.stream().flatMap((info) -> info.addresses().stream()).toList();
		this.node.connect(new AddrInfo(peer, addresses), arguments.timeout());
		Connection connection = this.node.connection(peer)
			.orElseThrow(() -> new OpFailure("closed", "The connection to " + peer + " ended at once"));
		return describe(connection).put("ms", StreamOps.millisSince(begun));
	}

	/** Connects, waits until the other side has told about itself, and hangs up. */
	void connectOnce(AddrInfo target, Duration timeout, boolean stay) throws Exception {
		this.node.connect(target, timeout);
		Connection connection = this.node.connection(target.id())
			.orElseThrow(() -> new OpFailure("closed", "The connection ended at once"));
		if (!latch(connection).await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
			throw new OpFailure("timeout", "Not identified within " + timeout);
		}
		if (!stay) {
			this.node.disconnect(target.id());
		}
	}

	private ObjectNode hangup(Arguments arguments) throws OpFailure {
		PeerId peer = StreamOps.peer(arguments);
		long open = this.node.connections().stream().filter((each) -> each.remotePeer().equals(peer)).count();
		this.node.disconnect(peer);
		return object().put("closed", open);
	}

	private ObjectNode conns(Arguments arguments) throws OpFailure {
		String peer = arguments.text("peer", "");
		ObjectNode result = object();
		ArrayNode list = result.putArray("conns");
		this.node.connections()
			.stream()
			.filter((each) -> peer.isEmpty() || each.remotePeer().toString().equals(peer))
			.forEach((each) -> list.add(describe(each)));
		return result;
	}

	private ObjectNode peerInfo(Arguments arguments) throws Exception {
		if (!this.node.protocols().contains(IDENTIFY)) {
			throw new OpFailure("unsupported", "The node has no identify");
		}
		Connection connection = this.streams.connection(arguments);
		if (!latch(connection).await(arguments.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
			throw new OpFailure("timeout", "Not identified within " + arguments.timeout());
		}
		ObjectNode told = describeIdentity(connection);
		told.set("addrs", told.remove("listen"));
		return told;
	}

	private ObjectNode idPush(Arguments arguments) {
		arguments.texts("add", List.of())
			.forEach((name) -> this.handlers.serve(this.node, ProtocolPath.of(name), Handlers::echo));
		arguments.texts("remove", List.of()).forEach((name) -> this.node.unmountProtocol(ProtocolPath.of(name)));
		return addProtocols(object(), this.node.protocols());
	}

	private ObjectNode describeIdentity(Connection connection) {
		PeerId peer = connection.remotePeer();
		PeerStore store = this.node.peerStore();
		ObjectNode fields = object().put("peer", peer.toString())
			.put("agent", store.metadata(peer, "agentVersion").orElse(null))
			.put("proto", store.metadata(peer, "protocolVersion").orElse(null))
			.put("signed", store.record(peer).isPresent())
			.putNull("push");
		ArrayNode listen = fields.putArray("listen");
		store.addresses(peer).forEach((address) -> listen.add(address.toString()));
		Optional<Multiaddr> observed = this.node.observedAddresses().stream().findFirst();
		fields.put("observed", observed.map(Multiaddr::toString).orElse(null));
		return addProtocols(fields, store.protocols(peer));
	}

	private static ObjectNode describe(Connection connection) {
		ObjectNode fields = describeShort(connection).put("enc", connection.security().orElse(""))
			.put("mux", connection.muxer().orElse(""))
			.put("streams", connection.streams());
		return connection.muxer().isPresent() ? fields.put("early", connection.isEarlyMuxer())
				: fields.putNull("early");
	}

	private static ObjectNode describeShort(Connection connection) {
		return object().put("peer", connection.remotePeer().toString())
			.put("addr", connection.remoteAddress().toString())
			.put("dir", (connection.direction() == Direction.INBOUND) ? "in" : "out");
	}

	private static ObjectNode addProtocols(ObjectNode fields, Set<ProtocolPath> protocols) {
		ArrayNode list = fields.putArray("protocols");
		protocols.stream().sorted().forEach((path) -> list.add(path.value()));
		return fields;
	}

	private static String hex(ByteBuffer bytes) {
		byte[] copy = new byte[bytes.remaining()];
		bytes.duplicate().get(copy);
		return HexFormat.of().formatHex(copy);
	}

	private static ObjectNode object() {
		return JsonNodeFactory.instance.objectNode();
	}

	@Override
	public void close() {
		this.many.close();
		this.kad.close();
		this.pubsub.ifPresent(PubSubOps::close);
		this.node.close();
	}

}
