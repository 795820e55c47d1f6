package io.p2pboot.libp2p.spring.payload;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;

/**
 * A stream whose replies may be errors.
 */
final class ErrorBodyStream extends WrappedStream {

	private final boolean serving;

	ErrorBodyStream(Stream stream, ProtocolPath protocol, boolean serving) {
		super(stream, protocol);
		this.serving = serving;
	}

	/** Whether this side replies. */
	boolean serving() {
		return this.serving;
	}

}
