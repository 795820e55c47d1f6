package io.p2pboot.libp2p.transport.quic;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HeldBytesTest {

	private static final int PACKET = 1400;

	private static final int CONTENT = PACKET - HeldBytes.PACKET_BYTES;

	private final HeldBytes held = new HeldBytes();

	private void packets(int count, int bytes) {
		for (int i = 0; i < count; i++) {
			this.held.packet(bytes);
		}
	}

	@Test
	void whatHasComeAndWasNotDeliveredIsHeld() {
		packets(100, PACKET);
		assertThat(this.held.bytes()).isEqualTo(100 * CONTENT);
		this.held.delivered(60 * CONTENT);
		assertThat(this.held.bytes()).isEqualTo(40 * CONTENT);
		this.held.delivered(41 * CONTENT);
		assertThat(this.held.bytes()).isZero();
	}

	@Test
	void anHonestPeerHoldsNothingOnceAllIsReadHoweverLongItLasts() {
		for (int i = 0; i < 100_000; i++) {
			packets(4, PACKET);
			// Headers of frames, and one packet of a hundred comes twice.
			this.held.delivered(4 * (CONTENT - 30) - ((i % 25 == 0) ? CONTENT : 0));
			packets(2, HeldBytes.PACKET_BYTES + 20);
			this.held.settled();
			assertThat(this.held.bytes()).isLessThan(2 * PACKET);
		}
	}

	@Test
	void dataBehindAGapIsHeldThoughNothingCanBeRead() {
		for (int i = 0; i < 1000; i++) {
			packets(10, PACKET);
			this.held.settled();
		}
		assertThat(this.held.bytes()).isGreaterThan(10_000L * CONTENT * 9 / 10);
		this.held.empty();
		assertThat(this.held.bytes()).isZero();
	}

}
