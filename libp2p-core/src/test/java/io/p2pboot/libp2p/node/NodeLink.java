package io.p2pboot.libp2p.node;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.p2pboot.libp2p.security.tls.TlsSecurity;
import io.p2pboot.libp2p.transport.TestCertificate;
import io.p2pboot.libp2p.transport.Transport;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.transport.websocket.WebSocketConfig;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;

/**
 * How the nodes of a suite reach each other.
 */
enum NodeLink {

	/** TCP, Noise, yamux. */
	TCP("/ip4/127.0.0.1/tcp/0") {

		@Override
		Transport transport() {
			return new TcpTransport();
		}

	},

	/** WebSocket, Noise, yamux. */
	WS("/ip4/127.0.0.1/tcp/0/ws") {

		@Override
		Transport transport() {
			return new WebSocketTransport();
		}

	},

	/** QUIC, which secures and multiplexes by itself. */
	QUIC("/ip4/127.0.0.1/udp/0/quic-v1") {

		@Override
		Transport transport() {
			// Small windows, so that writers block; nothing answers at a port that is
			// free.
			return new QuicTransport(QuicConfig.DEFAULT.withStreams(256, 256 << 10, 8 << 20)
				.withTimeouts(Duration.ofSeconds(3), QuicConfig.DEFAULT_IDLE_TIMEOUT, QuicConfig.DEFAULT_KEEP_ALIVE));
		}

	},

	/** TCP, TLS, yamux. */
	TCP_TLS("/ip4/127.0.0.1/tcp/0", "/tls/1.0.0") {

		@Override
		Transport transport() {
			return new TcpTransport();
		}

	},

	/** WebSocket, TLS of libp2p, yamux. */
	WS_TLS("/ip4/127.0.0.1/tcp/0/ws", "/tls/1.0.0") {

		@Override
		Transport transport() {
			return new WebSocketTransport();
		}

	},

	/** WebSocket over TLS, Noise, yamux. */
	WSS("/ip4/127.0.0.1/tcp/0/tls/ws") {

		@Override
		Transport transport() {
			return Certified.transport();
		}

		@Override
		String label() {
			return "wss";
		}

	},

	/** WebSocket over TLS, TLS of libp2p, yamux. */
	WSS_TLS("/ip4/127.0.0.1/tcp/0/tls/ws", "/tls/1.0.0") {

		@Override
		Transport transport() {
			return Certified.transport();
		}

		@Override
		String label() {
			return "wss";
		}

	},

	/** Memory, TLS, yamux. */
	MEMORY_TLS("/memory/0", "/tls/1.0.0") {

		@Override
		Transport transport() {
			return new MemoryTransport(MemoryNetwork.global());
		}

	},

	/** Memory, Noise, yamux. */
	MEMORY("/memory/0") {

		@Override
		Transport transport() {
			return new MemoryTransport(MemoryNetwork.global());
		}

	},

	/** Memory, Noise, yamux, with datagrams beside the streams. */
	DATAGRAMS("/memory/0") {

		@Override
		Transport transport() {
			return new DatagramTransport(new MemoryTransport(MemoryNetwork.global()));
		}

	};

	private static final String NOISE = "/noise";

	private final String anyAddress;

	private final String security;

	NodeLink(String anyAddress) {
		this(anyAddress, "");
	}

	NodeLink(String anyAddress, String security) {
		this.anyAddress = anyAddress;
		this.security = security;
	}

	/** The label of connections. */
	String label() {
		return transport().name();
	}

	/** What secures connections; empty for QUIC. */
	Optional<String> security() {
		return (this == QUIC) ? Optional.empty() : Optional.of(this.security.isEmpty() ? NOISE : this.security);
	}

	/** A transport for one node. */
	abstract Transport transport();

	/** What to listen on. */
	String anyAddress() {
		return this.anyAddress;
	}

	/** A node that listens. */
	NodeBuilder server() {
		return client().listen(this.anyAddress);
	}

	/** A node that only dials. */
	NodeBuilder client() {
		NodeBuilder builder = NodeBuilder.create().transport(transport()).eventLoopThreads(2);
		return this.security.isEmpty() ? builder : builder.security(TlsSecurity.create(Clock.systemUTC()));
	}

	/** One certificate for all nodes, that they trust. */
	private static final class Certified {

		private static final TestCertificate CERTIFICATE = create();

		private Certified() {
		}

		private static TestCertificate create() {
			try {
				return TestCertificate.create("localhost");
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

		static Transport transport() {
			try {
				SslContext server = CERTIFICATE.server();
				SslContext client = CERTIFICATE.client();
				return new WebSocketTransport(
						WebSocketConfig.builder().serverTls(() -> server).clientTls(() -> client).build());
			}
			catch (SSLException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
