package io.p2pboot.libp2p.sample.files;

import java.time.Duration;

/**
 * How much peers may store here.
 *
 * @param fileBytes the largest file
 * @param peerBytes the most bytes that one peer may have stored, unfinished files
 * included
 * @param totalBytes the most bytes in the folder
 * @param files the most files in the folder, unfinished ones included
 * @param unfinishedAge after this time without progress an unfinished file is deleted
 */
public record StorageLimits(long fileBytes, long peerBytes, long totalBytes, int files, Duration unfinishedAge) {

	/**
	 * Checks the limits.
	 * @param fileBytes the largest file, positive
	 * @param peerBytes the bytes for a peer, positive
	 * @param totalBytes the bytes in all, positive
	 * @param files the files in all, positive
	 * @param unfinishedAge the age, positive
	 */
	public StorageLimits {
		if (fileBytes < 1 || peerBytes < 1 || totalBytes < 1 || files < 1 || unfinishedAge.isNegative()
				|| unfinishedAge.isZero()) {
			throw new IllegalArgumentException("The storage limits have to be positive, were " + fileBytes + ", "
					+ peerBytes + ", " + totalBytes + ", " + files + ", " + unfinishedAge);
		}
	}

}
