package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.util.Arrays;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.wire.pb.CryptoProto;

/**
 * A peer's public key. Immutable and thread-safe; one that exists is valid.
 */
public final class PublicKey {

	/**
	 * The longest encoded key that is read, in bytes: RSA of 8,192 bits and its frame.
	 */
	public static final int MAX_ENCODED_BYTES = 2048;

	private final KeyType type;

	private final byte[] data;

	private final byte[] encoded;

	private final SignatureScheme.Verifier verifier;

	private PublicKey(KeyType type, byte[] data, SignatureScheme.Verifier verifier) {
		this.type = type;
		this.data = data;
		this.verifier = verifier;
		this.encoded = CryptoProto.PublicKey.newBuilder()
			.setType(CryptoProto.KeyType.forNumber(type.ordinal()))
			.setData(ByteString.copyFrom(data))
			.build()
			.toByteArray();
	}

	static PublicKey of(KeyType type, byte[] data) throws DecodeException {
		PublicKey known = KnownKeys.find(type, data);
		if (known != null) {
			return known;
		}
		return kept(new PublicKey(type, data, SignatureScheme.of(type).verifier(data)));
	}

	/** Makes the public half of a private key that is known to be good. */
	static PublicKey derived(KeyType type, byte[] data) throws DecodeException {
		return kept(new PublicKey(type, data, SignatureScheme.of(type).uncheckedVerifier(data)));
	}

	private static PublicKey kept(PublicKey key) {
		KnownKeys.keep(key, key.data);
		return key;
	}

	/** Whether it is this key that would be made of the data. */
	boolean is(KeyType type, byte[] data) {
		return this.type == type && Arrays.equals(this.data, data);
	}

	/**
	 * Decodes the protobuf form.
	 * @param source the bytes; consumed
	 * @return the key
	 * @throws DecodeException if it is malformed, of an unknown type, not on its curve,
	 * or RSA of less than 2,048 or more than 8,192 bits
	 */
	public static PublicKey decode(ByteBuffer source) throws DecodeException {
		if (source.remaining() > MAX_ENCODED_BYTES) {
			throw new DecodeException(
					"A public key of " + source.remaining() + " bytes is longer than " + MAX_ENCODED_BYTES);
		}
		try {
			CryptoProto.PublicKey message = CryptoProto.PublicKey.parseFrom(source);
			return of(KeyType.values()[message.getType().getNumber()], message.getData().toByteArray());
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The public key is malformed: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Returns the kind of key.
	 * @return the type
	 */
	public KeyType type() {
		return this.type;
	}

	/**
	 * Returns the protobuf form.
	 * @return a read-only view
	 */
	public ByteBuffer encoded() {
		return ByteBuffer.wrap(this.encoded).asReadOnlyBuffer();
	}

	/**
	 * Verifies a signature.
	 * @param data the signed bytes that remain; consumed
	 * @param signature the signature that remains; consumed
	 * @return whether this key's owner signed the data
	 */
	public boolean verify(ByteBuffer data, ByteBuffer signature) {
		return this.verifier.verify(SignatureScheme.bytes(data), SignatureScheme.bytes(signature));
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof PublicKey that && is(that.type, that.data);
	}

	@Override
	public int hashCode() {
		// Keyed: a peer chooses its key, and must not choose its bucket.
		return Multihash.sha256(encoded()).hashCode();
	}

	@Override
	public String toString() {
		return "PublicKey[" + this.type + "]";
	}

}
