package io.p2pboot.libp2p.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.sun.management.OperatingSystemMXBean;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.security.tls.TlsSecurity;

/**
 * What a node costs in a fresh process: its start, and its first connections until
 * identify has told about the peer, both ends in this process. Prints lines of a title, a
 * tab, milliseconds that passed, a tab and milliseconds of processor time.
 */
public final class NodeStart {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final int STARTS = 30;

	private static final int CONNECTIONS = 200;

	private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory
		.getOperatingSystemMXBean();

	private NodeStart() {
	}

	private interface Step {

		void run() throws IOException, InterruptedException;

	}

	/**
	 * Measures and prints.
	 * @param arguments {@code start}, or {@code tcp-noise}, {@code tcp-tls} or
	 * {@code quic-v1} for connections
	 * @throws IOException if a node does not start or connect
	 * @throws InterruptedException if the thread is interrupted
	 */
	public static void main(String... arguments) throws IOException, InterruptedException {
		String what = (arguments.length > 0) ? arguments[0] : "start";
		if (what.equals("start")) {
			starts();
		}
		else {
			connections(what);
		}
	}

	private static void starts() throws IOException, InterruptedException {
		started("first start", 1);
		started("second start", 1);
		started("the next starts, each", STARTS);
		started("further starts, each", STARTS);
	}

	/** Starts are measured, ends are not. */
	private static void started(String title, int times) throws IOException, InterruptedException {
		List<NettyNode> nodes = new ArrayList<>();
		measure(title, () -> nodes.add(node("both")), times);
		nodes.forEach(NettyNode::close);
	}

	private static void connections(String transport) throws IOException, InterruptedException {
		try (NettyNode listener = node(transport); NettyNode dialer = node(transport)) {
			Identified identified = new Identified();
			dialer.addConnectionListener(identified);
			Step connect = () -> {
				identified.next = new CountDownLatch(1);
				dialer.connect(new AddrInfo(listener.peerId(), listener.listenAddresses()), TIMEOUT);
				if (!identified.next.await(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
					throw new IOException("Not identified within " + TIMEOUT);
				}
				dialer.disconnect(listener.peerId());
			};
			measure("first connection, " + transport, connect, 1);
			measure("second connection, " + transport, connect, 1);
			measure("connections 3 to 202, each, " + transport, connect, CONNECTIONS);
			measure("connections 203 to 402, each, " + transport, connect, CONNECTIONS);
		}
	}

	private static NettyNode node(String transport) throws IOException {
		NodeBuilder builder = NodeBuilder.create()
			.identity(PrivateKey.generate())
			.shutdownGrace(Duration.ZERO)
			.listen(addresses(transport));
		if (transport.equals("tcp-noise")) {
			builder.security(new NoiseSecurity());
		}
		else if (transport.equals("tcp-tls")) {
			builder.security(TlsSecurity.create(java.time.Clock.systemUTC()));
		}
		return builder.start();
	}

	private static List<Multiaddr> addresses(String transport) {
		Multiaddr tcp = Multiaddr.parse("/ip4/127.0.0.1/tcp/0");
		Multiaddr quic = Multiaddr.parse("/ip4/127.0.0.1/udp/0/quic-v1");
		return transport.equals("both") ? List.of(tcp, quic) : List.of(transport.equals("quic-v1") ? quic : tcp);
	}

	private static void measure(String title, Step step, int times) throws IOException, InterruptedException {
		long begun = System.nanoTime();
		long spent = SYSTEM.getProcessCpuTime();
		for (int i = 0; i < times; i++) {
			step.run();
		}
		double passed = (System.nanoTime() - begun) / 1e6 / times;
		double used = (SYSTEM.getProcessCpuTime() - spent) / 1e6 / times;
		System.out.printf(Locale.ROOT, "%s\t%.1f\t%.1f%n", title, passed, used);
	}

	/** Counts a latch down when a peer is identified. */
	private static final class Identified implements ConnectionListener {

		private volatile CountDownLatch next = new CountDownLatch(1);

		@Override
		public void identified(Connection connection) {
			this.next.countDown();
		}

	}

}
