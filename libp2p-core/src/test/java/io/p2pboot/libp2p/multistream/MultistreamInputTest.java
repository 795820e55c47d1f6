package io.p2pboot.libp2p.multistream;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Random;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bad input, generated from a fixed seed (bar B1).
 */
class MultistreamInputTest {

	private static final int INPUTS = 200_000;

	/** While these are read, classes are loaded, which allocates too. */
	private static final int FIRST_INPUTS = 1000;

	@Test
	void onlyDecodeExceptionEscapesTheReaderAndItAllocatesLittle() { // B1, LEN-1
		Random random = new Random(20_261_123);
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long id = Thread.currentThread().getId();
		int refused = 0;
		for (int i = 0; i < INPUTS; i++) {
			ByteBuf input = Unpooled.wrappedBuffer(mutated(random));
			int length = input.readableBytes();
			MessageReader reader = new MessageReader();
			long before = threads.getThreadAllocatedBytes(id);
			try {
				while (reader.read(input) != null) {
					assertThat(input.readerIndex()).isPositive();
				}
			}
			catch (DecodeException ex) {
				refused++;
			}
			long allocated = threads.getThreadAllocatedBytes(id) - before;
			if (i > FIRST_INPUTS) {
				assertThat(allocated).isLessThan(16L * length + 65_536);
			}
		}
		assertThat(refused).isPositive();
	}

	@Test
	void noInputLeavesANegotiationInAnUndefinedState() { // B1
		Random random = new Random(42);
		for (int i = 0; i < 20_000; i++) {
			EmbeddedChannel channel = new EmbeddedChannel();
			Future<String> responded = Multistream.respond(channel, List.of("/a"), Duration.ofSeconds(10));
			channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(mutated(random))).fireChannelReadComplete();
			channel.close();
			assertThat(responded.isDone()).isTrue();
			assertThat(responded.isSuccess() || responded.cause() instanceof NegotiationFailed).isTrue();
			channel.finishAndReleaseAll();
		}
	}

	private static byte[] mutated(Random random) {
		ByteBuf honest = Wire.messages(Wire.HEADER, "/noise", "ls", "/a");
		byte[] bytes = new byte[random.nextInt(honest.readableBytes() + 1)];
		honest.readBytes(bytes);
		for (int flips = random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
			bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
		}
		return bytes;
	}

}
