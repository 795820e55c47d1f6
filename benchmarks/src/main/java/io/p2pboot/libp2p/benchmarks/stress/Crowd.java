package io.p2pboot.libp2p.benchmarks.stress;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionLimits;

/**
 * Bars B15 and B27: a thousand peers are connected with a hundred open streams each; the
 * node that serves them closes within 5 s and has given everything back, and another
 * takes its port at once.
 */
public final class Crowd {

	private static final ProtocolPath HELD = ProtocolPath.of("/crowd/held/1.0.0");

	private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

	private Crowd() {
	}

	/**
	 * Opens and closes.
	 * @param arguments how many peers, and how many streams each
	 * @throws IOException if a node does not start or connect
	 * @throws InterruptedException if the thread is interrupted
	 */
	public static void main(String... arguments) throws IOException, InterruptedException {
		System.exit(run(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1])) ? 0 : 1);
	}

	private static NettyNode server(Multiaddr address, int peers) throws IOException {
		NettyNode server = NodeBuilder.create()
			.listen(List.of(address))
			.addressLimits(AddressLimits.NONE)
			.limits(ConnectionLimits.DEFAULT.withConnections(peers + 16))
			.shutdownGrace(Duration.ZERO)
			.start();
		server.mountStreams(HELD, (stream) -> {
		});
		return server;
	}

	private static boolean run(int peers, int streams) throws IOException, InterruptedException {
		NettyNode server = server(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"), peers);
		Multiaddr address = server.listenAddresses().get(0);
		AddrInfo target = server.addrInfo();
		Footprint before = Footprint.take();
		List<NettyNode> clients = new ArrayList<>();
		long began = System.nanoTime();
		for (int i = 0; i < peers; i++) {
			NettyNode client = NodeBuilder.create().eventLoopThreads(1).shutdownGrace(Duration.ZERO).start();
			client.connect(target);
			clients.add(client);
		}
		double connectSeconds = (System.nanoTime() - began) / 1e9;
		began = System.nanoTime();
		for (NettyNode client : clients) {
			open(client, target, streams);
		}
		double openSeconds = (System.nanoTime() - began) / 1e9;
		ResourceUsage usage = server.usage();
		Footprint full = Footprint.take();
		System.out.println(usage);
		began = System.nanoTime();
		server.close();
		long closeNanos = System.nanoTime() - began;
		boolean empty = server.usage().equals(ResourceUsage.NOTHING);
		try (NettyNode again = server(address, peers)) {
			clients.get(0).connect(again.addrInfo());
		}
		clients.forEach(NettyNode::close);
		boolean held = usage.inboundConnections() == peers && usage.inboundStreams() >= (long) peers * streams && empty
				&& closeNanos <= LONGEST_CLOSE.toNanos();
		System.out.printf(
				"B15, B27: %d connections in %.1f s, %d streams in %.1f s, %.1f KiB of heap for a stream and both ends; closed in %d ms, port taken again%n",
				usage.inboundConnections(), connectSeconds, usage.inboundStreams(), openSeconds,
				(full.heapBytes() - before.heapBytes()) / 1024.0 / peers / streams, closeNanos / 1_000_000);
		return held;
	}

	private static void open(NettyNode client, AddrInfo target, int streams) throws IOException, InterruptedException {
		List<Future<StreamChannel>> opening = new ArrayList<>();
		Connection connection = client.connect(target);
		for (int i = 0; i < streams; i++) {
			Future<StreamChannel> opened = client.openStream(connection, List.of(HELD), (stream) -> {
			});
			opening.add(opened);
			if (i % 16 == 15) {
				await(opening);
			}
		}
		await(opening);
	}

	/** Not more at once than a peer negotiates. */
	private static void await(List<Future<StreamChannel>> opening) throws IOException, InterruptedException {
		for (Future<StreamChannel> opened : opening) {
			if (!opened.await().isSuccess()) {
				throw new IOException(opened.cause());
			}
		}
		opening.clear();
	}

}
