package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;

/**
 * A value as messages carry it. Immutable; its buffers are read-only and never moved.
 *
 * @param key the whole key, namespace included
 * @param value the value
 * @param timeReceived the stamp of whoever stored it, as text; empty if there is none
 * @param publisher who published it, as rust-libp2p tells; empty if unknown
 * @param ttlSeconds how long it is to be kept, as rust-libp2p tells; 0 if not told
 */
record KadRecord(ByteBuffer key, ByteBuffer value, ByteBuffer timeReceived, ByteBuffer publisher, int ttlSeconds) {

	private static final ByteBuffer NONE = ByteBuffer.allocate(0).asReadOnlyBuffer();

	KadRecord {
		key = key.asReadOnlyBuffer();
		value = value.asReadOnlyBuffer();
		timeReceived = timeReceived.asReadOnlyBuffer();
		publisher = publisher.asReadOnlyBuffer();
	}

	static KadRecord of(ByteBuffer key, ByteBuffer value) {
		return new KadRecord(key, value, NONE, NONE, 0);
	}

	KadRecord received(ByteBuffer stamp) {
		return new KadRecord(this.key, this.value, stamp, this.publisher, this.ttlSeconds);
	}

	int bytes() {
		return this.key.remaining() + this.value.remaining() + this.publisher.remaining();
	}

}
