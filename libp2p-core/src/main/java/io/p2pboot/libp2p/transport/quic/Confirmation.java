package io.p2pboot.libp2p.transport.quic;

import java.time.Duration;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.AttributeKey;

/**
 * Whether the peer that was dialled has completed the handshake too. The codec knows but
 * does not tell, and the form of a packet proves nothing: anyone can send a short header,
 * and a server may use one before it has our part of the handshake (RFC 9001 section
 * 5.7). What proves it: something came on a stream that we opened, which a server reads
 * only then; or nothing that we sent waits for its acknowledgement, since a client arms
 * its timer for as long as the peer has not answered for its address, and the last part
 * of the handshake is on its way until HANDSHAKE_DONE or an acknowledgement comes (RFC
 * 9002 section 6.2.2.1). Event loop only; one for a connection.
 */
final class Confirmation {

	/** The confirmation of a connection that was dialled; accepted ones need none. */
	static final AttributeKey<Confirmation> KEY = AttributeKey.valueOf(Confirmation.class, "confirmation");

	private final Duration idleTimeout;

	private boolean confirmed;

	Confirmation(Duration idleTimeout) {
		this.idleTimeout = idleTimeout;
	}

	/** Something came on a stream that we opened. */
	static void answered(QuicChannel channel) {
		Confirmation confirmation = channel.attr(KEY).get();
		if (confirmation != null) {
			confirmation.confirmed = true;
		}
	}

	/** Whether it is proven by now. What we have to send has to be sent before. */
	boolean isThere(QuicChannel channel) {
		if (!this.confirmed && channel.isActive()) {
			this.confirmed = new Quiet(channel, this.idleTimeout).isQuiet(false);
		}
		return this.confirmed;
	}

}
