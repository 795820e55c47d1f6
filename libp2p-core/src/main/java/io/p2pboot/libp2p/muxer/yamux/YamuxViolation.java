package io.p2pboot.libp2p.muxer.yamux;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * The peer broke the protocol: the session ends with GoAway and
 * {@link GoAwayCode#PROTOCOL_ERROR}.
 */
final class YamuxViolation extends DecodeException {

	private static final long serialVersionUID = 1L;

	YamuxViolation(String message) {
		super("yamux: " + message);
	}

}
