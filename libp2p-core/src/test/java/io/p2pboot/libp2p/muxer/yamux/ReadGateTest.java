package io.p2pboot.libp2p.muxer.yamux;

import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.muxer.ReadGate;
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
		assertThat(this.memory.holders()).as("holders at the end").isZero();
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
		assertThat(isRead()).isTrue();
		RecordedStream next = filled(this.peer, 3);
		assertThat(isRead()).isFalse();
		this.other.close();
		this.peer.advance(ReadGate.CHECK_MILLIS);
		assertThat(isRead()).isTrue();
		assertThat(next.failures()).isZero();
	}

	@Test
	void whoHoldsLessThanItsShareIsReadThoughNothingIsLeft() {
		filled(this.other, 1);
		filled(this.other, 3);
		RecordedStream more = this.other.openStream(5);
		this.other.sendData(0, 5, new byte[WINDOW]);
		filled(this.peer, 1);
		assertThat(this.memory.isSpent()).isTrue();
		assertThat(isRead()).isTrue();
		this.peer.advance(PATIENCE_MILLIS + ReadGate.HOLDING_CHECK_MILLIS);
		assertThat(isRead()).isTrue();
		assertThat(this.peer.channel().isOpen()).isTrue();
		assertThat(more.failures()).isZero();
	}

	@Test
	void whoFallsSilentOnMoreThanItsShareIsEndedWhenNothingIsLeft() {
		filled(this.peer, 1);
		filled(this.peer, 3);
		assertThat(isRead()).isTrue();
		filled(this.other, 1);
		filled(this.other, 3);
		this.peer.advance(ReadGate.HOLDING_CHECK_MILLIS);
		assertThat(isRead()).isFalse();
		this.peer.advance(PATIENCE_MILLIS + ReadGate.CHECK_MILLIS);
		assertThat(this.peer.channel().isOpen()).isFalse();
	}

	@Test
	void whoHoldsMoreThanItsShareIsNotEndedWhileSomethingIsLeft() {
		filled(this.peer, 1);
		filled(this.peer, 3);
		this.peer.openStream(5);
		this.peer.sendData(0, 5, new byte[1]);
		this.peer.advance(10 * PATIENCE_MILLIS);
		assertThat(isRead()).isFalse();
		assertThat(this.peer.channel().isOpen()).isTrue();
	}

	@Test
	void aConnectionThatIsNotReadForLongIsEndedWithTheReason() {
		filled(this.other, 1);
		filled(this.other, 3);
		filled(this.peer, 1);
		RecordedStream stream = filled(this.peer, 3);
		this.peer.advance(PATIENCE_MILLIS - ReadGate.CHECK_MILLIS);
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.acceptFrames();
		this.peer.advance(2 * ReadGate.CHECK_MILLIS);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(YamuxPeer.GO_AWAY, 0, 0, StreamProtocol.REFUSED));
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class)
			.hasCauseInstanceOf(LimitExceeded.class)
			.hasMessageContaining("unread bytes of a connection")
			.hasMessageContaining(2 * WINDOW + " > " + 4 * WINDOW / 3);
	}

	@Test
	void aPieceThatIsDeliveredKeepsNoMoreThanTwiceItsBytesAlive() {
		RecordedStream stream = this.peer.openStream(1);
		List<Integer> capacities = new ArrayList<>();
		stream.channel().pipeline().addFirst(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				ByteBuf whole = ((ByteBuf) message).unwrap();
				capacities.add((whole != null) ? whole.capacity() : ((ByteBuf) message).capacity());
				ctx.fireChannelRead(message);
			}
		});
		stream.channel().read();
		ByteBuf small = YamuxPeer.frame(YamuxPeer.DATA, 0, 1, 1).writeByte(7);
		this.peer.sendBytes(small.writeBytes(YamuxPeer.frame(YamuxPeer.DATA, 0, 999, 60_000)).writeZero(60_000));
		stream.channel().read();
		this.peer.sendData(0, 1, new byte[60_000]);
		assertThat(stream.receivedBytes()).isEqualTo(60_001);
		assertThat(capacities.get(0)).isLessThanOrEqualTo(64);
		assertThat(capacities).allMatch((capacity) -> capacity <= 128 * 1024);
	}

}
