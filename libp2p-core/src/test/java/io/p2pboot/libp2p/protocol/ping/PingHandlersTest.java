package io.p2pboot.libp2p.protocol.ping;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.netty.TestStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PingHandlersTest {

	private final TestStream stream = new TestStream(Ping.PATH,
			TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2"));

	private final Promise<List<Duration>> result = ImmediateEventExecutor.INSTANCE.newPromise();

	private final List<Duration> observed = new ArrayList<>();

	@AfterEach
	void close() {
		this.stream.finishAndReleaseAll();
	}

	@Test
	void aRequesterTimesEachAnswerOnOneStream() { // P1, P2
		request(3);
		for (int i = 1; i <= 3; i++) {
			byte[] ping = this.stream.sent();
			assertThat(ping).hasSize(32);
			advance(Duration.ofMillis(i));
			this.stream.receive(ping);
		}
		assertThat(this.result.getNow()).containsExactly(Duration.ofMillis(1), Duration.ofMillis(2),
				Duration.ofMillis(3));
		assertThat(this.observed).isEqualTo(this.result.getNow());
		assertThat(this.stream.isEnded()).isTrue();
	}

	@Test
	void eachPingHasOtherBytes() {
		request(2);
		byte[] first = this.stream.sent();
		this.stream.receive(first);
		assertThat(this.stream.sent()).hasSize(32).isNotEqualTo(first);
	}

	@Test
	void anAnswerMayComeByteByByte() {
		request(1);
		for (byte one : this.stream.sent()) {
			assertThat(this.result.isDone()).isFalse();
			this.stream.receive(one);
		}
		assertThat(this.result.isSuccess()).isTrue();
	}

	@Test
	void anAnswerWithOneOtherBitResetsTheStream() { // P3
		request(1);
		byte[] answer = this.stream.sent();
		answer[31] ^= 1;
		this.stream.receive(answer);
		assertFailed("other bytes");
	}

	@Test
	void anAnswerOfOneByteMoreResetsTheStream() { // P4
		request(1);
		this.stream.receive(Arrays.copyOf(this.stream.sent(), 33));
		assertFailed("longer than 32");
	}

	@Test
	void anAnswerOfOneByteLessFails() { // P4
		request(1);
		this.stream.receive(Arrays.copyOf(this.stream.sent(), 31));
		assertThat(this.result.isDone()).isFalse();
		this.stream.receiveEnd();
		assertFailed("ended the stream");
	}

	@Test
	void anAnswerIsWaitedForTenSeconds() { // P5
		request(2);
		this.stream.receive(this.stream.sent());
		advance(Duration.ofMillis(9_999));
		assertThat(this.result.isDone()).isFalse();
		advance(Duration.ofMillis(1));
		assertFailed("within 10 s");
	}

	private void assertFailed(String reason) {
		assertThat(this.result.cause()).isInstanceOf(StreamReset.class).hasMessageContaining(reason);
		assertThat(this.stream.resetCode()).hasValue(PingRequester.FAILED);
	}

	@Test
	void aResetOfThePeerIsTheFailure() {
		request(1);
		StreamReset reset = StreamReset.byRemote(7);
		this.stream.pipeline().fireExceptionCaught(reset);
		assertThat(this.result.cause()).isSameAs(reset);
	}

	@Test
	void theEndOfTheConnectionIsTheFailure() { // P9
		request(1);
		this.stream.lose();
		assertThat(this.result.cause()).isInstanceOf(ConnectionLost.class);
	}

	@Test
	void cancellingResetsTheStream() {
		request(1);
		this.result.cancel(false);
		assertThat(this.stream.resetCode()).hasValue(PingRequester.FAILED);
	}

	private void request(int times) {
		this.stream.pipeline().addLast(new PingRequester(this.stream, times, this.observed::add, this.result));
	}

	@Test
	void aResponderSendsBackWholePings() {
		respond();
		byte[] pings = bytes(33);
		this.stream.receive(Arrays.copyOf(pings, 31));
		assertThat(this.stream.sent()).isEmpty();
		this.stream.receive(pings[31], pings[32]);
		assertThat(this.stream.sent()).isEqualTo(Arrays.copyOf(pings, 32));
		this.stream.receive(Arrays.copyOf(pings, 31));
		byte[] second = new byte[32];
		second[0] = pings[32];
		System.arraycopy(pings, 0, second, 1, 31);
		assertThat(this.stream.sent()).isEqualTo(second);
	}

	@Test
	void aResponderEndsItsSideWithThePeers() { // P9
		respond();
		this.stream.receive(bytes(31));
		this.stream.receiveEnd();
		assertThat(this.stream.isEnded()).isTrue();
		assertThat(this.stream.sent()).isEmpty();
	}

	@Test
	void aStreamWithoutAPingForTenSecondsIsEnded() {
		respond();
		advance(Duration.ofSeconds(9));
		this.stream.receive(bytes(32));
		advance(Duration.ofSeconds(9));
		// Part of a ping is none.
		this.stream.receive(bytes(31));
		assertThat(this.stream.isEnded()).isFalse();
		advance(Duration.ofSeconds(1));
		assertThat(this.stream.isEnded()).isTrue();
	}

	@Test
	void aStreamIsServedForThirtySeconds() { // P7
		respond();
		for (int second = 0; second < 29; second++) {
			advance(Duration.ofSeconds(1));
			this.stream.receive(bytes(32));
		}
		assertThat(this.stream.isEnded()).isFalse();
		advance(Duration.ofSeconds(1));
		assertThat(this.stream.isEnded()).isTrue();
	}

	@Test
	void aStreamWhoseAnswersAreNotTakenIsReadNoMoreAndReset() { // P8
		stallWrites();
		respond();
		int pings = 0;
		for (; this.stream.config().isAutoRead(); pings++) {
			this.stream.receive(bytes(32));
		}
		assertThat(pings).as("answers that wait").isBetween(2, 17);
		advance(Duration.ofMillis(9999));
		assertThat(this.stream.resetCode()).isEmpty();
		advance(Duration.ofMillis(1));
		assertThat(this.stream.resetCode()).hasValue(PingResponder.STALLED);
	}

	@Test
	void aStreamWhoseAnswersAreTakenAfterAllIsReadAgain() { // P8
		ChannelHandler stall = stallWrites();
		respond();
		for (int ping = 0; ping <= 16; ping++) {
			this.stream.receive(bytes(32));
		}
		this.stream.pipeline().remove(stall);
		this.stream.flush();
		assertThat(this.stream.sent()).hasSize(17 * 32);
		assertThat(this.stream.config().isAutoRead()).isTrue();
		advance(Ping.TIMEOUT);
		assertThat(this.stream.isEnded()).isTrue();
	}

	/** As where the peer gives no credit: what is written stays in the channel. */
	private ChannelHandler stallWrites() {
		ChannelHandler stall = new ChannelOutboundHandlerAdapter() {
			@Override
			public void flush(ChannelHandlerContext ctx) {
				// The window is full.
			}
		};
		this.stream.pipeline().addFirst(stall);
		this.stream.config().setWriteBufferWaterMark(Ping.UNSENT);
		return stall;
	}

	@Test
	void nothingIsLeftOfAStreamThatEnded() {
		respond();
		this.stream.receiveEnd();
		assertThat(this.stream.hasPendingTasks()).isFalse();
	}

	private void respond() {
		this.stream.pipeline().addLast(new PingResponder(this.stream));
	}

	private void advance(Duration duration) {
		this.stream.advanceTimeBy(duration.toMillis(), TimeUnit.MILLISECONDS);
		this.stream.runScheduledPendingTasks();
	}

	private static byte[] bytes(int length) {
		byte[] bytes = new byte[length];
		for (int i = 0; i < length; i++) {
			bytes[i] = (byte) (i + 1);
		}
		return bytes;
	}

}
