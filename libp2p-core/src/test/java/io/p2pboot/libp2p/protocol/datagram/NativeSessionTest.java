package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class NativeSessionTest {

	private static final long HOLD = 100;

	/** Ours is the dialler's side: the peer's streams have the ids 1, 5, 9, … */
	private final NativeSession session = new NativeSession(true);

	private final Recorder recorder = new Recorder();

	private void arrives(long streamId, String text, long now) throws NativeViolation {
		ByteBuf datagram = Unpooled.buffer();
		StreamIds.write(streamId, datagram);
		datagram.writeBytes(text.getBytes());
		this.session.on(datagram, now, HOLD, 8, this.recorder);
	}

	@Test
	void datagramsOfAnOpenFlowAreDelivered() throws NativeViolation {
		this.session.opened(0, this.recorder);
		this.session.opened(5, this.recorder);
		arrives(0, "ours", 0);
		arrives(5, "theirs", 0);
		arrives(5, "", 0);
		assertThat(this.recorder.received).containsExactly("0 ours", "5 theirs", "5 ");
		assertThat(this.recorder.unknown).isZero();
	}

	@Test
	void whatComesBeforeItsControlStreamFollowsItInOrder() throws NativeViolation {
		arrives(1, "first", 0);
		arrives(5, "other", 0);
		arrives(1, "second", 50);
		assertThat(this.recorder.received).isEmpty();
		this.session.opened(1, this.recorder);
		arrives(1, "third", 60);
		assertThat(this.recorder.received).containsExactly("1 first", "1 second", "1 third");
	}

	@Test
	void whatWaitsLongerThanARoundTripIsDropped() throws NativeViolation {
		arrives(1, "early", 1000);
		arrives(1, "later", 1050);
		assertThat(this.session.nextExpiry()).hasValue(1100);
		this.session.expire(1099, this.recorder);
		assertThat(this.recorder.unknown).isZero();
		this.session.expire(1100, this.recorder);
		assertThat(this.recorder.unknown).isEqualTo(1);
		assertThat(this.session.nextExpiry()).hasValue(1150);
		this.session.opened(1, this.recorder);
		assertThat(this.recorder.received).containsExactly("1 later");
		assertThat(this.session.nextExpiry()).isEmpty();
	}

	@Test
	void theTimeMayPassItsLargestValue() throws NativeViolation {
		arrives(1, "early", Long.MAX_VALUE - 10);
		this.session.expire(Long.MAX_VALUE, this.recorder);
		assertThat(this.recorder.unknown).isZero();
		this.session.expire(Long.MIN_VALUE + 100, this.recorder);
		assertThat(this.recorder.unknown).isEqualTo(1);
	}

	@Test
	void asManyDatagramsAreHeldAsAllowedAndNotOneMore() throws NativeViolation {
		for (int i = 0; i < NativeSession.MAX_EARLY_DATAGRAMS; i++) {
			arrives(1 + 4L * i, "early", 0);
		}
		assertThat(this.recorder.unknown).isZero();
		arrives(1, "one more", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
		this.session.opened(1, this.recorder);
		assertThat(this.recorder.received).containsExactly("1 early");
		arrives(401, "fits again", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
	}

	@Test
	void asManyBytesAreHeldAsAllowedAndNotOneMore() throws NativeViolation {
		arrives(1, "x".repeat(NativeSession.MAX_EARLY_BYTES - 1), 0);
		arrives(1, "xx", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
		arrives(1, "x", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
		this.session.expire(HOLD, this.recorder);
		assertThat(this.recorder.unknown).isEqualTo(3);
		arrives(1, "x".repeat(NativeSession.MAX_EARLY_BYTES), HOLD);
		assertThat(this.recorder.unknown).isEqualTo(3);
	}

	@Test
	void whatComesAfterThePeersEndIsDropped() throws NativeViolation {
		this.session.opened(1, this.recorder);
		this.session.receiveClosed(1);
		arrives(1, "late", 0);
		this.session.ended(1);
		arrives(1, "later", 0);
		assertThat(this.recorder.received).isEmpty();
		assertThat(this.recorder.unknown).isEqualTo(2);
		assertThat(this.session.nextExpiry()).isEmpty();
	}

	@Test
	void endedFlowsAreForgottenInTheEnd() throws NativeViolation {
		for (int i = 0; i <= NativeSession.MAX_ENDED; i++) {
			this.session.opened(1 + 4L * i, this.recorder);
			this.session.ended(1 + 4L * i);
		}
		arrives(5, "late", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
		// The oldest is not known any more: it waits its time and goes.
		arrives(1, "very late", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
		this.session.expire(HOLD, this.recorder);
		assertThat(this.recorder.unknown).isEqualTo(2);
	}

	@Test
	void aStreamOfOursThatIsNoFlowIsNotHeld() throws NativeViolation {
		arrives(8, "to another protocol's stream", 0);
		assertThat(this.recorder.unknown).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(longs = { 2, 3, 6, 12, 400, (1L << 62) - 1, (1L << 62) - 4 })
	void anIdThatCanNeverExistIsAViolation(long streamId) {
		assertThatExceptionOfType(NativeViolation.class).isThrownBy(() -> arrives(streamId, "bad", 0))
			.withMessageContaining(String.valueOf(streamId));
	}

	@Test
	void anEmptyDatagramIsAViolation() {
		assertThatExceptionOfType(NativeViolation.class)
			.isThrownBy(() -> this.session.on(Unpooled.EMPTY_BUFFER, 0, HOLD, -1, this.recorder));
	}

	private static final class Recorder implements NativeSink {

		private final List<String> received = new ArrayList<>();

		private int unknown;

		@Override
		public void received(long streamId, ByteBuffer payload) {
			byte[] bytes = new byte[payload.remaining()];
			payload.get(bytes);
			this.received.add(streamId + " " + new String(bytes));
		}

		@Override
		public void unknown() {
			this.unknown++;
		}

	}

}
