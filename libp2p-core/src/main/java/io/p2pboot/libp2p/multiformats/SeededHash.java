package io.p2pboot.libp2p.multiformats;

import java.security.SecureRandom;

/**
 * Hashes bytes that a peer chose with SipHash-1-3 under a key of this process, so that
 * collisions cannot be steered. Stateless.
 */
final class SeededHash {

	private static final long K0 = new SecureRandom().nextLong();

	private static final long K1 = new SecureRandom().nextLong();

	private SeededHash() {
	}

	static int of(byte[] bytes) {
		long[] v = { K0 ^ 0x736f6d6570736575L, K1 ^ 0x646f72616e646f6dL, K0 ^ 0x6c7967656e657261L,
				K1 ^ 0x7465646279746573L };
		int whole = bytes.length & ~7;
		for (int offset = 0; offset < whole; offset += 8) {
			absorb(v, word(bytes, offset, 8));
		}
		absorb(v, word(bytes, whole, bytes.length - whole) | ((long) bytes.length << 56));
		v[2] ^= 0xFF;
		round(v);
		round(v);
		round(v);
		long hash = v[0] ^ v[1] ^ v[2] ^ v[3];
		return Long.hashCode(hash);
	}

	private static void absorb(long[] v, long word) {
		v[3] ^= word;
		round(v);
		v[0] ^= word;
	}

	private static long word(byte[] bytes, int offset, int count) {
		long word = 0;
		for (int index = 0; index < count; index++) {
			word |= (bytes[offset + index] & 0xFFL) << (8 * index);
		}
		return word;
	}

	private static void round(long[] v) {
		v[0] += v[1];
		v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
		v[0] = Long.rotateLeft(v[0], 32);
		v[2] += v[3];
		v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
		v[2] = Long.rotateLeft(v[2], 32);
	}

}
