package io.p2pboot.libp2p.resource;

/**
 * Orders of size of memory: those of the buckets that go-libp2p's resource manager has,
 * so that a histogram is right though most changes are not told.
 */
final class MemoryOrder {

	private static final long[] LARGEST = { 0, 1L << 10, 4L << 10, 32L << 10, 1L << 20, 32L << 20, 256L << 20,
			512L << 20, 1L << 30, 2L << 30, 4L << 30 };

	private MemoryOrder() {
	}

	static int of(long bytes) {
		int order = 0;
		while (order < LARGEST.length && bytes > LARGEST[order]) {
			order++;
		}
		return order;
	}

}
