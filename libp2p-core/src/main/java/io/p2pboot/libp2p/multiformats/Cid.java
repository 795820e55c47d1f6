package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;

/**
 * A content identifier: a hash, and what it is the hash of. Version 1 in binary and in
 * any multibase; version 0, which is the bare SHA-256 multihash of DAG-PB, in binary and
 * base58. Immutable. Specification: multiformats/cid.
 *
 * @param version 0 or 1
 * @param codec the content's code of the multicodec table
 * @param hash the hash
 */
public record Cid(int version, long codec, Multihash hash) {

	/** The codec of bytes without structure. */
	public static final long RAW = 0x55;

	/** The codec of DAG-PB, which version 0 stands for. */
	public static final long DAG_PB = 0x70;

	/** The codec of DAG-CBOR. */
	public static final long DAG_CBOR = 0x71;

	/** The codec of libp2p keys. */
	public static final long LIBP2P_KEY = 0x72;

	/** The codec of DAG-JSON. */
	public static final long DAG_JSON = 0x0129;

	/** The longest binary form that is decoded, in bytes. */
	public static final int MAX_BYTES = 512;

	private static final int SHA2_256 = 0x12;

	private static final int SHA2_256_BYTES = 32;

	/**
	 * Checks that version 0 has the only codec and hash that it can have.
	 * @param version 0 or 1
	 * @param codec the content's code, not negative
	 * @param hash the hash
	 * @throws IllegalArgumentException if the version does not exist or cannot say this
	 */
	public Cid {
		if (version != 0 && version != 1) {
			throw new IllegalArgumentException("A CID has version 0 or 1, not " + version);
		}
		if (codec < 0) {
			throw new IllegalArgumentException("The codec of a CID is not negative, was " + codec);
		}
		if (version == 0 && (codec != DAG_PB || !isSha256(hash.encoded()))) {
			throw new IllegalArgumentException("A CID of version 0 is the SHA-256 multihash of DAG-PB");
		}
	}

	/**
	 * Makes a CID of version 1.
	 * @param codec the content's code, not negative
	 * @param hash the hash
	 */
	public Cid(long codec, Multihash hash) {
		this(1, codec, hash);
	}

	private static boolean isSha256(ByteBuffer multihash) {
		return multihash.remaining() == SHA2_256_BYTES + 2 && multihash.get(multihash.position()) == SHA2_256
				&& multihash.get(multihash.position() + 1) == SHA2_256_BYTES;
	}

	/**
	 * Parses the text form.
	 * @param text version 0 in base58 ({@code Qm…}) or version 1 in any multibase
	 * @return the CID
	 * @throws IllegalArgumentException if it is not one
	 */
	public static Cid parse(String text) {
		try {
			if (text.length() == 46 && text.startsWith("Qm")) {
				return new Cid(0, DAG_PB, Multihash.parseBase58(text));
			}
			Cid cid = decode(Multibase.decode(text));
			if (cid.version() == 0) {
				throw new IllegalArgumentException("'" + text + "' is a CID of version 0, which has no multibase");
			}
			return cid;
		}
		catch (DecodeException ex) {
			throw new IllegalArgumentException("'" + text + "' is not a CID: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Decodes the binary form, which takes all of the input.
	 * @param source the bytes; consumed
	 * @return the CID
	 * @throws DecodeException if it is not one, or longer than {@value #MAX_BYTES} bytes
	 */
	public static Cid decode(ByteBuffer source) throws DecodeException {
		if (source.remaining() > MAX_BYTES) {
			throw new DecodeException("A CID of " + source.remaining() + " bytes is longer than " + MAX_BYTES);
		}
		if (isSha256(source)) {
			return new Cid(0, DAG_PB, Multihash.decode(source));
		}
		long version = Varint.read(source);
		if (version != 1) {
			throw new DecodeException("The CID has version " + version + ", not 1");
		}
		return new Cid(Varint.read(source), Multihash.decode(source));
	}

	/**
	 * Parses a peer id in either of its text forms.
	 * @param text base58 ({@code 12D3Koo…}, {@code Qm…}) or a CID ({@code bafz…},
	 * {@code k51…})
	 * @return the multihash
	 * @throws IllegalArgumentException if it is neither
	 */
	public static Multihash parsePeer(String text) {
		if (text.startsWith("1") || text.startsWith("Qm")) {
			return Multihash.parseBase58(text);
		}
		Cid cid = parse(text);
		if (cid.codec() != LIBP2P_KEY) {
			throw new IllegalArgumentException(
					"'" + text + "' has codec " + cid.codec() + ", a peer id has " + LIBP2P_KEY);
		}
		return cid.hash();
	}

	/**
	 * Returns the same content's CID of version 1.
	 * @return the CID
	 */
	public Cid toVersion1() {
		return (this.version == 1) ? this : new Cid(this.codec, this.hash);
	}

	/**
	 * Returns the binary form.
	 * @return the bytes, read-only
	 */
	public ByteBuffer encoded() {
		ByteBuffer hashBytes = this.hash.encoded();
		if (this.version == 0) {
			return hashBytes;
		}
		ByteBuffer bytes = ByteBuffer.allocate(1 + Varint.size(this.codec) + hashBytes.remaining());
		Varint.write(1, bytes);
		Varint.write(this.codec, bytes);
		bytes.put(hashBytes);
		return bytes.flip().asReadOnlyBuffer();
	}

	/**
	 * Returns the text in base36, short enough for a label of a host name where the hash
	 * is a key of Ed25519. Version 0 has no such form: it is that of version 1.
	 * @return the text, for example {@code k51…}
	 */
	public String toBase36() {
		return Multibase.encodeBase36(toVersion1().encoded());
	}

	/**
	 * Returns the usual text: base58 of version 0 ({@code Qm…}), base32 of version 1.
	 * @return the text, for example {@code bafz…}
	 */
	@Override
	public String toString() {
		if (this.version == 0) {
			return this.hash.toBase58();
		}
		ByteBuffer encoded = encoded();
		byte[] bytes = new byte[encoded.remaining()];
		encoded.get(bytes);
		return "b" + Base32.encode(bytes);
	}

}
