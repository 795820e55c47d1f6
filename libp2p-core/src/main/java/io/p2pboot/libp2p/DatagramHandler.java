package io.p2pboot.libp2p;

import java.io.IOException;

/**
 * Serves the datagrams of one protocol.
 */
@FunctionalInterface
public interface DatagramHandler {

	/**
	 * Serves one datagram.
	 * @param datagram the payload and the peer that sent it
	 * @throws IOException if the handler gives the datagram up: it is counted as failed,
	 * and nothing else happens to the peer
	 */
	void handle(Datagram datagram) throws IOException;

}
