package io.p2pboot.libp2p.interop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionListener;
import io.p2pboot.libp2p.guard.LoopWatch;
import io.p2pboot.libp2p.guard.NodeGuard;
import io.p2pboot.libp2p.guard.ResidentMemory;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Our node dials over QUIC and closes at every point of the handshake: each connection
 * ends in time, no event loop is held, and no memory grows. How often is the system
 * property {@code quic.closes}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class QuicCloseTest {

	private static final int CLOSES = Integer.getInteger("quic.closes", 400);

	private static final int WARM_UP = 100;

	/** A second for the peer to answer, and time for a loaded machine. */
	private static final long ENDED_SECONDS = 10;

	private static final long MOST_GROWTH_BYTES = 64 << 20;

	private static final int MOST_MILLIS = 50;

	private final BlockingQueue<Connection> ended = new LinkedBlockingQueue<>();

	/** When a connection is closed. */
	private enum Moment {

		DIALLING, CONNECTED, LATER, IDENTIFIED

	}

	/** Most are closed at once: what is only likely then needs many. */
	private static Moment moment(String stack, int index) {
		if (Quirks.stallsWhenDialsEndEarly(stack)) {
			return Moment.IDENTIFIED;
		}
		Moment[] all = Moment.values();
		return (index % (2 * all.length) < all.length) ? Moment.CONNECTED : all[index % all.length];
	}

	@ParameterizedTest
	@ValueSource(strings = { Stacks.RUST, Stacks.GO, Stacks.JS, Stacks.JAVA })
	void closesAtEveryPointEndInTime(String stack) throws Exception {
		Map<String, ?> quic = Map.of("transports", List.of("quic-v1"), "listen",
				List.of("/ip4/127.0.0.1/udp/0/quic-v1"));
		try (StartedPeer peer = StartedPeer.start(stack, quic); NettyNode node = dialler()) {
			node.start();
			AddrInfo address = AddrInfo.parse(peer.address());
			close(stack, node, address, WARM_UP);
			LoopWatch.instance().take(NodeGuard.LONGEST_TASK);
			long before = ResidentMemory.besideHeap().orElse(0);
			close(stack, node, address, CLOSES);
			long after = ResidentMemory.besideHeap().orElse(0);
			assertThat(LoopWatch.instance().take(NodeGuard.LONGEST_TASK)).as("tasks that held a loop").isEmpty();
			assertThat(after - before).as("growth outside the heap").isLessThan(MOST_GROWTH_BYTES);
		}
	}

	private NettyNode dialler() {
		NettyNode node = NodeBuilder.create().transport(new QuicTransport()).build();
		node.addConnectionListener(new ConnectionListener() {
			@Override
			public void disconnected(Connection connection) {
				QuicCloseTest.this.ended.add(connection);
			}
		});
		return node;
	}

	private void close(String stack, NettyNode node, AddrInfo peer, int count) throws Exception {
		for (int i = 0; i < count; i++) {
			Moment moment = moment(stack, i);
			int wait = i % (MOST_MILLIS + 1);
			Future<Connection> dial = node.connectAsync(peer);
			if (moment == Moment.DIALLING) {
				pause(wait * 100L);
				dial.cancel(false);
			}
			if (!dial.await(ENDED_SECONDS, TimeUnit.SECONDS)) {
				throw new AssertionError("Dial " + i + " does not end");
			}
			if (!dial.isSuccess()) {
				assertThat(dial.isCancelled()).as("dial " + i + ": " + dial.cause()).isTrue();
				continue;
			}
			if (moment == Moment.LATER) {
				pause(wait * 1000L);
			}
			if (moment == Moment.IDENTIFIED) {
				node.pingAsync(dial.getNow(), 1).await(ENDED_SECONDS, TimeUnit.SECONDS);
			}
			node.disconnect(peer.id());
			Connection told = this.ended.poll(ENDED_SECONDS, TimeUnit.SECONDS);
			assertThat(told).as("connection " + i + " ends").isNotNull();
		}
	}

	/** Waits for something that never comes. */
	private static void pause(long micros) throws InterruptedException {
		assertThat(new CountDownLatch(1).await(micros, TimeUnit.MICROSECONDS)).isFalse();
	}

}
