package io.p2pboot.libp2p.blocking;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.TestConnection;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Row 12 of what an attacker did: one peer opens 300 streams and says nothing. */
class SharedThreadsTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/share/1.0.0");

	private static final int MOST = 16;

	/** Threads that begin to run when the test says so. */
	private final Deque<Runnable> threads = new ArrayDeque<>();

	private final Map<String, PeerId> peers = new HashMap<>();

	private final List<String> served = new ArrayList<>();

	private final List<Waiting> reset = new ArrayList<>();

	private long now;

	private final SharedThreads shared = new SharedThreads(this.threads::add, MOST, () -> this.now);

	@Test
	void onePeerAloneLeavesAnEighthOfTheThreads() {
		for (int i = 0; i < MOST - MOST / SharedThreads.RESERVED_ONE_IN; i++) {
			open("greedy");
		}
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("greedy"))
			.withMessageContaining("which has 14 of 16");
		open("other");
		open("third");
		assertThat(this.threads).hasSize(MOST);
	}

	@Test
	void aPeerBelowItsShareGetsTheThreadOfASilentStreamOfOneAbove() {
		List<Waiting> silent = fill("greedy", "greedier");
		open("other");
		assertThat(this.reset).hasSize(1);
		assertThat(silent).contains(this.reset.get(0));
		assertThat(this.reset.get(0).peer).isEqualTo("greedy");
		runReset();
		assertThat(this.served).containsExactly("greedy", "other");
	}

	@Test
	void tenOthersAreServedWhileOnePeerOpensThreeHundredStreams() {
		for (int i = 0; i < 300; i++) {
			try {
				open("greedy").waitedNanos = 1;
			}
			catch (RejectedExecutionException ex) {
				assertThat(this.threads.size()).isGreaterThanOrEqualTo(14);
			}
			if (i % 30 == 29) {
				open("other " + i);
			}
		}
		assertThat(this.reset).hasSize(8).allMatch((stream) -> stream.peer.equals("greedy"));
	}

	@Test
	void aStreamThatHasBegunIsLeftAloneForItsPatience() {
		fill("greedy", "greedier").forEach((stream) -> {
			stream.silent = false;
			stream.waitedNanos = 1;
		});
		this.now = SharedThreads.PATIENCE.toNanos() - 1;
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("other"));
		assertThat(this.reset).isEmpty();
	}

	@Test
	void thenTheOneThatWaitsLongestGivesWayHoweverShortThatIs() {
		List<Waiting> begun = fill("greedy", "greedier");
		begun.forEach((stream) -> {
			stream.silent = false;
			stream.waitedNanos = 1;
		});
		begun.get(3).waitedNanos++;
		this.now = SharedThreads.PATIENCE.toNanos();
		open("other");
		assertThat(this.reset).containsExactly(begun.get(3));
	}

	@Test
	void aStreamWhoseHandlerWorksIsNeverEnded() {
		fill("greedy", "greedier").forEach((stream) -> stream.waitedNanos = -1);
		this.now = SharedThreads.PATIENCE.toNanos();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("other"));
	}

	@Test
	void ofManyPeersWithOneStreamEachASilentOneGivesWayAfterASecond() {
		List<Waiting> streams = new ArrayList<>();
		for (int i = 0; i < MOST; i++) {
			Waiting stream = open("sybil " + i);
			stream.waitedNanos = SharedThreads.SILENCE.toNanos() - 1;
			streams.add(stream);
		}
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("other"));
		streams.get(5).waitedNanos++;
		open("other");
		assertThat(this.reset).containsExactly(streams.get(5));
	}

	@Test
	void whoHasItsShareGetsNobodysThread() {
		fill("greedy", "greedier");
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("greedier"));
		assertThat(this.reset).isEmpty();
	}

	@Test
	void whatEndsLeavesNothingBehind() {
		for (int round = 0; round < 3; round++) {
			fill("greedy", "greedier");
			open("other");
			this.threads.forEach(Runnable::run);
			this.threads.clear();
			assertThat(this.served).hasSize((round + 1) * (MOST + 1));
		}
	}

	@Test
	void whatTheThreadsRejectIsNotCounted() {
		SharedThreads full = new SharedThreads((task) -> {
			throw new RejectedExecutionException("full");
		}, 1);
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(RejectedExecutionException.class)
				.isThrownBy(() -> full.execute(stream(new Waiting("peer")), () -> {
				}))
				.withMessage("full");
		}
	}

	@Test
	void whereNoThreadCanBeHadThePlaceIsGivenBack() {
		SharedThreads out = new SharedThreads((task) -> {
			throw new OutOfMemoryError("unable to create native thread");
		}, 1);
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(OutOfMemoryError.class)
				.isThrownBy(() -> out.execute(stream(new Waiting("peer")), () -> {
				}));
		}
	}

	@Test
	void whatTheThreadsHaveKeptAlthoughTheyThrewIsCountedOnce() {
		List<Runnable> kept = new ArrayList<>();
		SharedThreads out = new SharedThreads((task) -> {
			kept.add(task);
			if (kept.size() == 1) {
				throw new OutOfMemoryError("unable to create native thread");
			}
		}, 1);
		Stream stream = stream(new Waiting("peer"));
		Runnable nothing = () -> {
		};
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> out.execute(stream, nothing));
		out.execute(stream, nothing);
		kept.get(0).run();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> out.execute(stream, nothing))
			.withMessageContaining("which has 1 of 1");
	}

	@Test
	void aTaskThatThrowsGivesItsThreadBack() {
		List<Throwable> uncaught = new ArrayList<>();
		Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
		Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> uncaught.add(failure));
		try {
			for (int i = 0; i < 3 * MOST; i++) {
				this.shared.execute(() -> {
					throw new IllegalStateException("expected");
				});
				this.threads.remove().run();
			}
		}
		finally {
			Thread.currentThread().setUncaughtExceptionHandler(before);
		}
		assertThat(uncaught).hasSize(3 * MOST);
	}

	@Test
	void anyOtherTaskTakesWhatIsFree() {
		for (int i = 0; i < MOST; i++) {
			this.shared.execute(() -> {
			});
		}
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> this.shared.execute(() -> {
		}));
	}

	/** Takes all threads, with silent streams of two peers. */
	private List<Waiting> fill(String first, String second) {
		List<Waiting> streams = new ArrayList<>();
		for (int i = 0; i < MOST; i++) {
			Waiting stream = open((i < 11) ? first : second);
			stream.waitedNanos = 1;
			streams.add(stream);
		}
		return streams;
	}

	private Waiting open(String peer) {
		Waiting stream = new Waiting(peer);
		this.shared.execute(stream(stream), () -> this.served.add(peer));
		return stream;
	}

	private Waiting open(String peer, String address) {
		Waiting stream = new Waiting(peer);
		stream.address = address;
		this.shared.execute(stream(stream), () -> this.served.add(peer));
		return stream;
	}

	@Test
	void manyIdentitiesOfOneAddressHaveOneShare() {
		for (int i = 0; i < MOST - MOST / SharedThreads.RESERVED_ONE_IN; i++) {
			Waiting stream = open("sybil " + i, "192.0.2.1");
			stream.silent = false;
			stream.waitedNanos = 1;
		}
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("one more", "192.0.2.1"));
		open("honest", "192.0.2.2").waitedNanos = -1;
		open("second", "192.0.2.3").waitedNanos = -1;
		assertThat(this.threads).hasSize(MOST);
		this.now = SharedThreads.PATIENCE.toNanos();
		for (int i = 0; i < 3; i++) {
			open("third " + i, "192.0.2.4").waitedNanos = -1;
		}
		assertThat(this.reset).hasSize(3).allMatch((stream) -> stream.peer.startsWith("sybil"));
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("fourth", "192.0.2.4"));
	}

	@Test
	void thisHostsOwnAddressIsNotShared() {
		for (int i = 0; i < MOST; i++) {
			open("local " + i, "127.0.0.1").waitedNanos = 1;
		}
		this.threads.forEach(Runnable::run);
		this.threads.clear();
		for (int i = 0; i < MOST - MOST / SharedThreads.RESERVED_ONE_IN; i++) {
			open("sybil " + i, "198.51.100.7");
		}
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> open("one more", "198.51.100.7"));
	}

	/** The first thread ends its work, whose stream was reset. */
	private void runReset() {
		this.threads.remove().run();
	}

	/** How a stream stands. */
	private static final class Waiting {

		private final String peer;

		private boolean silent = true;

		private long waitedNanos;

		private String address = "127.0.0.1";

		Waiting(String peer) {
			this.peer = peer;
		}

	}

	private Stream stream(Waiting waiting) {
		PeerId id = this.peers.computeIfAbsent(waiting.peer, (name) -> PeerId.of(PrivateKey.generate().publicKey()));
		return (Stream) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { Stream.class, PeerWait.class },
				(proxy, method, arguments) -> switch (method.getName()) {
					case "remotePeer" -> new AddrInfo(id, List.of());
					case "protocol" -> PATH;
					case "connection" ->
						TestConnection.of("/ip4/127.0.0.1/tcp/1", "/ip4/" + waiting.address + "/tcp/2");
					case "isSilent" -> waiting.silent;
					case "waitedNanos" -> waiting.waitedNanos;
					case "reset" -> {
						assertThat(arguments[0]).isEqualTo(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream());
						this.reset.add(waiting);
						yield null;
					}
					default -> throw new AssertionError("Not expected: " + method);
				});
	}

}
