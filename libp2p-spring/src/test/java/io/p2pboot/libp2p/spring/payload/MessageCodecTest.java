package io.p2pboot.libp2p.spring.payload;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.MessageMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

class MessageCodecTest {

	private static final int MAX = 4 << 20;

	private static final int FIRST = MessageCodec.FIRST_CHUNK_BYTES;

	private static final AddrInfo PEER = AddrInfo
		.parse("/memory/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp");

	private static final AddrInfo OTHER = new AddrInfo(PeerId.of(PrivateKey.generate().publicKey()), List.of());

	private final MessageCodec codec = new MessageCodec(List.of(), PayloadFormat.JSON, MAX, Duration.ofSeconds(20));

	@ParameterizedTest
	@ValueSource(longs = { MAX + 1, 1L << 30, 100L << 30, Long.MAX_VALUE })
	void nothingIsAllocatedForAMessageThatIsTooLong(long length) throws IOException {
		byte[] prefix = prefix(length);
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(() -> this.codec.read(stream(prefix)))
			.satisfies((exceeded) -> {
				assertThat(exceeded.limit()).isEqualTo(MessageCodec.LIMIT);
				assertThat(exceeded.value()).isEqualTo(length);
				assertThat(exceeded.maximum()).isEqualTo(MAX);
			});
		assertThat(allocatedBy(stream(prefix))).isLessThan(100_000);
	}

	@Test
	void aMessageOfTheLongestSizeAllocatesNoMoreThanTwiceOfWhatCame() throws IOException {
		byte[] begun = new byte[prefix(MAX).length + 10_000];
		System.arraycopy(prefix(MAX), 0, begun, 0, prefix(MAX).length);
		assertThatExceptionOfType(EOFException.class).isThrownBy(() -> this.codec.read(stream(begun)));
		assertThat(allocatedBy(stream(begun))).isLessThan(150_000);
	}

	@Test
	void aMessageOfTheLongestSizeIsRead() throws IOException {
		byte[] whole = new byte[prefix(MAX).length + MAX];
		System.arraycopy(prefix(MAX), 0, whole, 0, prefix(MAX).length);
		whole[whole.length - 1] = 7;
		ByteBuffer message = this.codec.read(stream(whole));
		assertThat(message.remaining()).isEqualTo(MAX);
		assertThat(message.get(MAX - 1)).isEqualTo((byte) 7);
	}

	@Test
	void aMessageEndsWhereTheNextBegins() throws IOException {
		Stream stream = stream(new byte[] { 1, 'a', 0, 2, 'b', 'c' });
		assertThat(this.codec.read(stream).remaining()).isOne();
		assertThat(this.codec.read(stream).remaining()).isZero();
		assertThat(this.codec.read(stream).remaining()).isEqualTo(2);
		assertThatExceptionOfType(EOFException.class).isThrownBy(() -> this.codec.read(stream));
	}

	@Test
	void aLengthThatIsNoVarintIsUnreadable() {
		byte[] endless = new byte[Varint.MAX_BYTES + 1];
		java.util.Arrays.fill(endless, (byte) 0xFF);
		for (byte[] prefix : List.of(endless, new byte[] { (byte) 0x81, 0 })) {
			assertThatExceptionOfType(UnreadableMessage.class).isThrownBy(() -> this.codec.read(stream(prefix)));
		}
	}

	@Test
	void aMessageIsWrittenBehindItsLengthUpToTheBound() throws IOException {
		ByteArrayOutputStream written = new ByteArrayOutputStream();
		Stream stream = mock(Stream.class);
		given(stream.write(any())).willAnswer((invocation) -> {
			ByteBuffer bytes = invocation.getArgument(0);
			written.write(bytes.array(), 0, bytes.remaining());
			return bytes.remaining();
		});
		MessageCodec small = new MessageCodec(List.of(), PayloadFormat.JSON, 200, Duration.ofSeconds(20));
		small.write(stream, ByteBuffer.allocate(200));
		assertThat(written.toByteArray()).hasSize(202).startsWith(0xC8, 1);
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(() -> small.write(stream, ByteBuffer.allocate(201)));
		assertThat(written.size()).isEqualTo(202);
	}

