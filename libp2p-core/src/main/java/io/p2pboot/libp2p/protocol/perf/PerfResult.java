package io.p2pboot.libp2p.protocol.perf;

import java.time.Duration;

/**
 * What one run measured. Immutable.
 *
 * @param uploadedBytes how many bytes were sent, without the header
 * @param downloadedBytes how many bytes were received
 * @param upload the time from the first byte to when the last was handed to the
 * connection
 * @param download the time from there to the end of the peer's side
 */
public record PerfResult(long uploadedBytes, long downloadedBytes, Duration upload, Duration download) {

}
