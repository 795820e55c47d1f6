package io.p2pboot.libp2p.protocol.perf;

/**
 * Hears of the progress of a run. Called on an event loop; must not block.
 */
@FunctionalInterface
public interface PerfProgress {

	/**
	 * Bytes have moved.
	 * @param uploadedBytes how many bytes were sent so far
	 * @param downloadedBytes how many bytes were received so far
	 */
	void moved(long uploadedBytes, long downloadedBytes);

}
