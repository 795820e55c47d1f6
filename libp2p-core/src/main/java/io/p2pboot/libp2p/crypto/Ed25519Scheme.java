package io.p2pboot.libp2p.crypto;

import java.security.SecureRandom;
import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * Ed25519 (RFC 8032) by BouncyCastle. The private data is the seed and the public key, as
 * the other stacks write it; the older form repeats the public key.
 */
final class Ed25519Scheme implements SignatureScheme {

	private static final int KEY_BYTES = 32;

	@Override
	public Verifier verifier(byte[] publicKey) throws DecodeException {
		if (publicKey.length != KEY_BYTES) {
			throw new DecodeException("An Ed25519 public key has 32 bytes, not " + publicKey.length);
		}
		if (!Ed25519.validatePublicKeyFull(publicKey, 0)) {
			throw new DecodeException("The Ed25519 public key is not a valid point");
		}
		Ed25519PublicKeyParameters key = new Ed25519PublicKeyParameters(publicKey);
		return (data, signature) -> signature.length == Ed25519.SIGNATURE_SIZE
				&& key.verify(Ed25519.Algorithm.Ed25519, null, data, 0, data.length, signature, 0);
	}

	/** The seed and the public key; older ones have that twice, others not at all. */
	@Override
	public byte[] canonical(byte[] privateKey) throws DecodeException {
		if (privateKey.length == 0 || privateKey.length > 3 * KEY_BYTES || privateKey.length % KEY_BYTES != 0) {
			throw new DecodeException("An Ed25519 private key has 32, 64 or 96 bytes, not " + privateKey.length);
		}
		byte[] derived = new Ed25519PrivateKeyParameters(privateKey, 0).generatePublicKey().getEncoded();
		for (int offset = KEY_BYTES; offset < privateKey.length; offset += KEY_BYTES) {
			if (!Arrays.equals(derived, Arrays.copyOfRange(privateKey, offset, offset + KEY_BYTES))) {
				throw new DecodeException("The public half of the Ed25519 private key does not belong to it");
			}
		}
		return keyPair(privateKey, derived);
	}

	private static byte[] keyPair(byte[] seed, byte[] publicKey) {
		byte[] data = Arrays.copyOf(seed, 2 * KEY_BYTES);
		System.arraycopy(publicKey, 0, data, KEY_BYTES, KEY_BYTES);
		return data;
	}

	@Override
	public Signer signer(byte[] privateKey) {
		Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(privateKey, 0);
		byte[] derived = Arrays.copyOfRange(privateKey, KEY_BYTES, 2 * KEY_BYTES);
		return new Signer() {

			@Override
			public byte[] sign(byte[] data) {
				byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
				key.sign(Ed25519.Algorithm.Ed25519, null, data, 0, data.length, signature, 0);
				return signature;
			}

			@Override
			public byte[] publicKey() {
				return derived.clone();
			}

		};
	}

	@Override
	public byte[] generate() {
		Ed25519PrivateKeyParameters key = new Ed25519PrivateKeyParameters(new SecureRandom());
		return keyPair(key.getEncoded(), key.generatePublicKey().getEncoded());
	}

}
