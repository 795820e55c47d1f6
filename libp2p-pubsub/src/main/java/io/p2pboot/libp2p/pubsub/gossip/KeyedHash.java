package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;

/**
 * SipHash-2-4 with 128 bits of output under a key of this node. Immutable.
 */
final class KeyedHash {

	private final long k0;

	private final long k1;

	KeyedHash(long k0, long k1) {
		this.k0 = k0;
		this.k1 = k1;
	}

	Digest of(ByteBuffer bytes) {
		if (bytes.hasArray()) {
			return of(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
		}
		byte[] copy = new byte[bytes.remaining()];
		bytes.duplicate().get(copy);
		return of(copy, 0, copy.length);
	}

	Digest of(byte[] bytes, int offset, int length) {
		long v0 = this.k0 ^ 0x736f6d6570736575L;
		long v1 = this.k1 ^ 0x646f72616e646f6dL ^ 0xee;
		long v2 = this.k0 ^ 0x6c7967656e657261L;
		long v3 = this.k1 ^ 0x7465646279746573L;
		State state = new State(v0, v1, v2, v3);
		int whole = length & ~7;
		for (int index = 0; index < whole; index += 8) {
			state.absorb(word(bytes, offset + index, 8));
		}
		state.absorb(word(bytes, offset + whole, length - whole) | ((long) length << 56));
		state.v2 ^= 0xee;
		long high = state.finish();
		state.v1 ^= 0xdd;
		return new Digest(high, state.finish());
	}

	private static long word(byte[] bytes, int offset, int count) {
		long word = 0;
		for (int index = 0; index < count; index++) {
			word |= (bytes[offset + index] & 0xFFL) << (8 * index);
		}
		return word;
	}

	/** The four words of one computation. */
	private static final class State {

		private long v0;

		private long v1;

		private long v2;

		private long v3;

		State(long v0, long v1, long v2, long v3) {
			this.v0 = v0;
			this.v1 = v1;
			this.v2 = v2;
			this.v3 = v3;
		}

		void absorb(long word) {
			this.v3 ^= word;
			round();
			round();
			this.v0 ^= word;
		}

		long finish() {
			for (int index = 0; index < 4; index++) {
				round();
			}
			return this.v0 ^ this.v1 ^ this.v2 ^ this.v3;
		}

		private void round() {
			this.v0 += this.v1;
			this.v1 = Long.rotateLeft(this.v1, 13) ^ this.v0;
			this.v0 = Long.rotateLeft(this.v0, 32);
			this.v2 += this.v3;
			this.v3 = Long.rotateLeft(this.v3, 16) ^ this.v2;
			this.v0 += this.v3;
			this.v3 = Long.rotateLeft(this.v3, 21) ^ this.v0;
			this.v2 += this.v1;
			this.v1 = Long.rotateLeft(this.v1, 17) ^ this.v2;
			this.v2 = Long.rotateLeft(this.v2, 32);
		}

	}

}
