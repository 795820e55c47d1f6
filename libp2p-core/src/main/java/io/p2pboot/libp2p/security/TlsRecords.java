package io.p2pboot.libp2p.security;

import io.netty.channel.ChannelHandler;

/**
 * What is the same wherever TLS is spoken. Thread-safe.
 */
public final class TlsRecords {

	private TlsRecords() {
	}

	/**
	 * Creates what bounds the TLS records of one connection that carry next to nothing:
	 * empty data, updates of keys, alerts. A connection that is flooded with them is
	 * closed.
	 * @return a handler to stand before the one that decrypts
	 */
	public static ChannelHandler bound() {
		return new TlsRecordsHandler();
	}

}
