package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.blocking.ReceiveSide.State;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ReceiveSideTest {

	private int asked;

	private final ReceiveSide side = new ReceiveSide(() -> this.asked++, 0);

	private static ByteBuf bytes(String text) {
		return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
	}

	private String read(int atMost) throws IOException {
		ByteBuffer target = ByteBuffer.allocate(atMost);
		int length = this.side.read(target);
		return (length < 0) ? "end" : new String(target.array(), 0, length, StandardCharsets.US_ASCII);
	}

	@Test
	void aBatchIsAskedForWhenTheOneBeforeIsConsumed() throws IOException {
		this.side.received(bytes("ab"));
		this.side.received(bytes("c"));
		this.side.batchComplete();
		assertThat(read(1)).isEqualTo("a");
		assertThat(read(9)).isEqualTo("b");
		assertThat(this.asked).isZero();
		assertThat(read(9)).isEqualTo("c");
		assertThat(this.asked).isOne();
	}

	@Test
	void oneBatchIsAskedForAtATime() throws IOException {
		this.side.received(bytes("a"));
		assertThat(read(9)).isEqualTo("a");
		this.side.received(bytes("b"));
		assertThat(read(9)).isEqualTo("b");
		assertThat(this.asked).isOne();
		this.side.batchComplete();
		this.side.received(bytes("c"));
		assertThat(read(9)).isEqualTo("c");
		assertThat(this.asked).isEqualTo(2);
	}

	@Test
	void whatCameBeforeTheEndIsReadBeforeIt() throws IOException {
		this.side.received(bytes("ab"));
		this.side.ended();
		assertThat(this.side.available()).isEqualTo(2);
		assertThat(read(1)).isEqualTo("a");
		assertThat(read(1)).isEqualTo("b");
		assertThat(read(1)).isEqualTo("end");
		assertThat(read(1)).isEqualTo("end");
		assertThat(this.asked).isZero();
	}

	@Test
	void aFailureDropsWhatWasQueued() {
		ByteBuf queued = bytes("ab");
		this.side.received(queued);
		StreamReset cause = StreamReset.local(7);
		this.side.failed(cause);
		assertThat(queued.refCnt()).isZero();
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> read(1)).withCause(cause);
		assertThat(this.side.state()).isEqualTo(State.FAILED);
	}

	@Test
	void aResetAfterTheEndIsNoFailureForAReader() throws IOException {
		this.side.received(bytes("ab"));
		this.side.ended();
		this.side.failed(StreamReset.local(7));
		assertThat(this.side.state()).isEqualTo(State.ENDED);
		assertThat(read(1)).isEqualTo("a");
		assertThat(read(1)).isEqualTo("b");
		assertThat(read(1)).isEqualTo("end");
	}

	@Test
	void aLostConnectionAfterTheEndIsNoFailureForAReader() throws IOException {
		this.side.received(bytes("a"));
		this.side.ended();
		this.side.failed(new ConnectionLost("gone"));
		assertThat(this.side.state()).isEqualTo(State.ENDED);
		assertThat(read(1)).isEqualTo("a");
		assertThat(read(1)).isEqualTo("end");
	}

	@Test
	void theFirstFailureIsKept() {
		ConnectionLost first = new ConnectionLost("gone");
		this.side.failed(first);
		this.side.failed(StreamReset.local(7));
		this.side.ended();
		this.side.givenUp();
		assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> read(1)).withCause(first);
	}

	@Test
	void whoGivesUpAStreamThatEndedInOrderReadsItsEnd() throws IOException {
		ByteBuf queued = bytes("ab");
		this.side.received(queued);
		this.side.ended();
		this.side.givenUp();
		assertThat(queued.refCnt()).isZero();
		assertThat(this.side.state()).isEqualTo(State.GIVEN_UP);
		assertThat(read(1)).isEqualTo("end");
	}

	@Test
	void afterACloseNothingIsReadOrKept() {
		ByteBuf queued = bytes("ab");
		this.side.received(queued);
		this.side.close();
		ByteBuf late = bytes("c");
		this.side.received(late);
		this.side.ended();
		this.side.failed(StreamReset.local(7));
		this.side.givenUp();
		assertThat(queued.refCnt()).isZero();
		assertThat(late.refCnt()).isZero();
		assertThat(this.side.state()).isEqualTo(State.CLOSED);
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> read(1));
	}

	@Test
	void aReaderAsksAndWaitsNoLongerThanItsTimeout() {
		this.side.timeout(1);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> read(1));
		assertThat(this.asked).isOne();
	}

	@Test
	void aReaderWaitsNoLongerForTheFirstByteThanItMayTake() throws IOException {
		ReceiveSide limited = new ReceiveSide(() -> {
		}, 1);
		assertThat(limited.isSilent()).isTrue();
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> limited.read(ByteBuffer.allocate(1)));
		limited.received(bytes("ab"));
		assertThat(limited.isSilent()).isFalse();
		assertThat(limited.read(ByteBuffer.allocate(2))).isEqualTo(2);
		limited.ended();
		assertThat(limited.read(ByteBuffer.allocate(1))).isEqualTo(-1);
	}

	@Test
	void theTimeForTheFirstByteIsForThatOneAndGivesWayToATimeoutThatIsSet() throws Exception {
		assertThat(waits(new ReceiveSide(() -> {
		}, 1), (side) -> side.received(bytes("a")))).isTrue();
		assertThat(waits(new ReceiveSide(() -> {
		}, 1), (side) -> side.timeout(0))).isTrue();
	}

	/** Whether a read waits until it gets something, after a byte that may have come. */
	private static boolean waits(ReceiveSide side, Consumer<ReceiveSide> first) throws Exception {
		first.accept(side);
		while (side.available() > 0) {
			side.read(ByteBuffer.allocate(1));
		}
		FutureTask<Integer> reading = new FutureTask<>(() -> side.read(ByteBuffer.allocate(1)));
		new Thread(reading, "reader").start();
		while (!reading.isDone() && side.waitedNanos(System.nanoTime()) < 1_000_000) {
			Thread.onSpinWait();
		}
		assertThat(reading.isDone()).isFalse();
		side.received(bytes("b"));
		boolean read = reading.get() == 1;
		assertThat(side.waitedNanos(System.nanoTime())).isEqualTo(-1);
		return read;
	}

	@Test
	void anEmptyBufferIsNoData() {
		ByteBuf empty = Unpooled.directBuffer(1);
		this.side.received(empty);
		assertThat(empty.refCnt()).isZero();
		assertThat(this.side.available()).isZero();
	}

}
