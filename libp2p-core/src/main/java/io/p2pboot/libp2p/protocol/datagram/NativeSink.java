package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;

/**
 * What a {@link NativeSession} tells.
 */
interface NativeSink {

	/** A datagram belongs to an open flow. */
	void received(long streamId, ByteBuffer payload);

	/** A datagram belongs to no flow, or to one that has ended. */
	void unknown();

}
