package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Comparator;

import io.p2pboot.libp2p.PeerId;

/**
 * A point of the key space: the SHA-256 of a peer id, a multihash or a value's key. The
 * distance of two is their XOR, read as an unsigned number of 256 bits. Immutable.
 *
 * @param w0 the first 64 bits
 * @param w1 the next
 * @param w2 the next
 * @param w3 the last
 */
record KadKey(long w0, long w1, long w2, long w3) implements Comparable<KadKey> {

	/** The length of a key, in bits. */
	static final int BITS = 256;

	/** Odd and secret, so that nobody can choose keys that share a hash. */
	private static final long SEED = new SecureRandom().nextLong() | 1;

	/** The point of some bytes; not consumed. */
	static KadKey of(ByteBuffer preimage) {
		try {
			MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
			sha256.update(preimage.duplicate());
			ByteBuffer digest = ByteBuffer.wrap(sha256.digest());
			return new KadKey(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
	}

	static KadKey of(PeerId peer) {
		return of(peer.multihash().encoded());
	}

	KadKey distance(KadKey other) {
		return new KadKey(this.w0 ^ other.w0, this.w1 ^ other.w1, this.w2 ^ other.w2, this.w3 ^ other.w3);
	}

	/** The distance to another key, as a part of the whole key space: 0 to 1. */
	double share(KadKey other) {
		return ((this.w0 ^ other.w0) >>> 11) * 0x1.0p-53;
	}

	/** The least key that shares some leading bits with this one. */
	KadKey first(int bits) {
		return new KadKey(this.w0 & mask(bits), this.w1 & mask(bits - 64), this.w2 & mask(bits - 128),
				this.w3 & mask(bits - 192));
	}

	/** The greatest key that shares some leading bits with this one. */
	KadKey last(int bits) {
		return new KadKey(this.w0 | ~mask(bits), this.w1 | ~mask(bits - 64), this.w2 | ~mask(bits - 128),
				this.w3 | ~mask(bits - 192));
	}

	/** The first bits of a word set, as many as there are. */
	private static long mask(int bits) {
		return (bits <= 0) ? 0 : (bits >= 64) ? -1 : -1L << (64 - bits);
	}

	/** This key with one bit changed; the first is 0. */
	KadKey flip(int bit) {
		long changed = 1L << (63 - bit % 64);
		return switch (bit / 64) {
			case 0 -> new KadKey(this.w0 ^ changed, this.w1, this.w2, this.w3);
			case 1 -> new KadKey(this.w0, this.w1 ^ changed, this.w2, this.w3);
			case 2 -> new KadKey(this.w0, this.w1, this.w2 ^ changed, this.w3);
			default -> new KadKey(this.w0, this.w1, this.w2, this.w3 ^ changed);
		};
	}

	/** How many leading bits two keys share: 256 if they are equal. */
	int commonPrefix(KadKey other) {
		int zeros = Long.numberOfLeadingZeros(this.w0 ^ other.w0);
		if (zeros == 64) {
			zeros += Long.numberOfLeadingZeros(this.w1 ^ other.w1);
		}
		if (zeros == 128) {
			zeros += Long.numberOfLeadingZeros(this.w2 ^ other.w2);
		}
		return (zeros == 192) ? zeros + Long.numberOfLeadingZeros(this.w3 ^ other.w3) : zeros;
	}

	/** Compares the distances of two keys to this one, the nearer first. */
	int compareDistance(KadKey one, KadKey other) {
		int order = Long.compareUnsigned(one.w0 ^ this.w0, other.w0 ^ this.w0);
		if (order == 0) {
			order = Long.compareUnsigned(one.w1 ^ this.w1, other.w1 ^ this.w1);
		}
		if (order == 0) {
			order = Long.compareUnsigned(one.w2 ^ this.w2, other.w2 ^ this.w2);
		}
		return (order != 0) ? order : Long.compareUnsigned(one.w3 ^ this.w3, other.w3 ^ this.w3);
	}

	/** The order by distance to this key, the nearest first. */
	Comparator<KadKey> byDistance() {
		return this::compareDistance;
	}

	@Override
	public int compareTo(KadKey other) {
		int order = Long.compareUnsigned(this.w0, other.w0);
		if (order == 0) {
			order = Long.compareUnsigned(this.w1, other.w1);
		}
		if (order == 0) {
			order = Long.compareUnsigned(this.w2, other.w2);
		}
		return (order != 0) ? order : Long.compareUnsigned(this.w3, other.w3);
	}

	@Override
	public int hashCode() {
		long mixed = (this.w0 * SEED + this.w1) * SEED + (this.w2 * SEED + this.w3) * (SEED ^ 0x5DEECE66DL);
		return (int) (mixed >>> 32);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof KadKey that && this.w0 == that.w0 && this.w1 == that.w1 && this.w2 == that.w2
				&& this.w3 == that.w3;
	}

	@Override
	public String toString() {
		return String.format("%016x%016x%016x%016x", this.w0, this.w1, this.w2, this.w3);
	}

}
