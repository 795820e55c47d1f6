package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;

/**
 * A content identifier, as far as peer ids need it: version 1, in any multibase, or the
 * bare base58 multihash of version 0. Immutable. Specification: multiformats/cid.
 *
 * @param codec the content's code of the multicodec table
 * @param hash the hash
 */
public record Cid(long codec, Multihash hash) {

	/** The codec of libp2p keys. */
	public static final long LIBP2P_KEY = 0x72;

	/** The codec of DAG-PB, which version 0 stands for. */
	public static final long DAG_PB = 0x70;

	/**
	 * Parses the text form of a version 1 CID.
	 * @param text the text
	 * @return the CID
	 * @throws IllegalArgumentException if it is not one
	 */
	public static Cid parse(String text) {
		try {
			ByteBuffer bytes = Multibase.decode(text);
			long version = Varint.read(bytes);
			if (version != 1) {
				throw new IllegalArgumentException("'" + text + "' is not a CID of version 1 but " + version);
			}
			return new Cid(Varint.read(bytes), Multihash.decode(bytes));
		}
		catch (DecodeException ex) {
			throw new IllegalArgumentException("'" + text + "' is not a CID: " + ex.getMessage(), ex);
		}
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
	 * Returns the version 1 text in base32.
	 * @return the text, for example {@code bafz…}
	 */
	@Override
	public String toString() {
		ByteBuffer hashBytes = this.hash.encoded();
		ByteBuffer bytes = ByteBuffer.allocate(1 + Varint.size(this.codec) + hashBytes.remaining());
		Varint.write(1, bytes);
		Varint.write(this.codec, bytes);
		bytes.put(hashBytes);
		return "b" + Base32.encode(bytes.array());
	}

}
