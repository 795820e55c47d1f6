package io.p2pboot.libp2p;

import java.nio.ByteBuffer;

/**
 * A message that arrived whole, once, or never.
 *
 * @param payload the bytes, read-only; each datagram has a buffer of its own
 * @param peer the authenticated sender
 */
public record Datagram(ByteBuffer payload, AddrInfo peer) {

	/**
	 * Makes the payload read-only.
	 * @param payload the bytes
	 * @param peer the authenticated sender
	 */
	public Datagram {
		payload = payload.asReadOnlyBuffer();
	}

}
