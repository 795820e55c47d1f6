package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What a blocking stream means on every transport.
 */
abstract class StreamConformance extends NodeSuite {

	private static final ProtocolPath PATH = ProtocolPath.of("/streams/1.0.0");

	/** More than a window and every buffer hold. */
	private static final int MUCH = 4 << 20;

	private Stream ours;

	private Stream theirs;

	/** Opens a stream and accepts it. */
	private void connect() throws IOException {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		this.ours = this.client.openStream(this.server.addrInfo(), PATH);
		this.ours.outputStream().write(42);
		this.theirs = serving.acceptStream();
		assertThat(this.theirs.inputStream().read()).isEqualTo(42);
	}

	private static byte[] random(int bytes) {
		byte[] random = new byte[bytes];
		new Random(bytes).nextBytes(random);
		return random;
	}

	/** Calls on another thread, and waits until it blocks. */
	private <T> Future<T> blocked(Callable<T> call) {
		AtomicReference<Thread> thread = new AtomicReference<>();
		Future<T> running = this.executor.submit(() -> {
			thread.set(Thread.currentThread());
			return call.call();
		});
		eventually("a blocked thread", () -> {
			Thread started = thread.get();
			return started != null
					&& (started.getState() == Thread.State.WAITING || started.getState() == Thread.State.TIMED_WAITING);
		});
		return running;
	}

