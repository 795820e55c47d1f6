package io.p2pboot.libp2p;

import java.nio.ByteBuffer;

/**
 * A message that arrived whole, once, or never.
 *
 * @param payload the bytes, read-only; each datagram has a buffer of its own
 * @param peer the authenticated sender
 * @param flow what it came on
 */
public record Datagram(ByteBuffer payload, AddrInfo peer, DatagramFlow flow) {

	/**
	 * Makes the payload read-only.
	 * @param payload the bytes
	 * @param peer the authenticated sender
	 * @param flow what it came on
	 */
	public Datagram {
		payload = payload.asReadOnlyBuffer();
	}

	/**
	 * Answers on the flow that the datagram came on. Never connects, and never blocks:
	 * where the flow has ended or its queue is full, the answer is dropped and counted.
	 * Two handlers that answer each other's answers never stop: see
	 * {@link DatagramFlow#direction}.
	 * @param payload the bytes that remain; consumed unless they are too many
	 * @throws DatagramTooLarge if they exceed {@link DatagramFlow#maxBytes}
	 */
	public void reply(ByteBuffer payload) throws DatagramTooLarge {
		this.flow.send(payload);
	}

}
