package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.netty.buffer.PooledByteBufAllocator;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * DIAL-leak: whatever becomes of a dial, nothing of it is left. Descriptors are counted
 * where {@code /proc} lists them.
 */
@EnabledOnOs(OS.LINUX)
abstract class DialLeakConformance extends NodeSuite {

	/** How many dials of each outcome, unless a suite says otherwise. */
	private static final int DIALS = 60;

	private static final int WARM_UP = 10;

	/** How many dials of each outcome are counted; others come before them. */
	int dials() {
		return DIALS;
	}

	/** How many dials that nobody answers are made at once. */
	int unansweredAtOnce() {
		return 1;
	}

	private static long descriptors() {
		try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
			return open.count();
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private static int threads() {
		return Thread.getAllStackTraces().size();
	}

	private static long directBytes() {
		return PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
	}

	/** Repeats a dial, and checks that what it took is given back. */
	private void repeat(Callable<?> dial) throws Exception {
		repeat(WARM_UP, dials(), dial);
	}

	private void repeat(int warmUp, int times, Callable<?> dial) throws Exception {
		for (int i = 0; i < warmUp; i++) {
			dial.call();
		}
		eventually("no connection", () -> this.server.connections().isEmpty() && this.client.connections().isEmpty());
		long descriptors = descriptors();
		int threads = threads();
		long direct = directBytes();
		for (int i = 0; i < times; i++) {
			dial.call();
		}
		eventually("no connection", () -> this.server.connections().isEmpty() && this.client.connections().isEmpty());
		eventually("descriptors back", () -> descriptors() <= descriptors + 2);
		// Handlers' and events' threads stay for 30 s, as many as ran at once; a thread a
		// dial would show as more.
		eventually("threads back", () -> threads() <= threads + Math.max(16, times / 4));
		// Pools grow in chunks of 4 MiB; a buffer a dial would show as more.
		assertThat(directBytes()).isLessThanOrEqualTo(direct + (16 << 20));
	}

	@Test
	void dialsThatAreRefused() throws Exception {
		NettyNode gone = started(link().server());
		List<Multiaddr> addresses = gone.addrInfo().addresses();
		gone.close();
		int atOnce = unansweredAtOnce();
		repeat(Math.max(1, WARM_UP / atOnce), dials() / atOnce, () -> {
			List<io.netty.util.concurrent.Future<Connection>> dialling = new ArrayList<>();
			for (int i = 0; i < atOnce; i++) {
				dialling.add(this.client.connectAsync(new AddrInfo(stranger(), addresses)));
			}
			for (io.netty.util.concurrent.Future<Connection> each : dialling) {
				eventually("ended", each::isDone);
				assertThat(each.cause()).isInstanceOf(IOException.class);
			}
			return null;
		});
	}

	private static PeerId stranger() {
		return PeerId.of(PrivateKey.generate().publicKey());
	}

	@Test
	void dialsThatMeetTheWrongPeer() throws Exception {
		AddrInfo wrong = new AddrInfo(stranger(), this.server.addrInfo().addresses());
		repeat(() -> assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.client.connect(wrong)));
	}

	@Test
	void dialsThatSucceedAndAreClosed() throws Exception {
		repeat(() -> {
			this.client.connect(this.server.addrInfo());
			this.client.disconnect(this.server.peerId());
			eventually("closed", () -> this.client.connections().isEmpty());
			return null;
		});
	}

	@Test
	void dialsThatAreCancelledAtAnyTime() throws Exception {
		int[] round = new int[1];
		repeat(() -> {
			io.netty.util.concurrent.Future<Connection> dial = this.client.connectAsync(this.server.addrInfo());
			for (int spin = 0; spin < 20_000 * (round[0] % 20); spin++) {
				Thread.onSpinWait();
			}
			round[0]++;
			if (!dial.cancel(true)) {
				this.client.disconnect(this.server.peerId());
			}
			eventually("ended", () -> this.clientEvents.dialsCompleted.get() >= round[0]);
			this.client.disconnect(this.server.peerId());
			// What is still open would make a further dial unnecessary.
			eventually("closed", () -> this.client.connections().isEmpty());
			return null;
		});
	}

	@Test
	void dialsThatAreInterrupted() throws Exception {
		repeat(() -> {
			Future<Object> dialling = this.executor.submit(() -> {
				Thread.currentThread().interrupt();
				this.client.connect(this.server.addrInfo());
				return null;
			});
			try {
				dialling.get(20, TimeUnit.SECONDS);
			}
			catch (ExecutionException ex) {
				assertThat(ex).hasCauseInstanceOf(IOException.class);
			}
			this.client.disconnect(this.server.peerId());
			return null;
		});
	}

	// T35: the losers are cancelled and closed
	@Test
	void dialsThatLoseARace() throws Exception {
		List<NettyNode> others = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			others.add(started(link().server()));
		}
		List<Multiaddr> addresses = new ArrayList<>();
		others.forEach((other) -> addresses.addAll(other.addrInfo().addresses()));
		addresses.addAll(this.server.addrInfo().addresses());
		AddrInfo raced = new AddrInfo(this.server.peerId(), addresses);
		repeat(() -> {
			this.client.connect(raced, Duration.ofSeconds(20));
			assertThat(this.client.connections()).hasSize(1);
			this.client.disconnect(this.server.peerId());
			eventually("closed", () -> this.client.connections().isEmpty());
			return null;
		});
		for (NettyNode other : others) {
			eventually("losers closed", () -> other.connections().isEmpty());
		}
	}

}
