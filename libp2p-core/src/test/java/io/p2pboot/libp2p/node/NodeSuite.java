package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.netty.NettyNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A suite with a node that listens and one that dials it.
 */
@Timeout(60)
abstract class NodeSuite {

	private static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();

	private final List<NettyNode> nodes = new ArrayList<>();

	final ExecutorService executor = Executors.newCachedThreadPool();

	final NodeEvents serverEvents = new NodeEvents();

	final NodeEvents clientEvents = new NodeEvents();

	NettyNode server;

	NettyNode client;

	/** How the nodes reach each other. */
	abstract NodeLink link();

	@BeforeEach
	void startNodes() throws IOException {
		this.server = started(serverBuilder());
		this.client = started(clientBuilder());
	}

	NodeBuilder serverBuilder() {
		return link().server().observer(this.serverEvents).shutdownGrace(Duration.ZERO);
	}

	NodeBuilder clientBuilder() {
		return link().client().observer(this.clientEvents).shutdownGrace(Duration.ZERO);
	}

	/** Starts one more node, which ends with the test. */
	final NettyNode started(NodeBuilder builder) throws IOException {
		NettyNode node = builder.start();
		this.nodes.add(node);
		return node;
	}

	@AfterEach
	void closeNodes() throws InterruptedException {
		this.nodes.forEach(NettyNode::close);
		for (NettyNode node : this.nodes) {
			assertThat(node.usage()).as("what %s has not given back", node).isEqualTo(ResourceUsage.NOTHING);
		}
		this.executor.shutdownNow();
		if (!this.executor.awaitTermination(20, TimeUnit.SECONDS)) {
			throw new AssertionError("A thread of the test hangs");
		}
	}

	/** Waits for what comes about without a call to wait for. */
	static void eventually(String what, BooleanSupplier condition) {
		long start = System.nanoTime();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - start > PATIENCE_NANOS) {
				throw new AssertionError("Not within 20 s: " + what);
			}
			LockSupport.parkNanos(1_000_000);
		}
	}

}
