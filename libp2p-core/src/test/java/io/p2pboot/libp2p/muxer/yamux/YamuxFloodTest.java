package io.p2pboot.libp2p.muxer.yamux;

import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxPeer.Frame;
import io.p2pboot.libp2p.resource.UnreadMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.ACK;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.DATA;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.FIN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.GO_AWAY;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.PING;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.RST;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.SYN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer that sends as much as it can: of what carries nothing, of what has to be
 * answered while it does not read, and of what nobody reads.
 */
@Timeout(120)
class YamuxFloodTest {

	private static final int MANY = 100_000;

	/** What a peer may make us queue, of its own frames and with all that they cost. */
	private static final int MAX_QUEUE_BYTES = 1 << 20;

	/** What a peer sends over and over. */
	private enum Flood {

		PING {
			@Override
			void write(ByteBuf target, int index) {
				header(target, YamuxPeer.PING, SYN, 0, index);
			}
		},
		PONG {
			@Override
			void write(ByteBuf target, int index) {
				header(target, YamuxPeer.PING, ACK, 0, index);
			}
		},
		RAPID_RESET {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, SYN, 2 * index + 3, 0);
				header(target, WINDOW_UPDATE, RST, 2 * index + 3, 0);
			}
		},
		OPEN_AND_RESET_IN_ONE {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, SYN | RST, 2 * index + 3, 0);
			}
		},
		OPEN {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, SYN, 2 * index + 3, 0);
			}
		},
		EMPTY_UPDATE {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, 0, 1, 0);
			}
		},
		TINY_UPDATE {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, 0, 1, 1);
			}
		},
		EMPTY_DATA {
			@Override
			void write(ByteBuf target, int index) {
				header(target, DATA, 0, 1, 0);
			}
		},
		DATA_FOR_NOBODY {
			@Override
			void write(ByteBuf target, int index) {
				header(target, DATA, 0, 2 * index + 3, 1);
				target.writeByte(1);
			}
		},
		UPDATE_FOR_NOBODY {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, 0, 2 * index + 3, 1);
			}
		},
		GO_AWAY {
			@Override
			void write(ByteBuf target, int index) {
				header(target, YamuxPeer.GO_AWAY, 0, 0, 0);
			}
		},
		EMPTY_UPDATE_WITH_ACK {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, ACK, 1, 0);
			}
		},
		EMPTY_DATA_WITH_ACK {
			@Override
			void write(ByteBuf target, int index) {
				header(target, DATA, ACK, 1, 0);
			}
		},
		FIN_AGAIN {
			@Override
			void write(ByteBuf target, int index) {
				header(target, WINDOW_UPDATE, FIN, 1, 0);
			}
		},
		EMPTY_DATA_WITH_FIN {
			@Override
			void write(ByteBuf target, int index) {
				header(target, DATA, FIN, 1, 0);
			}
		};

		abstract void write(ByteBuf target, int index);

		private static void header(ByteBuf target, int type, int flags, int id, long length) {
			target.writeShort(type).writeShort(flags).writeInt(id).writeInt((int) length);
		}

	}

	private static final ByteBuf ZEROS = Unpooled
		.unreleasableBuffer(Unpooled.wrappedBuffer(new byte[YamuxPeer.WINDOW]));

	private YamuxPeer peer = new YamuxPeer();

	@AfterEach
	void close() {
		this.peer.close();
	}

	private static ByteBuf many(Flood flood, int count) {
		ByteBuf bytes = Unpooled.buffer(count * 24);
		for (int index = 0; index < count; index++) {
			flood.write(bytes, index);
		}
		return bytes;
	}

	@ParameterizedTest
	@EnumSource
	void aFloodEndsTheConnection(Flood flood) { // M65 to M68, M71, M74, B7
		this.peer.openStream(1);
		this.peer.sendBytes(many(flood, MANY));
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	// lesson of CVE-2024-32984: answers were queued for a peer that does not read
	@ParameterizedTest
	@EnumSource
	void aFloodOfAPeerThatDoesNotReadFillsNoQueue(Flood flood) { // M65 to M68, MUX-wq, B7
		this.peer.openStream(1);
		this.peer.stall(true);
		long most = 0;
		for (int index = 0; index < MANY && this.peer.channel().isOpen(); index += 50) {
			ByteBuf frames = Unpooled.buffer();
			for (int frame = 0; frame < 50; frame++) {
				flood.write(frames, index + frame);
			}
			this.peer.sendBytes(frames);
			if (this.peer.channel().isOpen()) {
				most = Math.max(most, this.peer.channel().unsafe().outboundBuffer().totalPendingWriteBytes());
			}
		}
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(most).isLessThan(MAX_QUEUE_BYTES);
	}

	@Test
	void theQueueOfControlFramesHoldsItsBoundAndNotOneMore() { // M65, MUX-wq
		RecordedStream stream = this.peer.openStream(1);
		this.peer.stall(true);
		int sent = 0;
		while (this.peer.channel().isWritable()) {
			this.peer.sendFrame(PING, SYN, 0, sent++);
		}
		for (int index = 0; index < YamuxHandler.MAX_QUEUED_CONTROL; index++) {
			this.peer.sendFrame(PING, SYN, 0, sent++);
		}
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.sendFrame(PING, SYN, 0, sent);
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.awaitFailure()).isInstanceOfSatisfying(LimitExceeded.class,
				(limit) -> assertThat(limit.maximum()).isEqualTo(YamuxHandler.MAX_QUEUED_CONTROL));
	}

	@Test
	void aStreamWhoseFirstFrameIsOneTooManyIsNotOpened() { // M65
		this.peer.stall(true);
		int sent = 0;
		while (this.peer.channel().isWritable()) {
			this.peer.sendFrame(PING, SYN, 0, sent++);
		}
		for (int index = 0; index < YamuxHandler.MAX_QUEUED_CONTROL; index++) {
			this.peer.sendFrame(PING, SYN, 0, sent++);
		}
		RecordedStream stream = new RecordedStream();
		Future<StreamChildChannel> opened = this.peer.session().openStream(stream);
		this.peer.channel().runPendingTasks();
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(opened.cause()).isInstanceOf(ConnectionLost.class);
	}

	@Test
	void aPeerThatReadsAgainMayGoOn() { // M65
		for (int round = 0; round < 4; round++) {
			this.peer.stall(true);
			this.peer.sendBytes(many(Flood.PING, YamuxHandler.MAX_QUEUED_CONTROL));
			this.peer.stall(false);
			assertThat(this.peer.acceptFrames()).hasSize(YamuxHandler.MAX_QUEUED_CONTROL);
		}
		this.peer.assertAlive();
	}

	@ParameterizedTest
	@EnumSource(names = { "PING", "PONG", "EMPTY_DATA", "EMPTY_UPDATE", "TINY_UPDATE", "OPEN_AND_RESET_IN_ONE",
			"RAPID_RESET", "DATA_FOR_NOBODY", "UPDATE_FOR_NOBODY", "GO_AWAY", "EMPTY_UPDATE_WITH_ACK",
			"EMPTY_DATA_WITH_ACK" })
	void theBurstIsAllowedAndNotOneMore(Flood flood) { // M65 to M68, M74
		this.peer.openStream(1);
		sendAndAccept(many(flood, FloodBound.BURST));
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.advance(1000);
		sendAndAccept(many(flood, FloodBound.PER_SECOND));
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.sendBytes(many(flood, 1));
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	/** Sends in pieces, as a socket delivers them, and reads the answers. */
	private void sendAndAccept(ByteBuf bytes) {
		while (bytes.isReadable()) {
			this.peer.sendBytes(bytes.readRetainedSlice(Math.min(bytes.readableBytes(), 24_000)));
			this.peer.acceptFrames();
		}
		bytes.release();
	}

	@Test
	void aMillionEmptyFramesCostNoMoreThanTheBurst() { // M74
		RecordedStream stream = this.peer.openStream(1);
		ByteBuf bytes = many(Flood.EMPTY_DATA, 1_000_000);
		this.peer.sendBytes(bytes);
		assertThat(bytes.readerIndex()).isEqualTo((FloodBound.BURST + 1) * FrameType.HEADER_BYTES);
		assertThat(stream.reads()).isZero();
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void creditThatAnswersWhatWasSentIsNoFloodHoweverSmall() { // M68
		RecordedStream stream = this.peer.openStream(1);
		stream.write(new byte[YamuxPeer.WINDOW]);
		this.peer.acceptFrames();
		this.peer.sendBytes(many(Flood.TINY_UPDATE, 2 * FloodBound.BURST));
		this.peer.assertAlive();
	}

	@Test
	void whatWasOnItsWayWhenStreamsEndedIsNoFlood() { // M54, M68
		for (int index = 0; index < FloodBound.BURST; index++) {
			int id = 2 * index + 1;
			RecordedStream stream = this.peer.openStream(id);
			this.peer.sendFrame(WINDOW_UPDATE, FIN, id, 0);
			stream.channel().close();
			this.peer.acceptFrames();
			for (int late = 0; late < FloodBound.PER_ENDED_STREAM; late++) {
				this.peer.sendFrame(WINDOW_UPDATE, 0, id, 100);
			}
		}
		this.peer.assertAlive();
		this.peer.sendBytes(many(Flood.UPDATE_FOR_NOBODY, FloodBound.BURST));
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void rapidResetsLeaveNothingBehind() { // M67
		for (int round = 0; round < 10; round++) {
			this.peer.sendBytes(many(Flood.RAPID_RESET, FloodBound.PER_SECOND));
			assertThat(this.peer.session().streams()).isZero();
			while (this.peer.hasAccepted()) {
				assertThat(this.peer.acceptStream().isClosed()).isTrue();
			}
			this.peer.acceptFrames();
			this.peer.advance(1000);
			this.peer.sendFrame(PING, ACK, 0, 1);
		}
		this.peer.assertAlive();
	}

	@Test
	void aStreamMoreThanAllowedIsRefusedAndTheConnectionLives() { // M31, M66
		int most = YamuxConfig.DEFAULT.inboundStreams();
		for (int index = 0; index < most; index++) {
			this.peer.openStream(2 * index + 1);
		}
		this.peer.sendFrame(WINDOW_UPDATE, SYN, 2 * most + 1, 0);
		assertThat(this.peer.acceptFrame())
			.isEqualTo(new Frame(WINDOW_UPDATE, RST, 2 * most + 1, StreamProtocol.REFUSED));
		assertThat(this.peer.hasAccepted()).isFalse();
		this.peer.sendFrame(WINDOW_UPDATE, RST, 1, 0);
		this.peer.openStream(2 * most + 3);
		this.peer.assertAlive();
	}

	@Test
	void dataOfARefusedStreamIsDiscarded() { // M31
		this.peer.close();
		this.peer = new YamuxPeer(YamuxConfig.DEFAULT.withLimits(1, 1 << 20), false);
		this.peer.openStream(1);
		this.peer.sendData(SYN, 3, new byte[1000]);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, RST, 3, StreamProtocol.REFUSED));
		this.peer.assertAlive();
	}

	@Test
	void asManyStreamsAreOpenAsTheBudgetHasFirstWindowsAndNotOneMore() { // M31, M35, B8
		this.peer.close();
		this.peer = new YamuxPeer(YamuxConfig.DEFAULT.withLimits(1000, 3L * YamuxPeer.WINDOW - 1), false).unread();
		RecordedStream first = this.peer.openStream(1);
		RecordedStream second = this.peer.openStream(3);
		this.peer.sendData(SYN, 5, new byte[1000]);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, RST, 5, StreamProtocol.REFUSED));
		this.peer.sendData(0, 1, new byte[YamuxPeer.WINDOW]);
		this.peer.sendData(0, 3, new byte[YamuxPeer.WINDOW]);
		assertThat(first.failures() + second.failures()).as("streams that keep to their windows").isZero();
		this.peer.assertAlive();
	}

	@Test
	void aStreamThatEndsUnreadKeepsItsPlace() { // M35, B8
		this.peer.close();
		this.peer = new YamuxPeer(YamuxConfig.DEFAULT.withLimits(2, 4L * YamuxPeer.WINDOW), false).unread();
		RecordedStream stream = this.peer.openStream(1);
		this.peer.openStream(3);
		stream.channel().shutdownOutput();
		this.peer.sendData(FIN, 1, new byte[YamuxPeer.WINDOW]);
		assertThat(this.peer.session().streams()).as("streams that the protocol knows").isEqualTo(1);
		this.peer.acceptFrames();
		this.peer.sendFrame(WINDOW_UPDATE, SYN, 5, 0);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, RST, 5, StreamProtocol.REFUSED));
		for (int reads = 0; reads < 10 && !stream.hasEnded(); reads++) {
			stream.channel().read();
		}
		assertThat(stream.receivedBytes()).isEqualTo(YamuxPeer.WINDOW);
		this.peer.channel().runPendingTasks();
		this.peer.openStream(7);
		this.peer.assertAlive();
	}

	@Test
	void whatComesAfterTheEndOfAStreamTakesNoPlaceForEver() { // M35, M69
		this.peer.close();
		this.peer = new YamuxPeer(YamuxConfig.DEFAULT.withLimits(1, 1 << 20), false);
		for (int id = 1; id < 20; id += 2) {
			RecordedStream stream = this.peer.openStream(id);
			this.peer.sendFrame(WINDOW_UPDATE, FIN, id, 0);
			this.peer.sendData(0, id, new byte[1000]);
			stream.channel().close();
			this.peer.acceptFrames();
		}
		this.peer.assertAlive();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 100, 4095, 4096, 40_000 })
	void whatNobodyReadsKeepsAboutItsOwnSizeAlive(int bodyBytes) { // M35, B8
		int unreadBytes = 1 << 20;
		this.peer.close();
		this.peer = new YamuxPeer(YamuxConfig.DEFAULT.withLimits(20, 20L * YamuxPeer.WINDOW), false).unread();
		UnpooledByteBufAllocator counted = new UnpooledByteBufAllocator(false);
		this.peer.channel().config().setAllocator(counted);
		List<RecordedStream> streams = new ArrayList<>();
		for (int index = 0; index < 20; index++) {
			streams.add(this.peer.openStream(2 * index + 1));
		}
		int unread = 0;
		for (int round = 0; unread + bodyBytes <= unreadBytes && round < 2000; round++) {
			ByteBuf read = counted.buffer(65_536);
			int id = 2 * (round % streams.size()) + 1;
			read.writeBytes(YamuxPeer.frame(DATA, 0, id, bodyBytes)).writeZero(bodyBytes);
			this.peer.sendBytes(read);
			unread += bodyBytes;
		}
		long held = counted.metric().usedHeapMemory() + counted.metric().usedDirectMemory();
		assertThat(held).isLessThanOrEqualTo(2L * unread + 20 * YamuxStreamChannel.SMALL_BYTES);
		this.peer.assertAlive();
		for (RecordedStream stream : streams) {
			stream.channel().reset(0);
		}
		assertThat(this.peer.acceptFrames()).hasSize(streams.size());
		assertThat(counted.metric().usedHeapMemory() + counted.metric().usedDirectMemory()).isZero();
	}

	@Test
	void aThousandUnreadStreamsHoldTheirWindowsAndNotOneByteMore() { // B8
		this.peer.close();
		this.peer = new YamuxPeer(YamuxConfig.DEFAULT, new UnreadMemory(1L << 40)).unread();
		int window = YamuxPeer.WINDOW;
		for (int index = 0; index < 1000; index++) {
			RecordedStream stream = this.peer.openStream(2 * index + 1);
			// One and the same memory, which costs a test of 250 MiB little.
			this.peer.sendBytes(YamuxPeer.frame(DATA, 0, 2 * index + 1, window));
			this.peer.sendBytes(ZEROS.retainedDuplicate());
			assertThat(stream.failures()).isZero();
		}
		assertThat(this.peer.channel().config().isAutoRead()).isTrue();
		this.peer.assertAlive();
		this.peer.sendData(0, 1999, new byte[1]);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void afterALocalCloseOnlySoMuchIsDiscarded() {
		RecordedStream stream = this.peer.openStream(1);
		stream.channel().close();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, FIN, 1, 0));
		for (int sent = 0; sent < YamuxSession.MAX_DISCARDED_BYTES; sent += 65_536) {
			this.peer.sendData(0, 1, new byte[65_536]);
		}
		assertThat(this.peer.acceptFrames()).as("credit, so that the peer may end")
			.isNotEmpty()
			.allMatch((frame) -> frame.flags() == 0);
		this.peer.sendData(0, 1, new byte[1]);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, RST, 1, 0));
		assertThat(this.peer.session().streams()).isZero();
		this.peer.assertAlive();
	}

	@Test
	void aFinishedStreamWhosePeerNeverFinishesIsResetAfterFiveMinutes() {
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(PING, ACK, 0, 1);
		stream.channel().close();
		this.peer.acceptFrames();
		assertThat(stream.isClosed()).isTrue();
		assertThat(this.peer.session().streams()).isEqualTo(1);
		for (int period = 1; period <= 10; period++) {
			assertThat(this.peer.session().streams()).isEqualTo(1);
			this.peer.advance(30_000);
			assertThat(this.peer.acceptFrames()).contains(new Frame(PING, SYN, 0, period + 1));
			this.peer.sendFrame(PING, ACK, 0, period + 1);
		}
		assertThat(this.peer.session().streams()).isZero();
		this.peer.assertAlive();
	}

	@Test
	void aPeerThatEndsTheConnectionAndGoesOnIsHeardUntilTheLastStream() { // M40
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(GO_AWAY, 0, 0, 0);
		assertThat(this.peer.session().openStream(new RecordedStream()).cause()).isInstanceOf(ConnectionLost.class);
		this.peer.sendData(FIN, 1, (byte) 1);
		assertThat(stream.receivedBytes()).isEqualTo(1);
		assertThat(this.peer.channel().isOpen()).isTrue();
		stream.write((byte) 2);
		stream.channel().shutdownOutput();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 1, "\2"),
				new Frame(WINDOW_UPDATE, FIN, 1, 0));
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.failures()).isZero();
	}

}
