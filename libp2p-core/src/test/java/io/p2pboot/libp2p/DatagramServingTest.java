package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What {@link DatagramProtocol#serve} does where its executor or its handler fails.
 */
class DatagramServingTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/telemetry/1.0.0");

	private static final AddrInfo PEER = AddrInfo
		.parse("/memory/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");

	private final DatagramProtocol protocol = DatagramProtocol.create(4);

	private final List<List<Object>> observed = new ArrayList<>();

	private final List<List<Object>> logged = new ArrayList<>();

	private final List<Duration> delays = new ArrayList<>();

	private final Deque<Runnable> later = new ArrayDeque<>();

	private final List<Integer> handled = new ArrayList<>();

	private boolean full = true;

	DatagramServingTest() {
		this.protocol.mounted(host(), PATH);
	}

	private ProtocolHost host() {
		return Fakes.of(ProtocolHost.class, Map.of("observer",
				(none) -> Fakes.recording(NodeObserver.class, (name, arguments) -> this.observed.add(arguments)),
				"failures",
				(none) -> Fakes.recording(HandlerFailures.class, (name, arguments) -> this.logged.add(arguments)),
				"isEventLoop", (none) -> false, "later", (arguments) -> {
					this.delays.add((Duration) arguments.get(0));
					this.later.add((Runnable) arguments.get(1));
					return null;
				}));
	}

	@Test
	void whatCameWhileNoThreadWasFreeIsHandledWithoutWaitingForMore() {
		this.protocol.serve(this::execute, (datagram) -> this.handled.add(datagram.payload().remaining()));
		this.protocol.deliver(datagram(1));
		this.protocol.deliver(datagram(2));
		assertThat(this.handled).isEmpty();
		assertThat(this.later).hasSize(1);
		this.later.remove().run();
		assertThat(this.handled).isEmpty();
		assertThat(this.later).hasSize(1);
		this.full = false;
		this.later.remove().run();
		assertThat(this.handled).containsExactly(1, 2);
		assertThat(this.later).isEmpty();
		assertThat(this.delays).containsOnly(Duration.ofMillis(DatagramProtocol.RETRY_MILLIS));
	}

	@Test
	void anExecutorThatFailsIsToldOfAndAskedAgainAsOneThatIsFull() {
		Error failure = new Error("unable to create native thread");
		this.protocol.serve((task) -> {
			if (this.full) {
				throw failure;
			}
			task.run();
		}, (datagram) -> this.handled.add(datagram.payload().remaining()));
		this.protocol.deliver(datagram(1));
		this.protocol.deliver(datagram(2));
		assertThat(this.logged).containsExactly(List.of(PATH, failure));
		assertThat(this.later).hasSize(1);
		this.full = false;
		this.later.remove().run();
		assertThat(this.handled).containsExactly(1, 2);
		assertThat(this.observed).isEmpty();
	}

	@Test
	void whatAnExecutorHasKeptAlthoughItThrewDoesNotRunBesideTheNext() {
		List<Runnable> kept = new ArrayList<>();
		this.protocol.serve((task) -> {
			kept.add(task);
			throw new IllegalStateException("expected");
		}, (datagram) -> this.handled.add(datagram.payload().remaining()));
		this.protocol.deliver(datagram(1));
		kept.get(0).run();
		assertThat(this.handled).isEmpty();
		assertThat(this.later).hasSize(1);
	}

	@Test
	void noExecutorIsAskedAgainOnceTheProtocolIsUnmounted() {
		this.protocol.serve(this::execute, (datagram) -> this.handled.add(1));
		this.protocol.deliver(datagram(1));
		this.protocol.unmounted();
		this.later.remove().run();
		assertThat(this.later).isEmpty();
	}

	@Test
	void aFailureIsToldWithItsDatagramToTheNodeOrToWhoAskedForIt() {
		IllegalStateException failure = new IllegalStateException("expected");
		this.full = false;
		this.protocol.serve(this::execute, (datagram) -> {
			throw failure;
		});
		Datagram datagram = datagram(1);
		this.protocol.deliver(datagram);
		assertThat(this.logged).containsExactly(List.of(PATH, datagram, failure));
		assertThat(this.observed).containsExactly(List.of(PATH, failure));

		List<List<Object>> own = new ArrayList<>();
		DatagramProtocol other = DatagramProtocol.create();
		other.mounted(host(), PATH);
		other.serve(this::execute, (received) -> {
			throw failure;
		}, Fakes.recording(HandlerFailures.class, (name, arguments) -> own.add(arguments)));
		other.deliver(datagram);
		assertThat(own).containsExactly(List.of(PATH, datagram, failure));
		assertThat(this.logged).hasSize(1);
		assertThat(this.observed).hasSize(2);
	}

	@Test
	void whoIsToldOfAFailureAndFailsTooKeepsNoDatagramFromTheHandler() {
		this.full = false;
		IllegalStateException second = new IllegalStateException("expected");
		this.protocol.serve(this::execute, (datagram) -> {
			this.handled.add(datagram.payload().remaining());
			throw new IllegalArgumentException("expected");
		}, Fakes.recording(HandlerFailures.class, (name, arguments) -> {
			throw second;
		}));
		assertThatThrownBy(() -> this.protocol.deliver(datagram(1))).isSameAs(second);
		assertThatThrownBy(() -> this.protocol.deliver(datagram(2))).isSameAs(second);
		assertThat(this.handled).containsExactly(1, 2);
		assertThat(this.observed).hasSize(2);
	}

	private void execute(Runnable task) {
		if (this.full) {
			throw new RejectedExecutionException("full");
		}
		task.run();
	}

	private static Datagram datagram(int bytes) {
		return new Datagram(ByteBuffer.allocate(bytes), PEER, Fakes.of(DatagramFlow.class, Map.of()));
	}

}
