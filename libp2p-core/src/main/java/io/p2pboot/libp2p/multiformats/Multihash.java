package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * A hash that says which function made it. Immutable. Specification:
 * multiformats/multihash.
 */
public final class Multihash implements Comparable<Multihash> {

	/** The code of the identity function: the digest is the data. */
	public static final long IDENTITY = 0x00;

	/** The code of SHA-256. */
	public static final long SHA2_256 = 0x12;

	/** The longest digest that is accepted, in bytes. */
	public static final int MAX_DIGEST_BYTES = 128;

	private final long code;

	private final byte[] digest;

	private Multihash(long code, byte[] digest) {
		this.code = code;
		this.digest = digest;
	}

	/**
	 * Makes a multihash of a digest.
	 * @param code the function's code
	 * @param digest the digest that remains, at most {@value #MAX_DIGEST_BYTES} bytes;
	 * consumed
	 * @return the multihash
	 */
	public static Multihash of(long code, ByteBuffer digest) {
		if (digest.remaining() > MAX_DIGEST_BYTES) {
			throw new IllegalArgumentException(
					"A digest of " + digest.remaining() + " bytes is longer than " + MAX_DIGEST_BYTES);
		}
		byte[] bytes = new byte[digest.remaining()];
		digest.get(bytes);
		return new Multihash(code, bytes);
	}

	/**
	 * Hashes data with SHA-256.
	 * @param data the bytes that remain; consumed
	 * @return the multihash
	 */
	public static Multihash sha256(ByteBuffer data) {
		try {
			MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
			sha256.update(data);
			return new Multihash(SHA2_256, sha256.digest());
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
	}

	/**
	 * Decodes a multihash that takes all of the input.
	 * @param source the bytes; consumed
	 * @return the multihash
	 * @throws DecodeException if it is truncated, too long or followed by more
	 */
	public static Multihash decode(ByteBuffer source) throws DecodeException {
		long code = Varint.read(source);
		long length = Varint.read(source);
		if (length > MAX_DIGEST_BYTES) {
			throw new DecodeException("A digest of " + length + " bytes is longer than " + MAX_DIGEST_BYTES);
		}
		if (length != source.remaining()) {
			throw new DecodeException(
					"A digest of " + length + " bytes was announced, " + source.remaining() + " bytes follow");
		}
		byte[] digest = new byte[(int) length];
		source.get(digest);
		if (code == SHA2_256 && length != 32) {
			throw new DecodeException("A SHA-256 digest has 32 bytes, not " + length);
		}
		return new Multihash(code, digest);
	}

	/**
	 * Returns the code of the function.
	 * @return the code of the multicodec table
	 */
	public long code() {
		return this.code;
	}

	/**
	 * Returns the digest.
	 * @return a read-only view
	 */
	public ByteBuffer digest() {
		return ByteBuffer.wrap(this.digest).asReadOnlyBuffer();
	}

	/**
	 * Returns the binary form.
	 * @return a new read-only buffer
	 */
	public ByteBuffer encoded() {
		return ByteBuffer.wrap(bytes()).asReadOnlyBuffer();
	}

	private byte[] bytes() {
		ByteBuffer buffer = ByteBuffer
			.allocate(Varint.size(this.code) + Varint.size(this.digest.length) + this.digest.length);
		Varint.write(this.code, buffer);
		Varint.write(this.digest.length, buffer);
		return buffer.put(this.digest).array();
	}

	/**
	 * Returns the base58btc form, as peer ids are written.
	 * @return the text
	 */
	public String toBase58() {
		return Base58.encode(bytes());
	}

	/**
	 * Parses the base58btc form.
	 * @param text the text
	 * @return the multihash
	 * @throws IllegalArgumentException if it is not one
	 */
	public static Multihash parseBase58(String text) {
		try {
			return decode(ByteBuffer.wrap(Base58.decode(text)));
		}
		catch (DecodeException ex) {
			throw new IllegalArgumentException("'" + text + "' is not a multihash: " + ex.getMessage(), ex);
		}
	}

	@Override
	public int compareTo(Multihash other) {
		int byCode = Long.compare(this.code, other.code);
		return (byCode != 0) ? byCode : Arrays.compareUnsigned(this.digest, other.digest);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Multihash that && this.code == that.code && Arrays.equals(this.digest, that.digest);
	}

	@Override
	public int hashCode() {
		return SeededHash.of(this.digest) ^ Long.hashCode(this.code);
	}

	@Override
	public String toString() {
		return toBase58();
	}

}
