package io.p2pboot.libp2p;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Where {@link StreamProtocol} puts streams for which nobody has time.
 */
class StreamServingTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/deals/1.0.0");

	private final List<String> observed = new ArrayList<>();

	private final List<String> logged = new ArrayList<>();

	private final List<String> handled = new ArrayList<>();

	private StreamProtocol mounted(int backlog) {
		StreamProtocol protocol = StreamProtocol.create(backlog);
		protocol
			.mounted(
					Fakes.of(ProtocolHost.class, Map.of("observer",
							(none) -> Fakes.recording(NodeObserver.class, (name, arguments) -> this.observed.add(name)),
							"failures",
							(none) -> Fakes.recording(HandlerFailures.class,
									(name, arguments) -> this.logged.add(name)),
							"isEventLoop", (none) -> false)),
					PATH);
		return protocol;
	}

	@Test
	void streamsThatHaveEndedMakeRoomInABacklogThatIsFull() throws Exception {
		StreamProtocol protocol = mounted(3);
		List<Opened> opened = new ArrayList<>();
		for (int number = 0; number < 3; number++) {
			Opened next = new Opened();
			opened.add(next);
			protocol.deliver(next.stream);
		}
		opened.get(0).open = false;
		opened.get(2).open = false;
		Opened living = new Opened();
		protocol.deliver(living.stream);
		assertThat(living.resets).isEmpty();
		assertThat(opened.get(0).resets).as("gives back what it holds").containsExactly(StreamProtocol.REFUSED);
		assertThat(opened.get(2).resets).containsExactly(StreamProtocol.REFUSED);
		assertThat(protocol.acceptStream()).isSameAs(opened.get(1).stream);
		assertThat(protocol.acceptStream()).isSameAs(living.stream);
	}

	@Test
	void whereAllThatWaitAreOpenOneMoreIsReset() throws Exception {
		StreamProtocol protocol = mounted(1);
		Opened first = new Opened();
		Opened second = new Opened();
		protocol.deliver(first.stream);
		protocol.deliver(second.stream);
		assertThat(second.resets).containsExactly(StreamProtocol.REFUSED);
		assertThat(protocol.acceptStream()).isSameAs(first.stream);
		assertThat(first.resets).isEmpty();
	}

	@Test
	void aStreamThatNoThreadCanBeHadForIsRefusedWhateverTheExecutorThrows() {
		for (Throwable failure : List.of(new Error("unable to create native thread"),
				new IllegalStateException("expected"))) {
			this.logged.clear();
			this.observed.clear();
			Opened stream = new Opened();
			throwing(failure).deliver(stream.stream);
			assertThat(stream.resets).containsExactly(StreamProtocol.REFUSED);
			assertThat(this.logged).containsExactly("streamRefused", "executorFailed");
			assertThat(this.observed).containsExactly("streamRefused");
		}
	}

	@Test
	void anExecutorThatIsFullIsNoneThatFailed() {
		Opened stream = new Opened();
		throwing(new RejectedExecutionException("full")).deliver(stream.stream);
		assertThat(stream.resets).containsExactly(StreamProtocol.REFUSED);
		assertThat(this.logged).containsExactly("streamRefused");
		assertThat(this.observed).containsExactly("streamRefused");
	}

	@Test
	void everyStreamThatWaitedIsRefusedWhereTheExecutorOfALateHandlerFails() {
		StreamProtocol protocol = mounted(2);
		List<Opened> early = List.of(new Opened(), new Opened());
		early.forEach((waiting) -> protocol.deliver(waiting.stream));
		protocol.serve((task) -> {
			throw new IllegalStateException("expected");
		}, (stream) -> this.handled.add("stream"));
		assertThat(early).allSatisfy((waiting) -> assertThat(waiting.resets).containsExactly(StreamProtocol.REFUSED));
	}

	@Test
	void whatAnExecutorHasKeptAlthoughItThrewRunsNoHandler() {
		StreamProtocol protocol = mounted(1);
		List<Runnable> kept = new ArrayList<>();
		protocol.serve((task) -> {
			kept.add(task);
			throw new Error("unable to create native thread");
		}, (stream) -> this.handled.add("stream"));
		Opened stream = new Opened();
		protocol.deliver(stream.stream);
		kept.forEach(Runnable::run);
		assertThat(kept).hasSize(1);
		assertThat(this.handled).isEmpty();
		assertThat(stream.resets).containsExactly(StreamProtocol.REFUSED);
	}

	@Test
	void whatIsThrownByAHandlerThatHasBegunIsNotTakenForTheExecutors() {
		StreamProtocol protocol = mounted(1);
		IllegalStateException second = new IllegalStateException("expected");
		protocol.serve(Runnable::run, (stream) -> {
			throw new IllegalArgumentException("expected");
		}, Fakes.recording(HandlerFailures.class, (name, arguments) -> {
			throw second;
		}));
		Opened stream = new Opened();
		assertThatThrownBy(() -> protocol.deliver(stream.stream)).isSameAs(second);
		assertThat(stream.resets).containsExactly(StreamProtocol.HANDLER_FAILED);
		assertThat(this.observed).doesNotContain("streamRefused");
	}

	private StreamProtocol throwing(Throwable failure) {
		StreamProtocol protocol = mounted(1);
		protocol.serve((task) -> {
			if (failure instanceof Error error) {
				throw error;
			}
			throw (RuntimeException) failure;
		}, (stream) -> this.handled.add("stream"));
		return protocol;
	}

	/** A stream whose end the test decides on. */
	private static final class Opened {

		private final List<Long> resets = new ArrayList<>();

		private boolean open = true;

		private final Stream stream = Fakes.of(Stream.class,
				Map.of("isOpen", (none) -> this.open, "reset", (arguments) -> {
					this.resets.add((Long) arguments.get(0));
					return null;
				}));

	}

}
