package io.p2pboot.libp2p.spring.handler;

import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.StreamHandler;

/**
 * A method as what the node mounts.
 */
sealed interface ServedMethod {

	/**
	 * A method that serves streams.
	 *
	 * @param handler calls the method
	 * @param messages whether it is answered with messages, and not with bytes
	 */
	record OfStreams(StreamHandler handler, boolean messages) implements ServedMethod {
	}

	/**
	 * A method that serves datagrams.
	 *
	 * @param handler calls the method
	 */
	record OfDatagrams(DatagramHandler handler) implements ServedMethod {
	}

}
