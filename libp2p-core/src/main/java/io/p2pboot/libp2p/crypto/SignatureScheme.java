package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;

import io.p2pboot.libp2p.multiformats.DecodeException;

/**
 * How one kind of key is made, read and used. Implementations are stateless.
 */
interface SignatureScheme {

	/** Verifies with one key; false for any signature that is not the key's. */
	interface Verifier {

		boolean verify(byte[] data, byte[] signature);

	}

	/** Signs with one key. */
	interface Signer {

		byte[] sign(byte[] data);

		byte[] publicKey();

	}

	Verifier verifier(byte[] publicKey) throws DecodeException;

	/**
	 * Verifies with a key that is known to be valid, since it was checked before or
	 * belongs to a private key.
	 */
	default Verifier uncheckedVerifier(byte[] publicKey) throws DecodeException {
		return verifier(publicKey);
	}

	/**
	 * Returns a private key in the form of the specification, from that or from what
	 * other implementations wrote.
	 */
	byte[] canonical(byte[] privateKey) throws DecodeException;

	/** Signs with a private key in the form of the specification. */
	Signer signer(byte[] privateKey) throws DecodeException;

	byte[] generate();

	static SignatureScheme of(KeyType type) {
		return switch (type) {
			case ED25519 -> new Ed25519Scheme();
			case SECP256K1 -> new Secp256k1Scheme();
			case ECDSA -> JcaScheme.ECDSA;
			case RSA -> JcaScheme.RSA;
		};
	}

	static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		return bytes;
	}

}
