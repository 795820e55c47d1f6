package io.p2pboot.libp2p.interop.matrix;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.security.SecurityProtocol;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;

/**
 * The node of one side, with the one transport and security protocol that the matrix asks
 * for. Thread-safe.
 */
final class MatrixNode implements AutoCloseable {

	/** How long identify may take before a dialer goes on without it. */
	private static final Duration IDENTIFY_TIMEOUT = Duration.ofSeconds(5);

	/** Under which name the peer store has what a peer calls itself. */
	private static final String AGENT = "agentVersion";

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "matrix");
		thread.setDaemon(true);
		return thread;
	});

	private final CompletableFuture<Connection> identified = new CompletableFuture<>();

	private final NettyNode node;

	private final Proof proof;

	private MatrixNode(NettyNode node, Proof proof) {
		this.node = node;
		this.proof = proof;
	}

	static MatrixNode start(MatrixEnvironment environment, Proof proof) throws IOException {
		NodeBuilder builder = NodeBuilder.create()
			.agentVersion("p2pboot-matrix")
			.shutdownGrace(Duration.ofMillis(100))
			.transport(transport(environment.transport()));
		environment.security().ifPresent((name) -> builder.security(security(name)));
		if (!environment.dialer()) {
			builder.listen(listenAddress(environment));
		}
		MatrixNode side = new MatrixNode(builder.build(), proof);
		proof.self(side.node.peerId());
		side.node.addConnectionListener(side.listener());
		side.node.mountProtocol(PerfDialer.PATH, StreamProtocol.create())
			.serve(side.threads, new PerfListener((peer) -> side.node.peerStore().metadata(peer, AGENT), proof));
		try {
			side.node.start();
			return side;
		}
		catch (IOException | RuntimeException ex) {
			side.close();
			throw ex;
		}
	}

	private static Transport transport(String name) throws SSLException {
		return switch (name) {
			case "tcp" -> new TcpTransport();
			case "ws" -> new WebSocketTransport();
			case "wss" -> new WebSocketTransport(UnverifiedTls.webSocket());
			case "quic-v1" -> new QuicTransport();
			default -> throw new IllegalArgumentException("TRANSPORT must be tcp, ws, wss or quic-v1, was " + name);
		};
	}

	private static String listenAddress(MatrixEnvironment environment) {
		String host = "/ip4/" + environment.listenHost();
		return switch (environment.transport()) {
			case "ws" -> host + "/tcp/0/ws";
			case "wss" -> host + "/tcp/0/tls/ws";
			case "quic-v1" -> host + "/udp/0/quic-v1";
			default -> host + "/tcp/0";
		};
	}

	private static SecurityProtocol security(String name) {
		return switch (name) {
			case "noise" -> new NoiseSecurity();
			case "tls" -> TlsSecurity.create(Clock.systemUTC());
			default -> throw new IllegalArgumentException("SECURE_CHANNEL must be noise or tls, was " + name);
		};
	}

	private ConnectionListener listener() {
		return new ConnectionListener() {

			@Override
			public void connected(Connection connection) {
				MatrixNode.this.proof.opened(connection);
			}

			@Override
			public void identified(Connection connection) {
				MatrixNode.this.identified.complete(connection);
			}

		};
	}

	Node node() {
		return this.node;
	}

	/** An address that another host can dial, with the peer id. */
	String publishedAddress() {
		Multiaddr address = this.node.addrInfo()
			.addresses()
			.stream()
			.filter((each) -> !isLoopback(each))
			.findFirst()
			.orElseGet(() -> this.node.addrInfo().addresses().get(0));
		return address + "/p2p/" + this.node.peerId();
	}

	private static boolean isLoopback(Multiaddr address) {
		return address.ipSocketAddress().map((socket) -> socket.getAddress().isLoopbackAddress()).orElse(false);
	}

	/** The form of perf that the listener understands; waits until it is identified. */
	PerfForm perfForm(AddrInfo peer) throws IOException {
		try {
			this.identified.get(IDENTIFY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			return PerfForm.SPECIFICATION;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while identifying the listener", ex);
		}
		catch (ExecutionException ex) {
			throw new IOException("The listener was not identified", ex);
		}
		return PerfForm.ofListener(this.node.peerStore().metadata(peer.id(), AGENT));
	}

	@Override
	public void close() {
		this.node.close();
		this.threads.shutdownNow();
	}

}
