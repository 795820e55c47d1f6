package io.p2pboot.libp2p.benchmarks.metrics;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.metrics.NodeMetrics;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One event of a node, counted in a Prometheus registry. With {@code -prof gc} JMH tells
 * the bytes that it allocates.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NodeMetricsBenchmark {

	private static final ProtocolPath PATH = ProtocolPath.of("/echo/1.0.0");

	private static final Duration TIME = Duration.ofMillis(3);

	private final NettyNode node = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").build();

	private final NettyNode peer = NodeBuilder.create().build();

	private final NodeMetrics metrics = new NodeMetrics(() -> this.node, true, 100);

	/** Set before anything is measured. */
	@SuppressWarnings("NullAway.Init")
	private Connection connection;

	/**
	 * Connects two nodes.
	 * @throws IOException if that fails
	 */
	@Setup
	public void start() throws IOException {
		this.metrics.bindTo(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
		this.node.mountProtocol(PATH, StreamProtocol.create());
		this.node.start();
		this.peer.start();
		this.peer.connect(this.node.addrInfo());
		this.connection = this.peer.connections().get(0);
	}

	/**
	 * Ends both nodes.
	 */
	@TearDown
	public void stop() {
		this.peer.close();
		this.node.close();
	}

	/**
	 * A frame of a stream.
	 */
	@Benchmark
	public void frame() {
		this.metrics.bytesMoved(PATH, Direction.INBOUND, 1024);
	}

	/**
	 * A stream, from its begin to its end.
	 */
	@Benchmark
	public void stream() {
		this.metrics.streamOpened(this.connection, PATH, Direction.INBOUND);
		this.metrics.streamClosed(this.connection, PATH, Direction.INBOUND);
	}

	/**
	 * A datagram.
	 */
	@Benchmark
	public void datagram() {
		this.metrics.datagram(PATH, Direction.INBOUND);
	}

	/**
	 * A connection, from its begin to its end.
	 */
	@Benchmark
	public void connection() {
		this.metrics.connectionOpened(this.connection, TIME);
		this.metrics.connectionClosed(this.connection, TIME);
	}

}
