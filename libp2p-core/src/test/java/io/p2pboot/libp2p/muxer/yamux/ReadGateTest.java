package io.p2pboot.libp2p.muxer.yamux;

import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.yamux.YamuxPeer.Frame;
import io.p2pboot.libp2p.resource.UnreadMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections that share a memory which is too small for all that their windows promise.
 */
@Timeout(60)
class ReadGateTest {

	private static final int WINDOW = YamuxPeer.WINDOW;

	private static final long PATIENCE_MILLIS = YamuxConfig.DEFAULT.writeTimeout().toMillis();

	private final UnreadMemory memory = new UnreadMemory(4 * WINDOW);

	private final YamuxPeer peer = new YamuxPeer(YamuxConfig.DEFAULT, this.memory).unread();

	private final YamuxPeer other = new YamuxPeer(YamuxConfig.DEFAULT, this.memory).unread();

	@AfterEach
	void close() {
		this.peer.close();
		this.other.close();
		assertThat(this.memory.left()).as("left at the end").isEqualTo(4 * WINDOW);
	}

	private boolean isRead() {
		return this.peer.channel().config().isAutoRead();
	}

	private static RecordedStream filled(YamuxPeer peer, int id) {
		RecordedStream stream = peer.openStream(id);
		peer.sendData(0, id, new byte[WINDOW]);
		return stream;
	}

	private static void readAll(RecordedStream stream) {
		for (int reads = 0; reads < 5; reads++) {
			stream.channel().read();
		}
		assertThat(stream.receivedBytes()).isEqualTo(WINDOW);
	}

	@Test
	void aConnectionHoldsHalfOfTheMemoryAndIsNotReadForOneByteMore() { // attacks 9, B8
		filled(this.peer, 1);
		RecordedStream last = filled(this.peer, 3);
		assertThat(isRead()).as("at the limit").isTrue();
		RecordedStream more = this.peer.openStream(5);
		this.peer.sendData(0, 5, new byte[1]);
		assertThat(isRead()).as("one byte past it").isFalse();
		readAll(last);
		this.peer.advance(ReadGate.CHECK_MILLIS);
		assertThat(isRead()).as("when the application has read").isTrue();
		assertThat(more.failures()).isZero();
	}

	@Test
	void whatOneConnectionHoldsLeavesRoomForAnother() { // attacks 9
		filled(this.peer, 1);
		filled(this.peer, 3);
		filled(this.other, 1);
		assertThat(this.other.channel().config().isAutoRead()).isTrue();
	}

	@Test
	void aConnectionIsReadAgainWhenAnotherLeavesItsMemory() {
		filled(this.other, 1);
		filled(this.other, 3);
		filled(this.peer, 1);
		this.peer.sendData(0, 1);
		RecordedStream next = this.peer.openStream(3);
		this.peer.sendData(0, 3, new byte[1]);
		assertThat(isRead()).isFalse();
		this.other.close();
		this.peer.advance(ReadGate.CHECK_MILLIS);
		assertThat(isRead()).isTrue();
		assertThat(next.failures()).isZero();
	}

	@Test
	void aConnectionThatIsNotReadForLongIsEndedWithTheReason() {
		filled(this.peer, 1);
		filled(this.peer, 3);
		RecordedStream stream = this.peer.openStream(5);
		this.peer.sendData(0, 5, new byte[1]);
		this.peer.advance(PATIENCE_MILLIS - 1);
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.acceptFrames();
		this.peer.advance(ReadGate.CHECK_MILLIS + 1);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(YamuxPeer.GO_AWAY, 0, 0, StreamProtocol.REFUSED));
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class)
			.hasCauseInstanceOf(LimitExceeded.class)
			.hasMessageContaining("unread bytes of a connection")
			.hasMessageContaining((2 * WINDOW + 1) + " > " + (2 * WINDOW - 1));
	}

}
