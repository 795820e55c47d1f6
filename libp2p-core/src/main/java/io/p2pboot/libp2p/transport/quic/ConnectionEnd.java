package io.p2pboot.libp2p.transport.quic;

import io.netty.handler.codec.quic.QuicConnectionCloseEvent;

/**
 * Says in words how a peer ended a connection. The reason that the peer may give is left
 * out: the codec throws where there is none.
 */
final class ConnectionEnd {

	private ConnectionEnd() {
	}

	static String describe(QuicConnectionCloseEvent event) {
		String kind = event.isApplicationClose() ? "the peer closed the connection with code "
				: "the peer closed the connection with the transport error ";
		return kind + event.error();
	}

}