	@Test
	void messagesThatDoNotEndTakeNoMoreThanTheirMemory() throws Exception { // row 13
		MessageMemory memory = new MessageMemory(8 << 20);
		ExecutorService threads = Executors.newCachedThreadPool();
		try {
			CountDownLatch stop = new CountDownLatch(1);
			AtomicLong taken = new AtomicLong();
			List<Future<?>> messages = new ArrayList<>();
			for (int i = 0; i < 250; i++) {
				Stream endless = endless(taken, stop);
				messages.add(threads.submit(() -> this.codec.receive(endless, Duration.ofSeconds(20), memory)));
			}
			while (memory.held() < MAX) {
				Thread.onSpinWait();
			}
			assertThat(memory.held()).isEqualTo(MAX);
			Stream other = stream(message(FIRST + 1));
			given(other.remotePeer()).willReturn(OTHER);
			assertThat(this.codec.receive(other, Duration.ofSeconds(20), memory).message().remaining())
				.isEqualTo(FIRST + 1);
			assertThat(taken.get()).isLessThanOrEqualTo(MAX);
			stop.countDown();
			threads.shutdownNow();
			for (Future<?> message : messages) {
				assertThatExceptionOfType(ExecutionException.class).isThrownBy(message::get);
			}
			assertThat(memory.held()).isEqualTo(FIRST + 1);
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void aMessageIsCountedUntilItIsHandledAndASmallOneNever() throws IOException {
		MessageMemory memory = new MessageMemory(8 << 20);
		try (MessageCodec.Received small = this.codec.receive(stream(message(FIRST)), Duration.ofSeconds(20), memory)) {
			assertThat(small.message().remaining()).isEqualTo(FIRST);
			assertThat(memory.held()).isZero();
		}
		try (MessageCodec.Received large = this.codec.receive(stream(message(FIRST + 1)), Duration.ofSeconds(20),
				memory)) {
			assertThat(large.message().remaining()).isEqualTo(FIRST + 1);
			assertThat(memory.held()).isEqualTo(FIRST + 1);
		}
		assertThat(memory.held()).isZero();
	}

	@Test
	void aMessageForWhichThereIsNoRoomInTimeIsRefused() throws IOException {
		MessageMemory memory = new MessageMemory(8 << 20);
		try (MessageCodec.Received large = this.codec.receive(stream(message(MAX)), Duration.ofSeconds(20), memory)) {
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> this.codec.receive(stream(message(MAX)), Duration.ofMillis(200), memory))
				.satisfies((reset) -> assertThat(reset.code()).hasValue(ErrorCode.RESOURCE_LIMIT_EXCEEDED.stream()))
				.withMessageContaining("Limit 'memory for messages' exceeded: " + MAX + " > " + (8 << 20));
			assertThat(large.message().remaining()).isEqualTo(MAX);
		}
		assertThat(memory.held()).isZero();
	}

	private static byte[] message(int length) {
		byte[] whole = new byte[prefix(length).length + length];
		System.arraycopy(prefix(length), 0, whole, 0, prefix(length).length);
		return whole;
	}

	/** A message of 4 MiB, of which all but the last byte comes. */
	private static Stream endless(AtomicLong taken, CountDownLatch stop) throws IOException {
		Stream stream = stream(prefix(MAX));
		AtomicInteger left = new AtomicInteger(MAX - 1);
		willAnswer((invocation) -> {
			ByteBuffer buffer = invocation.getArgument(0);
			int read = Math.min(left.get(), buffer.remaining());
			if (read == 0) {
				stop.await();
				return -1;
			}
			left.addAndGet(-read);
			taken.addAndGet(read);
			buffer.position(buffer.position() + read);
			return read;
		}).given(stream).read(any());
		return stream;
	}

	@Test
	void boundsHaveToBePositive() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new MessageCodec(List.of(), PayloadFormat.JSON, 0, Duration.ofSeconds(1)));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new MessageCodec(List.of(), PayloadFormat.JSON, 1, Duration.ZERO));
	}

	/** What reading takes from the heap; all classes are loaded by now. */
	private long allocatedBy(Stream stream) {
		com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		try {
			this.codec.read(stream);
		}
		catch (IOException ex) {
			return threads.getCurrentThreadAllocatedBytes() - before;
		}
		throw new AssertionError("There is no message");
	}

	private static byte[] prefix(long length) {
		ByteBuffer prefix = ByteBuffer.allocate(Varint.MAX_BYTES);
		Varint.write(length, prefix);
		byte[] bytes = new byte[prefix.flip().remaining()];
		prefix.get(bytes);
		return bytes;
	}

	private static Stream stream(byte[] bytes) throws IOException {
		InputStream input = new ByteArrayInputStream(bytes);
		Stream stream = mock(Stream.class, withSettings().stubOnly());
		given(stream.inputStream()).willReturn(input);
		given(stream.remotePeer()).willReturn(PEER);
		given(stream.isOpen()).willReturn(true);
		given(stream.read(any())).willAnswer((invocation) -> {
			ByteBuffer buffer = invocation.getArgument(0);
			int read = input.read(buffer.array(), buffer.position(), buffer.remaining());
			buffer.position(buffer.position() + Math.max(0, read));
			return read;
		});
		return stream;
	}

}
