package io.p2pboot.libp2p.muxer.yamux;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxPeer.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.ACK;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.DATA;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.FIN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.GO_AWAY;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.PING;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.RST;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.SYN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a peer may not send, and what becomes of it: the negative table of the
 * multiplexer.
 */
@Timeout(60)
class YamuxNegativeTest {

	private final YamuxPeer peer = new YamuxPeer();

	@AfterEach
	void close() {
		this.peer.close();
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 127, 255 })
	void anotherVersionEndsTheConnection(int version) { // M50
		this.peer.sendBytes(YamuxPeer.header(version, PING, SYN, 0, 7));
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void everyUnknownTypeEndsTheConnection() { // M51
		for (int type = 4; type <= 255; type++) {
			try (YamuxPeer other = new YamuxPeer()) {
				other.sendFrame(type, 0, 0, 0);
				other.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0x10, 0x20, 0x80, 0x100, 0x8000, 0xFFFF })
	void unknownFlagsEndTheConnection(int flags) { // M52
		for (int type = DATA; type <= GO_AWAY; type++) {
			try (YamuxPeer other = new YamuxPeer()) {
				other.sendFrame(type, flags, 1, 0);
				other.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
			}
		}
	}

	@Test
	void dataForAStreamThatNeverWasIsDiscarded() { // M53
		this.peer.sendData(0, 5, bytes("nobody reads this"));
		this.peer.sendData(FIN, 6, bytes("nor this"));
		this.peer.sendFrame(WINDOW_UPDATE, 0, 7, 1000);
		this.peer.sendFrame(WINDOW_UPDATE, FIN, 7, 0);
		this.peer.sendFrame(WINDOW_UPDATE, RST, 9, 3);
		assertThat(this.peer.hasSent()).as("an answer").isFalse();
		assertThat(this.peer.hasAccepted()).isFalse();
		this.peer.assertAlive();
	}

	@Test
	void framesForAClosedStreamAreIgnored() { // M54
		RecordedStream stream = this.peer.openStream(1);
		stream.channel().reset(0);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, RST, 1, 0));
		this.peer.sendData(0, 1, bytes("late"));
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 0xFFFF_FFFFL);
		this.peer.sendFrame(WINDOW_UPDATE, FIN, 1, 0);
		this.peer.sendFrame(WINDOW_UPDATE, RST, 1, 0);
		assertThat(this.peer.hasSent()).as("an answer").isFalse();
		assertThat(stream.receivedBytes()).isZero();
		this.peer.assertAlive();
	}

	@Test
	void aBodyLongerThanAnyWindowIsDiscardedAsItComesWhenItsStreamIsGone() { // M54
		this.peer.sendBytes(YamuxPeer.frame(DATA, 0, 1, 1 << 20));
		for (int i = 0; i < 1024; i++) {
			this.peer.sendBytes(Unpooled.wrappedBuffer(new byte[1024]));
		}
		this.peer.assertAlive();
	}

	@ParameterizedTest
	@CsvSource({ "2, false", "4, false", "1, true", "3, true", "-1, true", "-2, false" })
	void aStreamOfOurParityEndsTheConnection(int id, boolean weDialled) { // M42, M55
		try (YamuxPeer other = new YamuxPeer(YamuxConfig.DEFAULT, weDialled)) {
			other.sendFrame(WINDOW_UPDATE, SYN, id, 0);
			other.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
			assertThat(other.hasAccepted()).isFalse();
		}
	}

	@ParameterizedTest
	@CsvSource({ "0, 1", "0, 0", "1, 1", "1, 0", "1, 4" })
	void aStreamOfIdZeroEndsTheConnection(int type, int flags) { // M56
		this.peer.sendFrame(type, flags, 0, 0);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void openingALiveStreamAgainEndsTheConnection() { // M57
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(WINDOW_UPDATE, SYN, 1, 0);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class).hasMessageContaining("opened twice");
		assertThat(this.peer.hasAccepted()).isFalse();
	}

	@Test
	void aStreamWithALowerIdThanTheLastIsAccepted() { // M58
		this.peer.openStream(5);
		this.peer.openStream(3);
		RecordedStream first = this.peer.openStream(1);
		this.peer.sendData(0, 1, bytes("out of order"));
		assertThat(first.received()).isEqualTo(bytes("out of order"));
		this.peer.assertAlive();
	}

	@Test
	void dataFillsTheWindowAndNotOneByteMore() { // M59
		this.peer.unread().openStream(1);
		this.peer.sendData(0, 1, new byte[WINDOW - 1]);
		this.peer.sendData(0, 1, new byte[1]);
		this.peer.assertAlive();
		this.peer.sendData(0, 1, new byte[1]);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void aFrameThatExceedsTheWindowIsRefusedAtItsHeader() { // M59
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(DATA, 0, 1, WINDOW + 1);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
		assertThat(stream.awaitFailure()).hasMessageContaining("exceeds the window of 262144");
	}

	@Test
	void theFirstFrameMayFillTheWindow() { // M60
		this.peer.sendData(SYN, 1, new byte[WINDOW]);
		assertThat(this.peer.acceptStream().receivedBytes()).isEqualTo(WINDOW);
		this.peer.assertAlive();
	}

	// lesson of CVE-2026-32314: the stream was registered before its first frame was
	// checked
	@ParameterizedTest
	@ValueSource(longs = { 262_145, 1 << 20, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFFL })
	void aFirstFrameBeyondTheWindowOpensNothing(long length) { // M60, MUX-syn
		this.peer.sendFrame(DATA, SYN, 1, length);
		assertThat(this.peer.hasAccepted()).isFalse();
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void aHugeLengthAllocatesNothing() { // M61, LEN-1
		this.peer.unread().openStream(1);
		this.peer.sendFrame(DATA, 0, 3, 0xFFFF_FFFFL);
		this.peer.sendBytes(Unpooled.wrappedBuffer(new byte[100]));
		assertThat(this.peer.channel().isOpen()).as("the body of a stream that is gone").isTrue();
		try (YamuxPeer other = new YamuxPeer()) {
			other.openStream(1);
			other.sendFrame(DATA, 0, 1, 0xFFFF_FFFFL);
			other.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
		}
	}

	// lesson of CVE-2026-31814: updates overflowed the send window
	@Test
	void aWindowGrowsToThirtyTwoBitsAndNotOneByteMore() { // M62, MUX-win
		this.peer.openStream(1);
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 0xFFFF_FFFFL - WINDOW);
		this.peer.assertAlive();
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 1);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@ParameterizedTest
	@ValueSource(longs = { 0xFFFF_FFFFL, 0xFFFF_FFFFL - WINDOW + 1 })
	void oneUpdateThatOverflowsTheWindowEndsTheConnection(long delta) { // M62, MUX-win
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, delta);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class);
		try (YamuxPeer opening = new YamuxPeer()) {
			opening.sendFrame(WINDOW_UPDATE, SYN, 1, delta);
			assertThat(opening.hasAccepted()).isFalse();
			opening.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
		}
	}

	@Test
	void anUpdateThatOpensAStreamGivesCreditUpToTheLimit() { // M62
		this.peer.sendFrame(WINDOW_UPDATE, SYN, 1, 0xFFFF_FFFFL - WINDOW);
		assertThat(this.peer.hasAccepted()).isTrue();
		this.peer.assertAlive();
	}

	@ParameterizedTest
	@CsvSource({ "2, 1, 1", "2, 2, 1", "2, 0, 2", "2, 1, -1", "3, 0, 1", "3, 0, 2" })
	void whatConcernsTheConnectionIsNotOnAStream(int type, int flags, int id) { // M63,
																				// M71
		this.peer.sendFrame(type, flags, id, 0);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void aPongThatWasNotAskedForIsIgnored() { // M64
		this.peer.sendFrame(PING, ACK, 0, 99);
		assertThat(this.peer.session().roundTripTime()).isEmpty();
		this.peer.advance(25);
		this.peer.sendFrame(PING, ACK, 0, 1);
		assertThat(this.peer.session().roundTripTime()).hasValueSatisfying((time) -> assertThat(time).hasMillis(25));
		this.peer.advance(50);
		this.peer.sendFrame(PING, ACK, 0, 1);
		assertThat(this.peer.session().roundTripTime()).hasValueSatisfying((time) -> assertThat(time).hasMillis(25));
		this.peer.assertAlive();
	}

	@Test
	void aPingWithoutAFlagIsIgnored() { // M64
		this.peer.sendFrame(PING, 0, 0, 1);
		assertThat(this.peer.session().roundTripTime()).isEmpty();
		this.peer.assertAlive();
	}

	@Test
	void aSecondFinSaysNothingNew() { // M69
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendData(FIN, 1, bytes("all"));
		this.peer.sendFrame(WINDOW_UPDATE, FIN, 1, 0);
		this.peer.sendFrame(DATA, FIN, 1, 0);
		assertThat(stream.received()).isEqualTo(bytes("all"));
		assertThat(stream.hasEnded()).isTrue();
		assertThat(stream.failures()).isZero();
		this.peer.assertAlive();
	}

	@Test
	void dataAfterTheEndIsDiscardedUpToTheWindow() { // M69
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendData(FIN, 1, bytes("all"));
		this.peer.sendData(0, 1, bytes("late"));
		assertThat(stream.received()).isEqualTo(bytes("all"));
		stream.write(bytes("answer"));
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(DATA, 0, 1, 6, "answer"));
		this.peer.sendData(0, 1, new byte[WINDOW - 7]);
		this.peer.assertAlive();
		this.peer.sendData(0, 1, new byte[1]);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void aStreamMayBeOpenedAndFinishedAtOnce() { // M70
		this.peer.sendData(SYN | FIN, 1, bytes("short"));
		RecordedStream stream = this.peer.acceptStream();
		assertThat(stream.received()).isEqualTo(bytes("short"));
		assertThat(stream.hasEnded()).isTrue();
		this.peer.sendFrame(WINDOW_UPDATE, SYN | FIN, 3, 0);
		assertThat(this.peer.acceptStream().hasEnded()).isTrue();
		this.peer.assertAlive();
	}

	@Test
	void aStreamThatIsOpenedAndResetAtOnceIsNotAccepted() { // M70
		this.peer.sendFrame(WINDOW_UPDATE, SYN | RST, 1, 5);
		this.peer.sendData(SYN | RST, 3, bytes("none"));
		assertThat(this.peer.hasAccepted()).isFalse();
		assertThat(this.peer.hasSent()).isFalse();
		assertThat(this.peer.session().streams()).isZero();
		this.peer.assertAlive();
	}

	@Test
	void acknowledgingAStreamThatThePeerOpensChangesNothing() { // M70
		this.peer.sendData(SYN | ACK, 1, bytes("odd"));
		assertThat(this.peer.acceptStream().received()).isEqualTo(bytes("odd"));
		this.peer.sendFrame(WINDOW_UPDATE, ACK, 1, 0);
		this.peer.assertAlive();
	}

	@Test
	void aResetBeatsEveryOtherFlag() { // M70
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendData(FIN | RST | ACK, 1, bytes("lost"));
		assertThat(stream.awaitFailure()).isInstanceOfSatisfying(StreamReset.class, (reset) -> {
			assertThat(reset.isRemote()).isTrue();
			assertThat(reset.code()).hasValue(0);
		});
		assertThat(stream.receivedBytes()).isZero();
		this.peer.assertAlive();
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 0xFFFF_FFFFL })
	void aGoAwayWithACodeEndsTheConnection(long code) { // M40, M71
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(GO_AWAY, 0, 0, code);
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class).hasMessageContaining("yamux code " + code);
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(this.peer.hasSent()).as("an answer").isFalse();
	}

	@Test
	void aHeaderThatIsCutOffAnywhereEndsTheStreams() { // M72
		for (int length = 0; length < FrameType.HEADER_BYTES; length++) {
			try (YamuxPeer other = new YamuxPeer()) {
				RecordedStream stream = other.openStream(1);
				other.sendBytes(YamuxPeer.frame(DATA, 0, 1, 3).writeBytes(bytes("abc")).copy(0, length));
				other.channel().close();
				assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class);
				assertThat(stream.receivedBytes()).isZero();
			}
		}
	}

	@Test
	void aHeaderMayComeInPiecesSplitAnywhere() { // M73
		RecordedStream stream = this.peer.openStream(1);
		StringBuilder expected = new StringBuilder();
		for (int split = 1; split < FrameType.HEADER_BYTES + 3; split++) {
			ByteBuf frame = YamuxPeer.frame(DATA, 0, 1, 3).writeBytes(bytes("abc"));
			this.peer.sendBytes(frame.readRetainedSlice(split));
			this.peer.sendBytes(frame);
			expected.append("abc");
		}
		ByteBuf frame = YamuxPeer.frame(DATA, FIN, 1, 3).writeBytes(bytes("end"));
		while (frame.isReadable()) {
			this.peer.sendBytes(frame.readRetainedSlice(1));
		}
		frame.release();
		assertThat(stream.received()).isEqualTo(bytes(expected + "end"));
		assertThat(stream.hasEnded()).isTrue();
		this.peer.assertAlive();
	}

	@Test
	void aBodyThatIsWithheldForEverEndsTheConnection() { // M75
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(PING, ACK, 0, 1);
		this.peer.sendFrame(DATA, 0, 1, 1000);
		this.peer.sendBytes(Unpooled.wrappedBuffer(bytes("only this")));
		assertThat(stream.received()).as("passed on as it comes").isEqualTo(bytes("only this"));
		this.peer.advance(TimeUnit.SECONDS.toMillis(30));
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.advance(TimeUnit.SECONDS.toMillis(10));
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class).hasMessageContaining("ping");
	}

	@Test
	void whenTheIdsAreUsedUpTheConnectionTakesNoMoreStreamsAndEndsWithTheLast() { // M76
		YamuxHandler handler = (YamuxHandler) this.peer.session();
		handler.skipIds(0xFFFF_FFFEL);
		RecordedStream last = this.peer.weOpen();
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, SYN, 0xFFFF_FFFE, 0));
		Future<StreamChildChannel> refused = this.peer.session().openStream(new RecordedStream());
		assertThat(refused.cause()).isInstanceOf(ConnectionLost.class).hasMessageContaining("used up");
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(GO_AWAY, 0, 0, 0));
		assertThat(this.peer.channel().isOpen()).isTrue();
		last.write(bytes("goes on"));
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(DATA, 0, 0xFFFF_FFFE, 7, "goes on"));
		last.channel().reset(0);
		assertThat(this.peer.channel().isOpen()).isFalse();
	}

	// lesson of rust-yamux 0.13.8: frames were handled after a fatal error
	@Test
	void nothingIsHandledAfterTheFirstFatalError() { // MUX-err
		RecordedStream stream = this.peer.openStream(1);
		ByteBuf bytes = YamuxPeer.frame(DATA, 0, 1, 5).writeBytes(bytes("first"));
		bytes.writeBytes(YamuxPeer.frame(9, 0, 0, 0));
		bytes.writeBytes(YamuxPeer.frame(DATA, 0, 1, 6).writeBytes(bytes("second")));
		bytes.writeBytes(YamuxPeer.frame(WINDOW_UPDATE, SYN, 3, 0));
		bytes.writeBytes(YamuxPeer.frame(PING, SYN, 0, 1));
		bytes.writeBytes(YamuxPeer.frame(9, 0, 0, 0));
		this.peer.sendBytes(bytes);
		this.peer.channel().pipeline().fireChannelRead(YamuxPeer.frame(WINDOW_UPDATE, SYN, 5, 0));
		assertThat(stream.received()).isEqualTo(bytes("first"));
		assertThat(stream.failures()).isEqualTo(1);
		assertThat(this.peer.hasAccepted()).isFalse();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(GO_AWAY, 0, 0, 1));
		stream.channel().reset(1);
		stream.channel().close();
		assertThat(this.peer.hasSent()).isFalse();
	}

}
