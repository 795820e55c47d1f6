package io.p2pboot.libp2p.benchmarks.stress;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import io.netty.buffer.PooledByteBufAllocator;

/**
 * What this process holds.
 *
 * @param heapBytes live objects
 * @param directBytes buffers outside the heap that somebody holds
 * @param descriptors open files and sockets
 * @param threads live threads
 */
record Footprint(long heapBytes, long directBytes, long descriptors, int threads) {

	private static final int COLLECTIONS = 4;

	private static final long BETWEEN_MILLIS = 250;

	/** Collects garbage and looks. */
	static Footprint take() throws IOException, InterruptedException {
		for (int i = 0; i < COLLECTIONS; i++) {
			System.gc();
			Thread.sleep(BETWEEN_MILLIS);
		}
		try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
			return new Footprint(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
					PooledByteBufAllocator.DEFAULT.pinnedDirectMemory(), open.count(),
					ManagementFactory.getThreadMXBean().getThreadCount());
		}
	}

	@Override
	public String toString() {
		return String.format("%.1f MiB of heap, %d KiB of direct buffers, %d descriptors, %d threads",
				this.heapBytes / 1048576.0, this.directBytes / 1024, this.descriptors, this.threads);
	}

}
