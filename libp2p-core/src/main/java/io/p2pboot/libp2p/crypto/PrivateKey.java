package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.CryptoProto;

/**
 * A peer's private key. Immutable and thread-safe. Nothing but {@link #encoded()} shows
 * the secret.
 */
public final class PrivateKey {

	/** The longest encoded key that is read, in bytes. */
	public static final int MAX_ENCODED_BYTES = 8192;

	private final KeyType type;

	private final byte[] data;

	private final SignatureScheme.Signer signer;

	private final PublicKey publicKey;

	private PrivateKey(KeyType type, byte[] data) throws DecodeException {
		SignatureScheme scheme = SignatureScheme.of(type);
		this.type = type;
		this.data = scheme.canonical(data);
		this.signer = scheme.signer(this.data);
		this.publicKey = PublicKey.derived(type, this.signer.publicKey());
	}

	/**
	 * Makes a new Ed25519 key.
	 * @return the key
	 */
	public static PrivateKey generate() {
		return generate(KeyType.ED25519);
	}

	/**
	 * Makes a new key; RSA keys have 2,048 bits.
	 * @param type the kind of key
	 * @return the key
	 */
	public static PrivateKey generate(KeyType type) {
		try {
			return new PrivateKey(type, SignatureScheme.of(type).generate());
		}
		catch (DecodeException ex) {
			throw new IllegalStateException("A new key could not be read", ex);
		}
	}

	/**
	 * Decodes the protobuf form, as Kubo, Go and Rust write it, and as jvm-libp2p, Nabu
	 * and Teku do: there an Ed25519 key is its seed alone, an ECDSA key is PKCS #8, and a
	 * secp256k1 key is a number of as many bytes as it needs.
	 * @param source the bytes; consumed
	 * @return the key
	 * @throws DecodeException if it is malformed or of an unknown type
	 */
	public static PrivateKey decode(ByteBuffer source) throws DecodeException {
		if (source.remaining() > MAX_ENCODED_BYTES) {
			throw new DecodeException(
					"A private key of " + source.remaining() + " bytes is longer than " + MAX_ENCODED_BYTES);
		}
		try {
			CryptoProto.PrivateKey message = CryptoProto.PrivateKey.parseFrom(source);
			return new PrivateKey(KeyType.values()[message.getType().getNumber()], message.getData().toByteArray());
		}
		catch (InvalidProtocolBufferException ex) {
			throw new DecodeException("The private key is malformed", ex);
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
	 * Returns the public half.
	 * @return the key
	 */
	public PublicKey publicKey() {
		return this.publicKey;
	}

	/**
	 * Returns the protobuf form. It is the secret: keep it out of logs.
	 * @return a new buffer
	 */
	public ByteBuffer encoded() {
		return ByteBuffer.wrap(CryptoProto.PrivateKey.newBuilder()
			.setType(CryptoProto.KeyType.forNumber(this.type.ordinal()))
			.setData(ByteString.copyFrom(this.data))
			.build()
			.toByteArray());
	}

	/**
	 * Signs data.
	 * @param data the bytes that remain; consumed
	 * @return the signature
	 */
	public ByteBuffer sign(ByteBuffer data) {
		return ByteBuffer.wrap(this.signer.sign(SignatureScheme.bytes(data))).asReadOnlyBuffer();
	}

	@Override
	public String toString() {
		return "PrivateKey[" + this.type + "]";
	}

}
