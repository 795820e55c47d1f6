package io.p2pboot.libp2p.muxer.yamux;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxPeer.Frame;
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
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The frames of a session against a scripted peer: windows, order, pings and ends.
 */
@Timeout(60)
class YamuxSessionTest {

	private YamuxPeer peer = new YamuxPeer();

	@AfterEach
	void close() {
		this.peer.close();
	}

	private void restart(YamuxConfig config, boolean weDialled) {
		this.peer.close();
		this.peer = new YamuxPeer(config, weDialled);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	// Streams.

	@Test
	void whoDialledOpensOddStreams() { // M1
		restart(YamuxConfig.DEFAULT, true);
		this.peer.weOpen();
		this.peer.weOpen();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, SYN, 1, 0),
				new Frame(WINDOW_UPDATE, SYN, 3, 0));
	}

	@Test
	void whoListenedOpensEvenStreams() { // M1
		this.peer.weOpen();
		this.peer.weOpen();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, SYN, 2, 0),
				new Frame(WINDOW_UPDATE, SYN, 4, 0));
	}

	@Test
	void aNewStreamIsAcknowledgedAtOnce() { // M37
		this.peer.sendFrame(WINDOW_UPDATE, SYN, 1, 0);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, ACK, 1, 0));
	}

	@Test
	void theEndIsAFrameOfItsOwn() { // M5
		RecordedStream stream = this.peer.openStream(1);
		stream.write(bytes("all"));
		stream.channel().shutdownOutput();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 3, "all"),
				new Frame(WINDOW_UPDATE, FIN, 1, 0));
	}

	@Test
	void whatIsFlushedAtOnceIsOneFrame() {
		RecordedStream stream = this.peer.openStream(1);
		stream.channel().write(Unpooled.wrappedBuffer(bytes("one ")));
		stream.channel().write(Unpooled.EMPTY_BUFFER);
		stream.channel().write(Unpooled.wrappedBuffer(bytes("two ")));
		stream.channel().writeAndFlush(Unpooled.wrappedBuffer(bytes("three")));
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 13, "one two three"));
	}

	@Test
	void framesHaveAtMostSixtyFourKibibytes() {
		RecordedStream stream = this.peer.openStream(1);
		ChannelFuture written = stream.write(new byte[WINDOW]);
		List<Frame> frames = this.peer.acceptFrames();
		assertThat(frames).allSatisfy((frame) -> assertThat(frame.length()).isBetween(1L, 65_507L));
		assertThat(frames.stream().mapToLong(Frame::length).sum()).isEqualTo(WINDOW);
		assertThat(written.isSuccess()).isTrue();
	}

	@Test
	void anEmptyWriteSendsNothing() { // M25
		RecordedStream stream = this.peer.openStream(1);
		ChannelFuture written = stream.write();
		assertThat(written.isSuccess()).isTrue();
		assertThat(this.peer.hasSent()).isFalse();
	}

	@Test
	void anEmptyFrameDeliversNothing() { // M25
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(DATA, 0, 1, 0);
		assertThat(stream.reads()).isZero();
		this.peer.sendData(0, 1, bytes("more"));
		assertThat(stream.received()).isEqualTo(bytes("more"));
	}

	@Test
	void theEndInADataFrameComesAfterItsBody() { // M5
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendBytes(YamuxPeer.frame(DATA, FIN, 1, 6).writeBytes(bytes("abc")));
		assertThat(stream.received()).isEqualTo(bytes("abc"));
		assertThat(stream.hasEnded()).isFalse();
		this.peer.sendBytes(Unpooled.wrappedBuffer(bytes("def")));
		assertThat(stream.received()).isEqualTo(bytes("abcdef"));
		assertThat(stream.hasEnded()).isTrue();
	}

	@Test
	void aResetCarriesItsCode() { // M10
		RecordedStream ours = this.peer.openStream(1);
		ours.channel().reset(0xFFFF_FFFFL);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(WINDOW_UPDATE, RST, 1, 0xFFFF_FFFFL));
		RecordedStream theirs = this.peer.openStream(3);
		this.peer.sendFrame(WINDOW_UPDATE, RST, 3, 0xFFFF_FFFFL);
		assertThat(theirs.awaitFailure()).isInstanceOfSatisfying(StreamReset.class,
				(reset) -> assertThat(reset.code()).hasValue(0xFFFF_FFFFL));
	}

	@Test
	void aCloseCompletesWhenThePeerResetsTheStreamThatWaitsForItsWindow() { // M22
		RecordedStream stream = this.peer.openStream(1);
		ChannelFuture written = stream.write(new byte[WINDOW + 1]);
		ChannelFuture closed = stream.channel().close();
		this.peer.acceptFrames();
		assertThat(closed.isDone()).isFalse();
		this.peer.sendFrame(WINDOW_UPDATE, RST, 1, 0);
		assertThat(closed.isSuccess()).isTrue();
		assertThat(written.isSuccess()).isFalse();
		assertThat(stream.isClosed()).isTrue();
	}

	@Test
	void aCloseSendsWhatWasWrittenWhenTheWindowAllows() { // M18
		RecordedStream stream = this.peer.openStream(1);
		stream.write(new byte[WINDOW + 3]);
		ChannelFuture closed = stream.channel().close();
		this.peer.acceptFrames();
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 10);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 3, "\0\0\0"),
				new Frame(WINDOW_UPDATE, FIN, 1, 0));
		assertThat(closed.isSuccess()).isTrue();
	}

	// Windows.

	@Test
	void nothingIsSentBeyondTheWindow() { // M32
		RecordedStream stream = this.peer.openStream(1);
		ChannelFuture written = stream.write(new byte[WINDOW + 5]);
		assertThat(this.peer.acceptFrames().stream().mapToLong(Frame::length).sum()).isEqualTo(WINDOW);
		assertThat(written.isDone()).isFalse();
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 2);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 2, "\0\0"));
		RecordedStream other = this.peer.openStream(3);
		other.write(bytes("not held up"));
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 3, 11, "not held up"));
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 0xFFFF_FFFFL);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 3, "\0\0\0"));
		assertThat(written.isSuccess()).isTrue();
	}

	@Test
	void creditReturnsOnlyForWhatWasRead() { // M33, M35
		RecordedStream stream = this.peer.unread().openStream(1);
		for (int piece = 0; piece < 8; piece++) {
			this.peer.sendData(0, 1, new byte[WINDOW / 8]);
		}
		assertThat(this.peer.hasSent()).as("credit on arrival").isFalse();
		stream.channel().read();
		int delivered = stream.receivedBytes();
		assertThat(delivered).isEqualTo(YamuxStreamChannel.BATCH_BYTES);
		assertThat(this.peer.hasSent()).as("credit before the next read").isFalse();
		int credit = 0;
		for (int reads = 0; reads < 10 && credit < WINDOW / 2; reads++) {
			int before = stream.receivedBytes();
			stream.channel().read();
			for (Frame frame : this.peer.acceptFrames()) {
				assertThat(frame.flags()).isZero();
				assertThat(frame.length()).as("not many small updates").isGreaterThanOrEqualTo(WINDOW / 2);
				credit += (int) frame.length();
			}
			assertThat(credit).isLessThanOrEqualTo(before);
		}
		assertThat(credit).isGreaterThanOrEqualTo(WINDOW / 2);
	}

	@Test
	void noCreditIsGivenAfterThePeersEnd() { // M33
		RecordedStream stream = this.peer.unread().openStream(1);
		this.peer.sendData(FIN, 1, new byte[WINDOW]);
		for (int reads = 0; reads < 10 && !stream.hasEnded(); reads++) {
			stream.channel().read();
		}
		assertThat(stream.receivedBytes()).isEqualTo(WINDOW);
		assertThat(stream.hasEnded()).isTrue();
		assertThat(this.peer.hasSent()).isFalse();
	}

	/** Fills the window and reads it, and returns the credit for it. */
	private long cycle(int id, int window, long millis) {
		this.peer.advance(millis);
		this.peer.sendData(0, id, new byte[window]);
		return this.peer.acceptFrames().stream().mapToLong(Frame::length).sum();
	}

	private void answerPingAfter(long millis) {
		this.peer.advance(millis);
		this.peer.sendFrame(PING, ACK, 0, 1);
	}

	@Test
	void theWindowGrowsToItsCapWhileItIsUsedUpFasterThanRoundTripsAllow() { // M34
		answerPingAfter(100);
		this.peer.openStream(1);
		int window = WINDOW;
		while (window < YamuxConfig.DEFAULT.maxWindowBytes()) {
			assertThat(cycle(1, window, 50)).isEqualTo(2L * window);
			window *= 2;
		}
		assertThat(cycle(1, window, 50)).as("at the cap").isEqualTo(window);
		this.peer.sendFrame(DATA, 0, 1, window + 1);
		this.peer.assertGoneAway(GoAwayCode.PROTOCOL_ERROR);
	}

	@Test
	void theWindowGrowsToACapThatIsNoPowerOfTwo() { // M34
		restart(YamuxConfig.DEFAULT.withMaxWindowBytes(700_000), false);
		answerPingAfter(100);
		this.peer.openStream(1);
		assertThat(cycle(1, WINDOW, 50)).isEqualTo(2L * WINDOW);
		assertThat(cycle(1, 2 * WINDOW, 50)).isEqualTo(2L * WINDOW + 700_000 - 2 * WINDOW);
		assertThat(cycle(1, 700_000, 50)).isEqualTo(700_000);
	}

	@Test
	void theWindowDoesNotGrowForASlowStreamOrWithoutARoundTripTime() { // M34
		this.peer.openStream(1);
		assertThat(cycle(1, WINDOW, 1)).as("no round trip is known").isEqualTo(WINDOW);
		answerPingAfter(100);
		assertThat(cycle(1, WINDOW, 401)).isEqualTo(WINDOW);
	}

	@Test
	void windowsShareWhatTheBudgetHasLeftShrinkUnderPressureAndGrowAgain() { // M34
		restart(YamuxConfig.DEFAULT.withLimits(2, 10L * WINDOW), false);
		answerPingAfter(100);
		this.peer.openStream(1);
		this.peer.openStream(3);
		assertThat(cycle(1, WINDOW, 50)).isEqualTo(2L * WINDOW);
		assertThat(cycle(3, WINDOW, 50)).isEqualTo(2L * WINDOW);
		assertThat(cycle(1, 2 * WINDOW, 50)).isEqualTo(4L * WINDOW);
		assertThat(cycle(3, 2 * WINDOW, 50)).as("half of the 5 that are left").isEqualTo(7L * WINDOW / 2);
		assertThat(cycle(1, 4 * WINDOW, 50)).as("half of the 5.5 that are left").isEqualTo(15L * WINDOW / 4);
		this.peer.sendFrame(WINDOW_UPDATE, RST, 3, 0);
		assertThat(cycle(1, 15 * WINDOW / 4, 50)).as("half of the 8 that are left").isEqualTo(5L * WINDOW);
		this.peer.assertAlive();
	}

	@Test
	void aBudgetWithoutRoomToGrowLeavesTheFirstWindows() { // M34
		restart(YamuxConfig.DEFAULT.withLimits(2, 2L * WINDOW), false);
		answerPingAfter(100);
		this.peer.openStream(1);
		assertThat(cycle(1, WINDOW, 50)).isEqualTo(WINDOW);
		assertThat(cycle(1, WINDOW, 50)).isEqualTo(WINDOW);
	}

	@Test
	void aBodyOfTheWholeWindowIsPassedOnAsItComes() { // M35
		answerPingAfter(100);
		RecordedStream other = this.peer.openStream(1);
		RecordedStream stream = this.peer.openStream(3);
		int window = WINDOW;
		while (window < YamuxConfig.DEFAULT.maxWindowBytes()) {
			cycle(3, window, 50);
			window *= 2;
		}
		other.channel().config().setAutoRead(false);
		this.peer.sendData(0, 1, new byte[1000]);
		this.peer.sendData(0, 1, new byte[1000]);
		int before = stream.receivedBytes();
		this.peer.sendBytes(YamuxPeer.frame(DATA, 0, 3, window));
		for (int sent = 0; sent < window; sent += 65_536) {
			this.peer.sendBytes(Unpooled.wrappedBuffer(new byte[65_536]));
			assertThat(stream.receivedBytes() - before).isEqualTo(sent + 65_536);
		}
		assertThat(stream.failures()).as("what is read as it comes is not unread").isZero();
		this.peer.assertAlive();
	}

	// Fairness.

	@Test
	void streamsThatHaveMuchToSendTakeTurns() {
		List<RecordedStream> streams = new ArrayList<>();
		for (int index = 0; index < 4; index++) {
			streams.add(this.peer.openStream(2 * index + 1));
		}
		this.peer.stall(true);
		streams.forEach((stream) -> stream.write(new byte[WINDOW]));
		this.peer.channel().runPendingTasks();
		List<Integer> order = new ArrayList<>();
		for (int round = 0; round < 40; round++) {
			this.peer.stall(false);
			this.peer.stall(true);
			this.peer.acceptFrames().forEach((frame) -> order.add(frame.id()));
		}
		int second = order.indexOf(3);
		for (int start = second; start < second + 8; start += 4) {
			assertThat(order.subList(start, start + 4)).as("turn at " + start + " of " + order)
				.containsExactly(3, 5, 7, 1);
		}
	}

	@Test
	void aSmallWriteIsNotHeldUpByALargeOne() {
		RecordedStream large = this.peer.openStream(1);
		RecordedStream small = this.peer.openStream(3);
		this.peer.stall(true);
		large.write(new byte[WINDOW]);
		this.peer.channel().runPendingTasks();
		small.write(bytes("quick"));
		for (int round = 0; round < 10; round++) {
			this.peer.stall(false);
			this.peer.stall(true);
		}
		List<Frame> frames = this.peer.acceptFrames();
		int at = frames.indexOf(new Frame(DATA, 0, 3, 5, "quick"));
		assertThat(at).isBetween(0, frames.size() - 2);
	}

	// Opening.

	@Test
	void onlySoManyStreamsWaitForTheirAcknowledgement() { // M37
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			this.peer.weOpen();
		}
		Future<StreamChildChannel> waiting = this.peer.session().openStream(new RecordedStream());
		assertThat(this.peer.acceptFrames()).hasSize(YamuxSession.ACK_BACKLOG);
		assertThat(waiting.isDone()).isFalse();
		this.peer.sendData(ACK, 2, bytes("first use"));
		assertThat(this.peer.acceptFrame())
			.isEqualTo(new Frame(WINDOW_UPDATE, SYN, 2 * YamuxSession.ACK_BACKLOG + 2, 0));
		assertThat(waiting.isSuccess()).isTrue();
	}

	@Test
	void urgentStreamsFindRoomThatOthersDoNotGet() {
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			this.peer.weOpen();
		}
		Future<StreamChildChannel> waiting = this.peer.session().openStream(new RecordedStream());
		for (int index = 0; index < YamuxSession.URGENT_BACKLOG; index++) {
			assertThat(this.peer.session().openUrgentStream(new RecordedStream()).isSuccess()).isTrue();
		}
		assertThat(this.peer.session().openUrgentStream(new RecordedStream()).isDone()).isFalse();
		assertThat(waiting.isDone()).isFalse();
	}

	@Test
	void anUrgentStreamThatWaitsGetsTheFirstRoom() {
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			this.peer.weOpen();
		}
		for (int index = 0; index < YamuxSession.URGENT_BACKLOG; index++) {
			this.peer.session().openUrgentStream(new RecordedStream());
		}
		Future<StreamChildChannel> waiting = this.peer.session().openStream(new RecordedStream());
		Future<StreamChildChannel> urgent = this.peer.session().openUrgentStream(new RecordedStream());
		this.peer.sendFrame(WINDOW_UPDATE, ACK, 2, 0);
		assertThat(urgent.isSuccess()).isTrue();
		assertThat(waiting.isDone()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aStreamThatEndsUnacknowledgedMakesRoom(boolean byPeer) { // M37
		List<RecordedStream> streams = new ArrayList<>();
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			streams.add(this.peer.weOpen());
		}
		Future<StreamChildChannel> waiting = this.peer.session().openStream(new RecordedStream());
		if (byPeer) {
			this.peer.sendFrame(WINDOW_UPDATE, RST, 2, 0);
		}
		else {
			streams.get(0).channel().reset(0);
		}
		assertThat(waiting.isSuccess()).isTrue();
	}

	@Test
	void onlySoManyOpensWait() { // M37
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			this.peer.weOpen();
		}
		List<Future<StreamChildChannel>> waiting = new ArrayList<>();
		for (int index = 0; index < WaitingOpens.MAXIMUM; index++) {
			waiting.add(this.peer.session().openStream(new RecordedStream()));
		}
		assertThat(this.peer.session().openStream(new RecordedStream()).cause()).isInstanceOf(LimitExceeded.class);
		assertThat(waiting).noneMatch(Future::isDone);
		this.peer.channel().close();
		assertThat(waiting).allSatisfy((open) -> assertThat(open.cause()).isInstanceOf(ConnectionLost.class));
	}

	// Pings.

	@Test
	void aPingIsAnsweredWithItsValue() { // M38
		this.peer.sendFrame(PING, SYN, 0, 0xDEAD_BEEFL);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(PING, ACK, 0, 0xDEAD_BEEFL));
	}

	@Test
	void manyPingsAreAnsweredInOrder() { // M39
		for (int value = 0; value < 500; value++) {
			this.peer.sendFrame(PING, SYN, 0, value);
		}
		List<Frame> answers = this.peer.acceptFrames();
		for (int value = 0; value < 500; value++) {
			assertThat(answers.get(value)).isEqualTo(new Frame(PING, ACK, 0, value));
		}
	}

	@Test
	void theRoundTripIsMeasuredAtOnceAndAgain() { // M39
		assertThat(this.peer.session().roundTripTime()).isEmpty();
		answerPingAfter(42);
		assertThat(this.peer.session().roundTripTime()).hasValue(Duration.ofMillis(42));
		this.peer.advance(TimeUnit.SECONDS.toMillis(30) - 42);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(PING, SYN, 0, 2));
		this.peer.advance(10);
		this.peer.sendFrame(PING, ACK, 0, 2);
		assertThat(this.peer.session().roundTripTime()).hasValue(Duration.ofMillis(10));
	}

	@Test
	void aPeerThatDoesNotAnswerIsLost() { // M38
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(PING, ACK, 0, 1);
		this.peer.advance(30_000);
		assertThat(this.peer.acceptFrame()).isEqualTo(new Frame(PING, SYN, 0, 2));
		this.peer.advance(9_999);
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.advance(1);
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class).hasMessageContaining("ping");
	}

	@Test
	void aPeerThatSendsMuchMayAnswerLate() { // M38
		RecordedStream stream = this.peer.openStream(1);
		for (int seconds = 0; seconds < 60; seconds += 5) {
			this.peer.advance(5_000);
			this.peer.sendData(0, 1, new byte[10]);
		}
		assertThat(stream.receivedBytes()).isEqualTo(120);
		this.peer.assertAlive();
		this.peer.advance(10_000);
		this.peer.advance(10_000);
		assertThat(this.peer.channel().isOpen()).isFalse();
	}

	@Test
	void noTimerIsLeftWhenTheConnectionHasEnded() { // M38
		this.peer.stall(true);
		this.peer.openStreamUnread(1).write(new byte[WINDOW]);
		this.peer.channel().runPendingTasks();
		this.peer.channel().close();
		this.peer.channel().runPendingTasks();
		assertThat(this.peer.channel().runScheduledPendingTasks()).as("nanoseconds to the next task").isEqualTo(-1);
	}

	// Writes.

	@Test
	void aPeerThatDoesNotReadForTenSecondsIsLost() { // M41
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(PING, ACK, 0, 1);
		this.peer.stall(true);
		stream.write(new byte[WINDOW]);
		this.peer.channel().runPendingTasks();
		this.peer.advance(9_999);
		assertThat(this.peer.channel().isOpen()).isTrue();
		this.peer.advance(1);
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class).hasMessageContaining("did not read");
	}

	@Test
	void aFewBytesThatAreNotReadCountToo() { // M41
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(PING, ACK, 0, 1);
		this.peer.stall(true);
		stream.write(bytes("few"));
		this.peer.channel().runPendingTasks();
		this.peer.advance(10_000);
		assertThat(this.peer.channel().isOpen()).isFalse();
	}

	@Test
	void aPeerThatReadsSlowlyIsNotLost() { // M41
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(PING, ACK, 0, 1);
		this.peer.stall(true);
		stream.write(new byte[3 * WINDOW]);
		this.peer.channel().runPendingTasks();
		for (int round = 0; round < 3; round++) {
			this.peer.advance(9_000);
			this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 1);
			this.peer.stall(false);
			this.peer.stall(true);
		}
		assertThat(this.peer.channel().isOpen()).isTrue();
	}

	// The end.

	@ParameterizedTest
	@EnumSource
	void weSayWhyWeEndTheConnection(GoAwayCode code) { // M40
		RecordedStream stream = this.peer.openStream(1);
		ChannelFuture closed = this.peer.session().close(code.ordinal());
		this.peer.channel().runPendingTasks();
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(GO_AWAY, 0, 0, code.ordinal()));
		assertThat(closed.isSuccess()).isTrue();
		assertThat(stream.awaitFailure()).isInstanceOf(ConnectionLost.class);
		assertThat(this.peer.session().openStream(new RecordedStream()).cause()).isInstanceOf(ConnectionLost.class);
	}

	@Test
	void aPeerThatEndsAnIdleConnectionIsLeft() { // M40
		this.peer.sendFrame(GO_AWAY, 0, 0, 0);
		assertThat(this.peer.channel().isOpen()).isFalse();
	}

	@Test
	void opensThatWaitFailWhenThePeerEndsTheConnection() { // M40
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			this.peer.weOpen();
		}
		Future<StreamChildChannel> waiting = this.peer.session().openStream(new RecordedStream());
		this.peer.sendFrame(GO_AWAY, 0, 0, 0);
		assertThat(waiting.cause()).isInstanceOf(ConnectionLost.class);
		assertThat(this.peer.channel().isOpen()).isTrue();
	}

}