	private static Throwable failure(Future<?> running) throws Exception {
		try {
			running.get(20, TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			return ex.getCause();
		}
		throw new AssertionError("Did not fail");
	}

	@Test
	void tellsWhatItIs() throws Exception {
		connect();
		assertThat(this.ours.protocol()).isEqualTo(PATH);
		assertThat(this.ours.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(this.theirs.direction()).isEqualTo(Direction.INBOUND);
		assertThat(this.ours.remotePeer().id()).isEqualTo(this.server.peerId());
		assertThat(this.theirs.remotePeer().id()).isEqualTo(this.client.peerId());
		assertThat(this.ours.connection().streams()).isPositive();
		assertThat(this.ours.isOpen()).isTrue();
		this.ours.close();
		assertThat(this.ours.isOpen()).isFalse();
	}

	@Test
	void aStreamThatEndedInOrderIsNotOpenAndHasNoFailure() throws Exception {
		connect();
		this.ours.closeWrite();
		this.theirs.closeWrite();
		assertThat(this.theirs.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThat(this.ours.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		eventually("the end", () -> !this.ours.isOpen() && !this.theirs.isOpen());
		assertThat(this.ours.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> this.ours.write(ByteBuffer.allocate(1)));
		this.ours.reset(7);
		assertThat(this.ours.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		this.ours.close();
	}

	@Test
	void aReadBlocksForAtLeastOneByte() throws Exception {
		connect();
		ByteBuffer buffer = ByteBuffer.allocate(100);
		Future<Integer> reading = blocked(() -> this.ours.read(buffer));
		this.theirs.outputStream().write(7);
		assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo(1);
		assertThat(buffer.flip().get()).isEqualTo((byte) 7);
		assertThat(this.ours.read(ByteBuffer.allocate(0))).isZero();
	}

	// M7, M8
	@Test
	void whatCameBeforeTheEndIsReadBeforeIt() throws Exception {
		connect();
		byte[] sent = random(100_000);
		this.theirs.outputStream().write(sent);
		this.theirs.close();
		assertThat(this.ours.inputStream().readNBytes(50_000)).isEqualTo(Arrays.copyOf(sent, 50_000));
		assertThat(this.ours.inputStream().readAllBytes()).isEqualTo(Arrays.copyOfRange(sent, 50_000, 100_000));
		for (int i = 0; i < 2; i++) {
			assertThat(this.ours.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		}
	}

	// T16
	@Test
	void theAnswerIsReadAfterOurEnd() throws Exception {
		connect();
		this.ours.outputStream().write(1);
		this.ours.closeWrite();
		this.ours.closeWrite();
		assertThat(this.theirs.inputStream().readAllBytes()).containsExactly(1);
		this.theirs.outputStream().write(2);
		this.theirs.closeWrite();
		assertThat(this.ours.inputStream().readAllBytes()).containsExactly(2);
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> this.ours.write(ByteBuffer.allocate(1)));
	}

	@Test
	void aWriteBlocksWhileTheWindowIsFullAndWritesAllThatRemains() throws Exception {
		connect();
		byte[] sent = random(MUCH);
		ByteBuffer buffer = ByteBuffer.wrap(sent);
		Future<Integer> writing = blocked(() -> this.ours.write(buffer));
		assertThat(writing.isDone()).isFalse();
		assertThat(this.theirs.inputStream().readNBytes(MUCH)).isEqualTo(sent);
		assertThat(writing.get(20, TimeUnit.SECONDS)).isEqualTo(MUCH);
		assertThat(buffer.hasRemaining()).isFalse();
	}

	// M32, M35
	@Test
	void aStreamThatNobodyReadsDoesNotHoldUpAnother() throws Exception {
		connect();
		Future<Integer> writing = blocked(() -> this.ours.write(ByteBuffer.allocate(MUCH)));
		ProtocolPath other = ProtocolPath.of("/other/1.0.0");
		StreamProtocol serving = this.server.mountProtocol(other, StreamProtocol.create());
		try (Stream second = this.client.openStream(this.server.addrInfo(), other)) {
			byte[] sent = random(1 << 20);
			Future<byte[]> received = this.executor.submit(() -> serving.acceptStream().inputStream().readAllBytes());
			second.outputStream().write(sent);
			second.closeWrite();
			assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
		}
		assertThat(writing.isDone()).isFalse();
		this.theirs.reset(0);
		assertThat(failure(writing)).isInstanceOf(StreamReset.class);
	}

	// M27
	@Test
	void muchDataFlowsBothWaysAtOnce() throws Exception {
		connect();
		byte[] up = random(MUCH);
		byte[] down = random(MUCH + 1);
		List<Future<?>> writing = List.of(this.executor.submit(() -> writeAndEnd(this.ours, up)),
				this.executor.submit(() -> writeAndEnd(this.theirs, down)));
		Future<byte[]> received = this.executor.submit(() -> this.theirs.inputStream().readAllBytes());
		assertThat(this.ours.inputStream().readAllBytes()).isEqualTo(down);
		assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(up);
		for (Future<?> one : writing) {
			one.get(20, TimeUnit.SECONDS);
		}
	}

	private static Object writeAndEnd(Stream stream, byte[] bytes) throws IOException {
		stream.write(ByteBuffer.wrap(bytes));
		stream.closeWrite();
		return bytes;
	}

	@Test
	void closingEndsOurSideAndReading() throws Exception {
		connect();
		this.theirs.outputStream().write(random(1000));
		Future<Integer> reading = this.executor.submit(() -> this.theirs.inputStream().read());
		this.ours.close();
		this.ours.close();
		assertThat(reading.get(20, TimeUnit.SECONDS)).isEqualTo(-1);
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> this.ours.read(ByteBuffer.allocate(1)));
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> this.ours.write(ByteBuffer.allocate(1)));
		this.theirs.close();
		eventually("the stream gone from both ends", () -> noStreamOfOurs(this.client) && noStreamOfOurs(this.server));
		// Once the channel has gone the answers are the same.
		assertThatExceptionOfType(ClosedChannelException.class)
			.isThrownBy(() -> this.ours.write(ByteBuffer.allocate(1)));
	}

	private static boolean noStreamOfOurs(Node node) {
		return node.connections().stream().mapToInt(Connection::streams).sum() == 0;
	}

	// M18
	@Test
	void closingSendsWhatWasWrittenBefore() throws Exception {
		connect();
		byte[] sent = random(200_000);
		this.ours.write(ByteBuffer.wrap(sent));
		this.ours.close();
		assertThat(this.theirs.inputStream().readAllBytes()).isEqualTo(sent);
	}

	@Test
	void closingDiscardsWhatArrivesLaterAndThePeerIsNotHeldUp() throws Exception {
		connect();
		this.ours.inputStream().close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> this.ours.inputStream().read());
		this.theirs.write(ByteBuffer.allocate(MUCH));
		this.theirs.closeWrite();
		this.ours.outputStream().write(3);
		this.ours.closeWrite();
		assertThat(this.theirs.inputStream().readAllBytes()).containsExactly(3);
	}

	// M22
	@Test
	void closingEndsAWriterThatIsBlocked() throws Exception {
		connect();
		Future<Integer> writing = blocked(() -> this.ours.write(ByteBuffer.allocate(MUCH)));
		this.ours.close();
		assertThat(failure(writing)).isInstanceOf(ClosedChannelException.class);
	}

	@Test
	void closingEndsAReaderThatIsBlocked() throws Exception {
		connect();
		Future<Integer> reading = blocked(() -> this.ours.read(ByteBuffer.allocate(1)));
		this.ours.close();
		assertThat(failure(reading)).isInstanceOf(ClosedChannelException.class);
	}

	@Test
	void endingOurSideWhileAnotherThreadWritesLeavesReadingAlone() throws Exception {
		connect();
		Future<Integer> writing = blocked(() -> this.ours.write(ByteBuffer.allocate(MUCH)));
		this.ours.closeWrite();
		assertThat(failure(writing)).isInstanceOf(ClosedChannelException.class);
		this.theirs.outputStream().write(9);
		assertThat(this.ours.inputStream().read()).isEqualTo(9);
		assertThat(this.theirs.inputStream().readAllBytes().length).isLessThan(MUCH);
	}

	@Test
	void writersThatRaceWithTheEndOfOurSideNeverBreakTheStream() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		for (int round = 0; round < 50; round++) {
			Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
			stream.outputStream().write(1);
			Stream accepted = serving.acceptStream();
			CountDownLatch go = new CountDownLatch(1);
			Future<Integer> writing = this.executor.submit(() -> {
				go.await();
				int written = 0;
				try {
					while (true) {
						written += stream.write(ByteBuffer.allocate(100));
					}
				}
				catch (ClosedChannelException ex) {
					return written;
				}
			});
			go.countDown();
			stream.closeWrite();
			assertThat(accepted.inputStream().readAllBytes()).hasSize(writing.get(20, TimeUnit.SECONDS) + 1);
			accepted.outputStream().write(5);
			assertThat(stream.inputStream().read()).isEqualTo(5);
			accepted.close();
			stream.close();
		}
	}

	// M9, M10, M12
	@Test
	void aResetReachesPendingAndLaterReadsAndWritesWithItsCode() throws Exception {
		connect();
		Future<Integer> reading = blocked(() -> this.ours.read(ByteBuffer.allocate(1)));
		Future<Integer> writing = blocked(() -> this.ours.write(ByteBuffer.allocate(MUCH)));
		this.theirs.reset(77);
		this.theirs.reset(78);
		for (Future<?> pending : List.of(reading, writing)) {
			assertRemoteReset(failure(pending));
		}
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.ours.read(ByteBuffer.allocate(1)))
			.satisfies(StreamConformance::assertRemoteReset);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.ours.write(ByteBuffer.allocate(1)))
			.satisfies(StreamConformance::assertRemoteReset);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(this.ours::closeWrite)
			.satisfies(StreamConformance::assertRemoteReset);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.theirs.read(ByteBuffer.allocate(1)))
			.satisfies((reset) -> {
				assertThat(reset.isRemote()).isFalse();
				assertThat(reset.code()).hasValue(77);
			});
	}

	private static void assertRemoteReset(Throwable failure) {
		assertThat(failure).isInstanceOf(StreamReset.class);
		StreamReset reset = (StreamReset) failure;
		assertThat(reset.isRemote()).isTrue();
		assertThat(reset.code().orElse(77)).isEqualTo(77);
	}

	@Test
	void tryWithResourcesOnTheOutputKeepsTheReset() throws Exception {
		connect();
		this.theirs.reset(77);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			try (OutputStream output = this.ours.outputStream()) {
				while (true) {
					output.write(1);
				}
			}
		})
			.satisfies(StreamConformance::assertRemoteReset)
			.satisfies((reset) -> assertThat(reset.getSuppressed()).singleElement()
				.asInstanceOf(InstanceOfAssertFactories.THROWABLE)
				.hasCause(reset));
	}

	@Test
	void aResetWithQueuedDataIsImmediate() throws Exception {
		connect();
		Future<Integer> writing = blocked(() -> this.ours.write(ByteBuffer.allocate(MUCH)));
		this.ours.reset(5);
		assertThat(failure(writing)).isInstanceOf(StreamReset.class);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> this.theirs.inputStream().readAllBytes());
		eventually("the stream gone", () -> noStreamOfOurs(this.client) && noStreamOfOurs(this.server));
		assertThatIllegalArgumentException().isThrownBy(() -> this.ours.reset(-1));
		assertThatIllegalArgumentException().isThrownBy(() -> this.ours.reset(1L << 32));
	}

	@Test
	void aHandlerThatThrowsResetsAndOneThatReturnsCloses() throws Exception {
		BlockingQueue<Stream> handled = new LinkedBlockingQueue<>();
		this.server.mountProtocol(PATH, StreamProtocol.create()).serve(this.executor, (stream) -> {
			handled.add(stream);
			if (stream.inputStream().read() == 0) {
				throw new IOException("expected");
			}
			stream.outputStream().write(1);
		});
		Stream bad = this.client.openStream(this.server.addrInfo(), PATH);
		bad.outputStream().write(0);
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> bad.inputStream().read())
			.satisfies((reset) -> assertThat(reset.code().orElse(StreamProtocol.HANDLER_FAILED))
				.isEqualTo(StreamProtocol.HANDLER_FAILED));
		Stream good = this.client.openStream(this.server.addrInfo(), PATH);
		good.outputStream().write(1);
		assertThat(good.inputStream().readAllBytes()).containsExactly(1);
		eventually("both counted",
				() -> this.serverEvents.handlerFailures.size() == 1 && this.serverEvents.handlersReturned.get() == 1);
	}

	// M24
	@Test
	void anInterruptEndsABlockedReadAndTheStreamStaysUsable() throws Exception {
		connect();
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(() -> this.ours.read(ByteBuffer.allocate(1)))
			.isNotInstanceOf(SocketTimeoutException.class);
		assertThat(Thread.interrupted()).isTrue();
		this.theirs.outputStream().write(4);
		assertThat(this.ours.inputStream().read()).isEqualTo(4);
	}

	// M24
	@Test
	void anInterruptEndsABlockedWriteAndTheRestCanBeWrittenLater() throws Exception {
		connect();
		byte[] sent = random(MUCH);
		ByteBuffer buffer = ByteBuffer.wrap(sent);
		AtomicReference<Thread> writer = new AtomicReference<>();
		Future<Boolean> writing = blocked(() -> {
			writer.set(Thread.currentThread());
			try {
				this.ours.write(buffer);
				throw new AssertionError("Was not interrupted");
			}
			catch (InterruptedIOException ex) {
				return Thread.interrupted();
			}
		});
		writer.get().interrupt();
		assertThat(writing.get(20, TimeUnit.SECONDS)).isTrue();
		assertThat(buffer.position()).isPositive();
		Future<Integer> rest = this.executor.submit(() -> this.ours.write(buffer));
		assertThat(this.theirs.inputStream().readNBytes(MUCH)).isEqualTo(sent);
		assertThat(rest.get(20, TimeUnit.SECONDS)).isPositive();
	}

	// M24, T18
	@Test
	void timeOutsEndBlockedCallsAndTheStreamStaysUsable() throws Exception {
		connect();
		this.ours.readTimeout(Duration.ofMillis(20));
		this.ours.writeTimeout(Duration.ofMillis(20));
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> this.ours.read(ByteBuffer.allocate(1)))
			.withMessageContaining("20 ms");
		ByteBuffer much = ByteBuffer.allocate(MUCH);
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> this.ours.write(much))
			.withMessageContaining("20 ms");
		this.ours.readTimeout(Duration.ZERO);
		this.ours.writeTimeout(Duration.ofSeconds(Long.MAX_VALUE));
		Future<Integer> rest = this.executor.submit(() -> this.ours.write(much));
		assertThat(this.theirs.inputStream().readNBytes(MUCH)).hasSize(MUCH);
		rest.get(20, TimeUnit.SECONDS);
		this.theirs.outputStream().write(6);
		assertThat(this.ours.inputStream().read()).isEqualTo(6);
		assertThatIllegalArgumentException().isThrownBy(() -> this.ours.readTimeout(Duration.ofMillis(-1)));
	}

	// T14, T15, M15
	@Test
	void theEndOfTheConnectionReachesBlockedCalls() throws Exception {
		connect();
		Future<Integer> reading = blocked(() -> this.ours.read(ByteBuffer.allocate(1)));
		Future<Integer> writing = blocked(() -> this.ours.write(ByteBuffer.allocate(MUCH)));
		this.server.disconnect(this.client.peerId());
		assertThat(failure(reading)).isInstanceOf(ConnectionLost.class);
		assertThat(failure(writing)).isInstanceOf(ConnectionLost.class);
		assertThatExceptionOfType(ConnectionLost.class).isThrownBy(() -> this.ours.write(ByteBuffer.allocate(1)));
		assertThat(this.ours.isOpen()).isFalse();
	}

	@Test
	void aBufferThatCannotBeWrittenToIsRefusedAndNothingIsLost() throws Exception {
		connect();
		this.theirs.outputStream().write(8);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.ours.read(ByteBuffer.allocate(4).asReadOnlyBuffer()));
		assertThat(this.ours.inputStream().read()).isEqualTo(8);
	}

	// M26
	@Test
	void anyChunkingAndDirectBuffersCarryTheSameBytes() throws Exception {
		connect();
		byte[] sent = random(20_000);
		Future<?> writing = this.executor.submit(() -> {
			Random random = new Random(1);
			ByteBuffer direct = ByteBuffer.allocateDirect(sent.length).put(sent).flip();
			while (direct.position() < sent.length) {
				direct.limit(Math.min(sent.length, direct.position() + random.nextInt(700)));
				this.ours.write(direct);
			}
			this.ours.closeWrite();
			return null;
		});
		ByteBuffer received = ByteBuffer.allocateDirect(sent.length + 1);
		int read = 0;
		while (read >= 0) {
			received.limit(Math.min(received.capacity(), received.position() + 13));
			read = this.theirs.read(received);
		}
		writing.get(20, TimeUnit.SECONDS);
		assertThat(received.flip()).isEqualTo(ByteBuffer.wrap(sent));
	}

	@Test
	void asManyStreamsWaitToBeAcceptedAsAllowedAndOneMoreIsReset() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create(2));
		List<Stream> opened = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
			stream.outputStream().write(i);
			stream.closeWrite();
			opened.add(stream);
		}
		// The reset may overtake the answer of the negotiation.
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			Stream third = this.client.openStream(this.server.addrInfo(), PATH);
			third.outputStream().write(2);
			third.inputStream().read();
		})
			.satisfies((reset) -> assertThat(reset.code().orElse(StreamProtocol.REFUSED))
				.isEqualTo(StreamProtocol.REFUSED));
		for (int i = 0; i < 2; i++) {
			Stream accepted = serving.acceptStream();
			assertThat(accepted.inputStream().readAllBytes()).containsExactly(i);
			accepted.outputStream().write(i);
			accepted.close();
			assertThat(opened.get(i).inputStream().readAllBytes()).containsExactly(i);
		}
		assertThatIllegalArgumentException().isThrownBy(() -> StreamProtocol.create(0));
	}

	@Test
	void aStreamThatNoThreadIsLeftForIsReset() throws Exception {
		this.server.mountProtocol(PATH, StreamProtocol.create()).serve((task) -> {
			throw new RejectedExecutionException("expected");
		}, (stream) -> stream.outputStream().write(1));
		// The reset may overtake the answer of the negotiation.
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
			stream.outputStream().write(1);
			stream.inputStream().read();
		})
			.satisfies((reset) -> assertThat(reset.code().orElse(StreamProtocol.REFUSED))
				.isEqualTo(StreamProtocol.REFUSED));
		eventually("counted", () -> this.serverEvents.streamsRefused.get() == 1);
	}

	@Test
	void anInterruptEndsAnAcceptAndTheNextOneAccepts() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(serving::acceptStream);
		assertThat(Thread.interrupted()).isTrue();
		this.client.openStream(this.server.addrInfo(), PATH).outputStream().write(1);
		assertThat(serving.acceptStream().inputStream().read()).isEqualTo(1);
	}

	// M28
	@Test
	void manyStreamsEchoAtOnce() throws Exception {
		this.server.mountProtocol(PATH, StreamProtocol.create())
			.serve(this.executor, (stream) -> stream.inputStream().transferTo(stream.outputStream()));
		List<Future<byte[]>> echoes = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			byte[] sent = random(1 + 500 * i);
			echoes.add(this.executor.submit(() -> {
				try (Stream stream = this.client.openStream(this.server.addrInfo(), PATH)) {
					stream.outputStream().write(sent);
					stream.closeWrite();
					assertThat(stream.inputStream().readAllBytes()).isEqualTo(sent);
					return sent;
				}
			}));
		}
		for (Future<byte[]> echo : echoes) {
			echo.get(30, TimeUnit.SECONDS);
		}
		assertThat(this.client.connections()).hasSize(1);
	}

}
