package io.p2pboot.libp2p;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where {@link StreamProtocol} puts streams for which nobody has time.
 */
class StreamServingTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/deals/1.0.0");

	private StreamProtocol mounted(int backlog) {
		StreamProtocol protocol = StreamProtocol.create(backlog);
		protocol.mounted(Fakes.of(ProtocolHost.class, Map.of()), PATH);
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
