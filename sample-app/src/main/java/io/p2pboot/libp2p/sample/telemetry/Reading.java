package io.p2pboot.libp2p.sample.telemetry;

/**
 * What one datagram says.
 *
 * @param sequence counts the datagrams of one sender, so that losses show
 * @param load the share of the processors that the program keeps busy, 0 to 1
 * @param heapBytes the heap in use
 * @param connections how many connections are open
 */
public record Reading(long sequence, double load, long heapBytes, int connections) {

	boolean isPlausible() {
		return this.sequence >= 0 && this.load >= 0 && this.load <= 1 && this.heapBytes >= 0 && this.connections >= 0;
	}

}
