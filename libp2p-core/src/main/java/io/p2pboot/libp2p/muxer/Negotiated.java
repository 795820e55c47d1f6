package io.p2pboot.libp2p.muxer;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;

/**
 * What a negotiation finds out about a stream, and who is told of it. Event loop only.
 *
 * @param protocol what it carries
 * @param connection where it is
 * @param direction who opened it
 * @param observer who is told
 */
record Negotiated(ProtocolPath protocol, Connection connection, Direction direction, NodeObserver observer) {

	void opened() {
		this.observer.streamOpened(this.connection, this.protocol, this.direction);
	}

	/**
	 * Tells that payload has moved.
	 * @param moved inbound for received, outbound for sent
	 * @param bytes how many, if any: negative while the negotiation's are counted first
	 * @return how many are left to tell of
	 */
	long moved(Direction moved, long bytes) {
		long left = bytes;
		while (left > 0) {
			int some = (int) Math.min(left, Integer.MAX_VALUE);
			this.observer.bytesMoved(this.protocol, moved, some);
			left -= some;
		}
		return left;
	}

	void closed() {
		this.observer.streamClosed(this.connection, this.protocol, this.direction);
	}

}
