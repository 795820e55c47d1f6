package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicTransportParameters;

/**
 * After how long without a packet a connection is lost: the smaller of both sides' idle
 * timeouts counts (RFC 9000 section 10.1).
 */
final class IdleTimeout {

	private IdleTimeout() {
	}

	/**
	 * Returns the time that counts on a connection.
	 * @param ours what this node has told
	 */
	static long nanos(QuicChannel channel, Duration ours) {
		QuicTransportParameters peer = channel.peerTransportParameters();
		long peers = (peer != null) ? peer.maxIdleTimeout() : 0;
		return (peers > 0) ? Math.min(ours.toNanos(), Duration.ofMillis(peers).toNanos()) : ours.toNanos();
	}

}
