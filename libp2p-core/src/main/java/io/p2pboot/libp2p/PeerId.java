package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.util.Optional;

import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.Cid;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multihash;

/**
 * Who a peer is: the hash of its public key, or the key itself where it is short.
 * Immutable; ordering and hashing cannot be attacked by a peer. Specification:
 * libp2p/specs peer-ids/peer-ids.md.
 */
public final class PeerId implements Comparable<PeerId> {

	/** Encoded keys up to this many bytes are the id themselves. */
	static final int MAX_INLINE_KEY_BYTES = 42;

	private final Multihash multihash;

	private PeerId(Multihash multihash) {
		this.multihash = multihash;
	}

	/**
	 * Returns the id of a key.
	 * @param key the key
	 * @return the id
	 */
	public static PeerId of(PublicKey key) {
		ByteBuffer encoded = key.encoded();
		return new PeerId((encoded.remaining() <= MAX_INLINE_KEY_BYTES) ? Multihash.of(Multihash.IDENTITY, encoded)
				: Multihash.sha256(encoded));
	}

	/**
	 * Parses either text form.
	 * @param text base58 ({@code 12D3Koo…}, {@code Qm…}) or a CID ({@code bafz…},
	 * {@code k51…})
	 * @return the id
	 * @throws IllegalArgumentException if it is neither
	 */
	public static PeerId parse(String text) {
		try {
			return checked(Cid.parsePeer(text));
		}
		catch (DecodeException | IllegalArgumentException ex) {
			throw new IllegalArgumentException("'" + text + "' is not a peer id: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Decodes the binary form, a multihash that takes all of the input.
	 * @param source the bytes; consumed
	 * @return the id
	 * @throws DecodeException if it is not a peer id
	 */
	public static PeerId decode(ByteBuffer source) throws DecodeException {
		return checked(Multihash.decode(source));
	}

	private static PeerId checked(Multihash multihash) throws DecodeException {
		if (multihash.code() == Multihash.IDENTITY) {
			if (multihash.digest().remaining() > MAX_INLINE_KEY_BYTES) {
				throw new DecodeException("An inlined key of " + multihash.digest().remaining()
						+ " bytes is longer than " + MAX_INLINE_KEY_BYTES);
			}
		}
		else if (multihash.code() != Multihash.SHA2_256) {
			throw new DecodeException(
					"A peer id is an inlined key or a SHA-256 hash, not multihash function " + multihash.code());
		}
		return new PeerId(multihash);
	}

	/**
	 * Returns the hash.
	 * @return the multihash
	 */
	public Multihash multihash() {
		return this.multihash;
	}

	/**
	 * Returns the key, where the id holds it.
	 * @return the key; empty for a hashed one, or if what is inlined is not a key
	 */
	public Optional<PublicKey> inlinedKey() {
		if (this.multihash.code() != Multihash.IDENTITY) {
			return Optional.empty();
		}
		try {
			return Optional.of(PublicKey.decode(this.multihash.digest()));
		}
		catch (DecodeException ex) {
			return Optional.empty();
		}
	}

	/**
	 * Returns whether this is the id of a key.
	 * @param key the key
	 * @return whether it is
	 */
	public boolean matches(PublicKey key) {
		return equals(of(key));
	}

	/**
	 * Returns the CID form in base32.
	 * @return for example {@code bafz…}
	 */
	public String toCidString() {
		return new Cid(Cid.LIBP2P_KEY, this.multihash).toString();
	}

	@Override
	public int compareTo(PeerId other) {
		return this.multihash.compareTo(other.multihash);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof PeerId that && this.multihash.equals(that.multihash);
	}

	@Override
	public int hashCode() {
		return this.multihash.hashCode();
	}

	/**
	 * Returns the base58 form.
	 * @return for example {@code 12D3Koo…}
	 */
	@Override
	public String toString() {
		return this.multihash.toBase58();
	}

}
