package io.p2pboot.libp2p.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * What the process has in memory, as the kernel counts it.
 */
public final class ResidentMemory {

	private static final Path STATUS = Path.of("/proc/self/status");

	private static final int KIBIBYTE = 1024;

	private ResidentMemory() {
	}

	/**
	 * Returns all that is resident.
	 * @return the bytes; empty where there is no such file
	 */
	public static OptionalLong bytes() {
		if (!Files.isReadable(STATUS)) {
			return OptionalLong.empty();
		}
		try {
			return Files.readAllLines(STATUS)
				.stream()
				.filter((line) -> line.startsWith("VmRSS:"))
				.mapToLong((line) -> Long.parseLong(line.replaceAll("\\D", "")) * KIBIBYTE)
				.findFirst();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns what is resident beside the heap. The heap counts with all that it has room
	 * for, so the process has to run with {@code -XX:+AlwaysPreTouch}.
	 * @return the bytes; empty where the kernel does not tell
	 */
	public static OptionalLong besideHeap() {
		OptionalLong all = bytes();
		return all.isEmpty() ? all : OptionalLong.of(all.getAsLong() - Runtime.getRuntime().totalMemory());
	}

}
