package io.p2pboot.libp2p.crypto;

import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * Ed25519 (RFC 8032). The native provider signs and verifies where it loads, else
 * BouncyCastle. The private data is the seed and the public key, as the other stacks
 * write it; the older form repeats the public key.
 */
final class Ed25519Scheme implements SignatureScheme {

	private static final int KEY_BYTES = Ed25519Functions.KEY_BYTES;

	private static final Ed25519Functions FUNCTIONS = NativeProvider.find()
		.<Ed25519Functions>map(Ed25519Functions.Native::new)
		.orElseGet(Ed25519Functions.Portable::new);

	/**
	 * {@inheritDoc} A key must be of the curve's prime order, which BouncyCastle alone
	 * can tell.
	 */
	@Override
	public Verifier verifier(byte[] publicKey) throws DecodeException {
		if (publicKey.length != KEY_BYTES) {
			throw new DecodeException("An Ed25519 public key has 32 bytes, not " + publicKey.length);
		}
		if (!Ed25519.validatePublicKeyFull(publicKey, 0)) {
			throw new DecodeException("The Ed25519 public key is not a valid point");
		}
		return FUNCTIONS.verifier(publicKey);
	}

	@Override
	public Verifier uncheckedVerifier(byte[] publicKey) {
		return FUNCTIONS.verifier(publicKey);
	}

	/** The seed and the public key; older ones have that twice, others not at all. */
	@Override
	public byte[] canonical(byte[] privateKey) throws DecodeException {
		if (privateKey.length == 0 || privateKey.length > 3 * KEY_BYTES || privateKey.length % KEY_BYTES != 0) {
			throw new DecodeException("An Ed25519 private key has 32, 64 or 96 bytes, not " + privateKey.length);
		}
		byte[] seed = Arrays.copyOf(privateKey, KEY_BYTES);
		byte[] publicKey = (privateKey.length == KEY_BYTES) ? Ed25519Functions.publicKey(seed)
				: Arrays.copyOfRange(privateKey, KEY_BYTES, 2 * KEY_BYTES);
		boolean repeated = privateKey.length <= 2 * KEY_BYTES
				|| Arrays.equals(publicKey, Arrays.copyOfRange(privateKey, 2 * KEY_BYTES, 3 * KEY_BYTES));
		if (!repeated || privateKey.length > KEY_BYTES && !FUNCTIONS.belongs(seed, publicKey)) {
			throw new DecodeException("The public half of the Ed25519 private key does not belong to it");
		}
		return Ed25519Functions.pair(seed, publicKey);
	}

	@Override
	public Signer signer(byte[] privateKey) {
		Ed25519Functions.RawSigner signer = FUNCTIONS.signer(Arrays.copyOf(privateKey, KEY_BYTES));
		byte[] derived = Arrays.copyOfRange(privateKey, KEY_BYTES, 2 * KEY_BYTES);
		return new Signer() {

			@Override
			public byte[] sign(byte[] data) {
				return signer.sign(data);
			}

			@Override
			public byte[] publicKey() {
				return derived.clone();
			}

		};
	}

	@Override
	public byte[] generate() {
		return FUNCTIONS.generate();
	}

}
