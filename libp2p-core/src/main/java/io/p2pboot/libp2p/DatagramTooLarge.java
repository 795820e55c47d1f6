package io.p2pboot.libp2p;

/**
 * A datagram is larger than what the connection to its peer carries now.
 */
public final class DatagramTooLarge extends Libp2pException {

	private static final long serialVersionUID = 1L;

	private final int sizeBytes;

	private final int maximumBytes;

	/**
	 * Creates the error.
	 * @param sizeBytes the size of the payload, in bytes
	 * @param maximumBytes the largest payload that fits now, in bytes
	 */
	public DatagramTooLarge(int sizeBytes, int maximumBytes) {
		super("Datagram of " + sizeBytes + " bytes is larger than the " + maximumBytes + " bytes that fit", null);
		this.sizeBytes = sizeBytes;
		this.maximumBytes = maximumBytes;
	}

	/**
	 * Returns the size of the refused payload.
	 * @return the size, in bytes
	 */
	public int sizeBytes() {
		return this.sizeBytes;
	}

	/**
	 * Returns the largest payload that fits now.
	 * @return the maximum, in bytes
	 */
	public int maximumBytes() {
		return this.maximumBytes;
	}

	@Override
	DatagramTooLarge copy() {
		return new DatagramTooLarge(this.sizeBytes, this.maximumBytes);
	}

}
