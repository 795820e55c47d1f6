package io.p2pboot.libp2p.ipfs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * A name of IPNS: the id of the key that signs its records. Immutable. Specification:
 * specs.ipfs.tech/ipns/ipns-record, "IPNS Name".
 *
 * @param peer the id of the key
 */
public record IpnsName(PeerId peer) {

	private static final byte[] PREFIX = "/ipns/".getBytes(StandardCharsets.US_ASCII);

	/**
	 * Parses a name.
	 * @param text for example {@code k51…}, {@code 12D3Koo…} or {@code Qm…}, with or
	 * without {@code /ipns/} before it
	 * @return the name
	 * @throws IllegalArgumentException if it is none; the name of a domain (DNSLink) is
	 * none
	 */
	public static IpnsName parse(String text) {
		String bare = text.startsWith("/ipns/") ? text.substring("/ipns/".length()) : text;
		return new IpnsName(PeerId.parse(bare));
	}

	/**
	 * Reads the name from the key of a record.
	 * @param key the whole key; not consumed
	 * @return the name
	 * @throws DecodeException if it is no key of an IPNS record
	 */
	static IpnsName ofKey(ByteBuffer key) throws DecodeException {
		ByteBuffer rest = key.duplicate();
		byte[] prefix = new byte[Math.min(PREFIX.length, rest.remaining())];
		rest.get(prefix);
		if (!Arrays.equals(prefix, PREFIX)) {
			throw new DecodeException("The key does not begin with /ipns/");
		}
		return new IpnsName(PeerId.decode(rest));
	}

	/**
	 * Returns the key under which its record stands in a
	 * {@link io.p2pboot.libp2p.ValueStore}.
	 * @return {@code /ipns/} and the binary id, read-only
	 */
	public ByteBuffer key() {
		ByteBuffer id = this.peer.multihash().encoded();
		return ByteBuffer.allocate(PREFIX.length + id.remaining()).put(PREFIX).put(id).flip().asReadOnlyBuffer();
	}

	/**
	 * Returns the text.
	 * @return for example {@code k51…}: a CID of version 1 in base36
	 */
	@Override
	public String toString() {
		return new Cid(Cid.LIBP2P_KEY, this.peer.multihash()).toBase36();
	}

}
