package io.p2pboot.libp2p.transport.websocket;

import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Row 6 of what an attacker did: pings of no content, as fast as the line takes.
 */
class FrameReaderTest {

	private long now;

	private int pings;

	private int payloads;

	private final FrameReader reader = new FrameReader(false, new FrameReader.Sink() {

		@Override
		public void payload(ByteBuf bytes) {
			FrameReaderTest.this.payloads++;
			bytes.release();
		}

		@Override
		public void ping(byte[] content, int length) {
			FrameReaderTest.this.pings++;
		}

		@Override
		public void close() {
			throw new AssertionError("Nobody closes");
		}

	}, () -> this.now);

	@ParameterizedTest
	@ValueSource(ints = { FrameReader.PING, FrameReader.PONG, FrameReader.BINARY })
	void tinyFramesComeUpToTheBurstAndOneMoreIsAViolation(int opcode) throws FrameViolation {
		for (int length : new int[] { 0, FrameReader.TINY_BYTES - 1 }) {
			this.now += TimeUnit.MINUTES.toNanos(1);
			for (int i = 0; i < FrameReader.TINY_BURST; i++) {
				read(opcode, length);
			}
			if (length > 0) {
				assertThatExceptionOfType(FrameViolation.class).isThrownBy(() -> read(opcode, length))
					.withMessageContaining(
							"more than 2000 control frames and frames of less than 16 bytes, and 200 a second")
					.satisfies((violation) -> assertThat(violation.status()).isEqualTo(1008));
			}
		}
	}

	@Test
	void twoHundredASecondAreLeftAlone() throws FrameViolation {
		for (int second = 0; second < 100; second++) {
			for (int i = 0; i < FrameReader.TINY_PER_SECOND; i++) {
				read(FrameReader.PING, 0);
			}
			this.now += TimeUnit.SECONDS.toNanos(1);
		}
		assertThat(this.pings).isEqualTo(100 * FrameReader.TINY_PER_SECOND);
	}

	@Test
	void whatIsNotTinyIsNotCountedHoweverFastItComes() throws FrameViolation {
		for (int i = 0; i < 10 * FrameReader.TINY_BURST; i++) {
			read(FrameReader.BINARY, FrameReader.TINY_BYTES);
		}
		assertThat(this.payloads).isEqualTo(10 * FrameReader.TINY_BURST);
	}

	@Test
	void theLengthsThatStandInFramesOfTheirOwnAreLeftAlone() throws FrameViolation { // js
		for (int i = 0; i < 10 * FrameReader.TINY_BURST; i++) {
			read(FrameReader.BINARY, 2);
			read(FrameReader.BINARY, 18);
		}
		assertThat(this.payloads).isEqualTo(20 * FrameReader.TINY_BURST);
	}

	@Test
	void aLongPingIsCountedAsAShortOneIs() throws FrameViolation {
		for (int i = 0; i < FrameReader.TINY_BURST; i++) {
			read(FrameReader.PING, FrameReader.MAX_CONTROL_BYTES);
		}
		assertThatExceptionOfType(FrameViolation.class)
			.isThrownBy(() -> read(FrameReader.PING, FrameReader.MAX_CONTROL_BYTES));
	}

	@Test
	void restsOfMessagesThatAreCutAreLeftAlone() throws FrameViolation {
		for (int i = 0; i < 10 * FrameReader.TINY_BURST; i++) {
			read(FrameReader.BINARY, FrameReader.BYTES_PER_TINY);
			read(FrameReader.BINARY, 1);
		}
		assertThat(this.payloads).isEqualTo(20 * FrameReader.TINY_BURST);
	}

	private void read(int opcode, int length) throws FrameViolation {
		ByteBuf frame = Unpooled.buffer().writeByte(0x80 | opcode);
		if (length < 126) {
			frame.writeByte(length);
		}
		else {
			frame.writeByte(126).writeShort(length);
		}
		frame.writeZero(length);
		try {
			this.reader.read(frame);
		}
		finally {
			frame.release();
		}
	}

}
