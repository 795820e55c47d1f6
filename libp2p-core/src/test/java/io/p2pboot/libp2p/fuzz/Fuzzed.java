package io.p2pboot.libp2p.fuzz;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Decodes what a fuzzer makes up, and holds the decoder to bar B1: nothing but the
 * exception of its own escapes, no input takes more than 50 ms, and what is allocated is
 * at most 16 times the input and 64 KiB.
 */
public final class Fuzzed {

	/**
	 * To be added to the size of inputs with a key: arithmetic on elliptic curves in Java
	 * makes 2 to 3 MiB of garbage for each signature, whoever made it.
	 */
	public static final int CURVE = 256 * 1024;

	private static final long LONGEST_NANOS = Duration.ofMillis(50).toNanos();

	private static final long ALLOCATED_BYTES = 64 * 1024;

	private static final int ALLOCATED_TIMES_INPUT = 16;

	/**
	 * A class that is loaded, or a pause, is not the input's fault: it is tried again.
	 */
	private static final int TRIES = 20;

	private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

	private Fuzzed() {
	}

	/**
	 * Decodes an input, several times where once seems too dear, so that each time has to
	 * begin anew.
	 * @param inputBytes the size of the input
	 * @param refusal what the decoder throws if it refuses an input
	 * @param decoder decodes the input
	 */
	public static void check(int inputBytes, Class<? extends Exception> refusal, Decoder decoder) {
		long allowed = ALLOCATED_BYTES + (long) ALLOCATED_TIMES_INPUT * inputBytes;
		long fewest = Long.MAX_VALUE;
		long shortest = Long.MAX_VALUE;
		for (int i = 0; i < TRIES && (fewest > allowed || shortest > LONGEST_NANOS); i++) {
			long allocated = THREADS.getCurrentThreadAllocatedBytes();
			long began = System.nanoTime();
			decode(refusal, decoder);
			shortest = Math.min(shortest, System.nanoTime() - began);
			fewest = Math.min(fewest, THREADS.getCurrentThreadAllocatedBytes() - allocated);
		}
		if (fewest > allowed) {
			throw new AssertionError(
					inputBytes + " bytes of input make " + fewest + " bytes of garbage, more than " + allowed);
		}
		if (shortest > LONGEST_NANOS) {
			throw new AssertionError(inputBytes + " bytes of input take " + shortest / 1_000_000 + " ms");
		}
	}

	private static void decode(Class<? extends Exception> refusal, Decoder decoder) {
		try {
			decoder.decode();
		}
		catch (Exception ex) {
			if (!refusal.isInstance(ex)) {
				throw new AssertionError("Another exception than " + refusal.getSimpleName() + " escapes", ex);
			}
		}
	}

	/** Checks what has to hold of what was decoded. */
	public static void require(boolean holds, String what) {
		if (!holds) {
			throw new AssertionError(what);
		}
	}

	/** The inputs to begin with. */
	public static Stream<Arguments> seeds(byte[]... seeds) {
		return Arrays.stream(seeds).map((seed) -> Arguments.of((Object) seed));
	}

	/** Texts to begin with. */
	public static Stream<Arguments> texts(String... seeds) {
		return Arrays.stream(seeds).map((seed) -> Arguments.of((Object) seed.getBytes(StandardCharsets.UTF_8)));
	}

	/** What is fuzzed. */
	public interface Decoder {

		/** Decodes the input. */
		void decode() throws Exception;

	}

}
