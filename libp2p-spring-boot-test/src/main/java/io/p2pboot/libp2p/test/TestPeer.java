package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.payload.BytesConverter;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.spring.payload.ProtobufConverter;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;

import org.springframework.scheduling.concurrent.CustomizableThreadFactory;

/**
 * Another node, for a test to talk to the application's with: over memory and TCP, with
 * an identity of its own. Thread-safe; its calls block. Closing it ends its connections.
 */
public final class TestPeer implements AutoCloseable {

	private static final int MAX_MESSAGE_BYTES = 16 << 20;

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private final Node app;

	private final NettyNode node;

	private final Libp2pTemplate template;

	private final ExecutorService handlers;

	private final PrivateKey identity;

	private final MessageCodec codec;

	private TestPeer(Node app, NettyNode node, PrivateKey identity, MessageCodec codec) {
		this.app = app;
		this.node = node;
		this.identity = identity;
		this.codec = codec;
		this.template = new Libp2pTemplate(node, codec);
		CustomizableThreadFactory threads = new CustomizableThreadFactory("libp2p-test-peer-");
		threads.setDaemon(true);
		this.handlers = Executors.newCachedThreadPool(threads);
	}

	/**
	 * Creates a peer on the network of this process, with messages of bytes, text and
	 * protobuf.
	 * @param app the application's node
	 * @return a running peer
	 * @throws IOException if it could not be started
	 */
	public static TestPeer create(Node app) throws IOException {
		return create(app, PrivateKey.generate());
	}

	/**
	 * Creates a peer of a given identity, as {@link #create(Node)} does: for an
	 * application that knows whom it lets in.
	 * @param app the application's node
	 * @param identity the peer's key
	 * @return a running peer
	 * @throws IOException if it could not be started
	 */
	public static TestPeer create(Node app, PrivateKey identity) throws IOException {
		return create(app, identity, MemoryNetwork.global(),
				new MessageCodec(List.of(new BytesConverter(), new ProtobufConverter()), PayloadFormat.JSON,
						MAX_MESSAGE_BYTES, TIMEOUT));
	}

	/**
	 * Creates a peer.
	 * @param app the application's node
	 * @param network the network in memory
	 * @param codec reads and writes messages, for example the application's
	 * @return a running peer
	 * @throws IOException if it could not be started
	 */
	public static TestPeer create(Node app, MemoryNetwork network, MessageCodec codec) throws IOException {
		return create(app, PrivateKey.generate(), network, codec);
	}

	private static TestPeer create(Node app, PrivateKey identity, MemoryNetwork network, MessageCodec codec)
			throws IOException {
		NettyNode node = NodeBuilder.create()
			.identity(identity)
			.transport(new MemoryTransport(network))
			.transport(new TcpTransport())
			.listen("/memory/0")
			.agentVersion("test-peer")
			.shutdownGrace(Duration.ZERO)
			.start();
		return new TestPeer(app, node, identity, codec);
	}

	/**
	 * Returns this peer's node.
	 * @return the node
	 */
	public Node node() {
		return this.node;
	}

	NettyNode nettyNode() {
		return this.node;
	}

	PrivateKey identity() {
		return this.identity;
	}

	MessageCodec codec() {
		return this.codec;
	}

	/**
	 * Returns who this peer is.
	 * @return the peer id
	 */
	public PeerId peerId() {
		return this.node.peerId();
	}

	/**
	 * Returns this peer's address, for the application to call.
	 * @return the id with the address
	 */
	public AddrInfo address() {
		return new AddrInfo(this.node.peerId(), this.node.listenAddresses());
	}

	/**
	 * Returns where the application's node listens.
	 * @return its id with its bound addresses
	 */
	public AddrInfo app() {
		return new AddrInfo(this.app.peerId(), this.app.listenAddresses());
	}

	/**
	 * Returns the template of this peer, for what is not here.
	 * @return the template
	 */
	public Libp2pTemplate template() {
		return this.template;
	}

	/**
	 * Connects to the application.
	 * @throws IOException if it could not be connected
	 */
	public void connect() throws IOException {
		this.node.connect(app());
	}

	/**
	 * Opens a stream to the application.
	 * @param path the protocol
	 * @return the stream, for the caller to close
	 * @throws IOException if it was refused or could not be connected
	 */
	public Stream openStream(String path) throws IOException {
		return this.template.openStream(app(), path);
	}

	/**
	 * Sends a message to the application and waits for its reply.
	 * @param <T> the type of the reply
	 * @param path the protocol
	 * @param body the message
	 * @param replyType the type of the reply
	 * @return the reply
	 * @throws IOException as {@link Libp2pTemplate#request}
	 */
	public <T> T request(String path, Object body, Class<T> replyType) throws IOException {
		return this.template.request(app(), path, body, replyType);
	}

	/**
	 * Sends a datagram to the application.
	 * @param path the protocol
	 * @param payload the bytes that remain; consumed
	 * @throws IOException as {@link Libp2pTemplate#sendDatagram}
	 */
	public void sendDatagram(String path, ByteBuffer payload) throws IOException {
		this.template.sendDatagram(app(), path, payload);
	}

	/**
	 * Serves streams, for the application to open.
	 * @param path the protocol
	 * @param handler the handler
	 */
	public void serve(String path, StreamHandler handler) {
		this.node.mountProtocol(ProtocolPath.of(path), StreamProtocol.create()).serve(this.handlers, handler);
	}

	/**
	 * Serves datagrams, for the application to send.
	 * @param path the protocol
	 * @param handler the handler
	 */
	public void serveDatagrams(String path, DatagramHandler handler) {
		this.node.mountProtocol(ProtocolPath.of(path), DatagramProtocol.create()).serve(this.handlers, handler);
	}

	@Override
	public void close() {
		this.node.close();
		this.handlers.shutdownNow();
	}

}
