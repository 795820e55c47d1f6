package io.p2pboot.libp2p.multiformats;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import com.sun.management.ThreadMXBean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Public test vectors, as resources with a line for each, and what tests of decoders
 * share.
 */
public final class Vectors {

	/** What a decoder may allocate for an input of any content. */
	private static final long ALLOWANCE_BYTES = 64 * 1024;

	private Vectors() {
	}

	/** Returns the lines of a resource without its comments. */
	public static List<String> lines(String name) {
		try (InputStream in = Objects.requireNonNull(Vectors.class.getResourceAsStream("/vectors/" + name), name)) {
			String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
			List<String> lines = text.lines().filter((line) -> !line.startsWith("#")).toList();
			assertThat(lines).as(name).isNotEmpty();
			return lines;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Returns the fields of the lines of a resource. */
	public static Stream<String[]> rows(String name) {
		return lines(name).stream().map((line) -> line.split(" "));
	}

	/** Returns the bytes that a field means. */
	public static ByteBuffer bytes(String hex) {
		return ByteBuffer.wrap(hex.equals("-") ? new byte[0] : HexFormat.of().parseHex(hex));
	}

	/** Returns what remains as hexadecimal digits. */
	public static String hex(ByteBuffer buffer) {
		return HexFormat.of().formatHex(array(buffer));
	}

	/** Returns a copy of what remains. */
	public static byte[] array(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	/** Runs a decoder and fails if it allocates far more than it was given. */
	public static void assertAllocatesLittle(long inputBytes, ThrowingCallable decoder) throws Throwable {
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		decoder.call();
		long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
		decoder.call();
		long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
		assertThat(allocated).isLessThanOrEqualTo(16 * inputBytes + ALLOWANCE_BYTES);
	}

}
