package io.p2pboot.libp2p.benchmarks.metrics;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.metrics.NodeMetrics;

/**
 * One process of {@link MetricsCost}: two nodes on this machine, with metrics or without,
 * and how fast one sends to the other and opens streams.
 */
public final class MeasuredRun {

	private static final ProtocolPath SINK = ProtocolPath.of("/sink/1.0.0");

	private static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	private static final int BLOCK_BYTES = 1 << 16;

	private MeasuredRun() {
	}

	/**
	 * Runs, and prints the two rates: MB/s and streams a second.
	 * @param arguments {@code on} or {@code off}, the MiB to send, the streams to open
	 * @throws IOException if a node fails
	 */
	public static void main(String... arguments) throws IOException {
		boolean measured = arguments[0].equals("on");
		int mebibytes = Integer.parseInt(arguments[1]);
		int streams = Integer.parseInt(arguments[2]);
		ExecutorService executor = Executors.newCachedThreadPool();
		try (NettyNode server = node(measured); NettyNode client = node(measured)) {
			server.mountProtocol(SINK, StreamProtocol.create()).serve(executor, MeasuredRun::drain);
			server.mountProtocol(ECHO, StreamProtocol.create())
				.serve(executor, (stream) -> stream.outputStream().write(stream.inputStream().read()));
			// The first round warms up.
			send(client, server, mebibytes);
			open(client, server, streams);
			double rate = send(client, server, mebibytes);
			double opens = open(client, server, streams);
			System.out.printf("%.1f %.1f%n", rate, opens);
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static NettyNode node(boolean measured) throws IOException {
		NodeBuilder builder = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0");
		if (!measured) {
			return builder.start();
		}
		Node[] node = new Node[1];
		NodeMetrics metrics = new NodeMetrics(() -> node[0], true, 100);
		metrics.bindTo(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
		NettyNode built = builder.observer(metrics).build();
		node[0] = built;
		built.start();
		return built;
	}

	private static void drain(Stream stream) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES);
		int read;
		do {
			read = stream.read(buffer.clear());
		}
		while (read >= 0);
		stream.outputStream().write(1);
	}

	private static double send(Node client, Node server, int mebibytes) throws IOException {
		byte[] block = new byte[BLOCK_BYTES];
		long bytes = (long) mebibytes << 20;
		long begun = System.nanoTime();
		try (Stream stream = client.openStream(server.addrInfo(), SINK)) {
			for (long sent = 0; sent < bytes; sent += block.length) {
				stream.write(ByteBuffer.wrap(block));
			}
			stream.closeWrite();
			if (stream.inputStream().read() != 1) {
				throw new IOException("The server did not answer");
			}
		}
		return bytes / 1e6 / ((System.nanoTime() - begun) / 1e9);
	}

	private static double open(Node client, Node server, int streams) throws IOException {
		long begun = System.nanoTime();
		for (int count = 0; count < streams; count++) {
			try (Stream stream = client.openStream(server.addrInfo(), ECHO)) {
				stream.outputStream().write(7);
				if (stream.inputStream().read() != 7) {
					throw new IOException("The server did not echo");
				}
			}
		}
		return streams / ((System.nanoTime() - begun) / 1e9);
	}

}
