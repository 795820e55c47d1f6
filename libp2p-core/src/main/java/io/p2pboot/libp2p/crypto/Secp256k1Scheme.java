package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.util.BigIntegers;

/**
 * ECDSA over secp256k1 with SHA-256 by BouncyCastle: nonces of RFC 6979, low S as Bitcoin
 * has it, compressed points, DER signatures.
 */
final class Secp256k1Scheme implements SignatureScheme {

	private static final ECDomainParameters CURVE = curve();

	private static final int PRIVATE_BYTES = 32;

	/**
	 * The shortest that is taken for a number and not for a key that was cut off: one key
	 * in 2^32 is shorter.
	 */
	private static final int MIN_SIGNED_BYTES = 28;

	private static final int COMPRESSED_BYTES = 33;

	private static final int UNCOMPRESSED_BYTES = 65;

	private static ECDomainParameters curve() {
		X9ECParameters parameters = SECNamedCurves.getByName("secp256k1");
		return new ECDomainParameters(parameters.getCurve(), parameters.getG(), parameters.getN(), parameters.getH());
	}

	@Override
	public Verifier verifier(byte[] publicKey) throws DecodeException {
		if (publicKey.length != COMPRESSED_BYTES && publicKey.length != UNCOMPRESSED_BYTES) {
			throw new DecodeException("A secp256k1 public key has 33 or 65 bytes, not " + publicKey.length);
		}
		try {
			ECPublicKeyParameters key = new ECPublicKeyParameters(CURVE.getCurve().decodePoint(publicKey), CURVE);
			return (data, signature) -> verify(key, data, signature);
		}
		catch (IllegalArgumentException ex) {
			throw new DecodeException("The secp256k1 public key is not a point of the curve", ex);
		}
	}

	private static boolean verify(ECPublicKeyParameters key, byte[] data, byte[] signature) {
		try {
			BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(CURVE.getN(), signature);
			ECDSASigner verifier = new ECDSASigner();
			verifier.init(false, key);
			return verifier.verifySignature(sha256(data), rs[0], rs[1]);
		}
		catch (IOException | IllegalArgumentException | ClassCastException ex) {
			// Not DER, not numbers, or numbers out of range: nobody's signature.
			return false;
		}
	}

	/** Java writes a number with a sign, in as many bytes as it needs. */
	@Override
	public byte[] canonical(byte[] privateKey) throws DecodeException {
		boolean signed = privateKey.length >= MIN_SIGNED_BYTES && privateKey.length <= PRIVATE_BYTES + 1
				&& Arrays.equals(new BigInteger(privateKey).toByteArray(), privateKey) && privateKey[0] >= 0;
		BigInteger secret = new BigInteger(1, privateKey);
		if (privateKey.length != PRIVATE_BYTES && !signed || secret.signum() == 0
				|| secret.compareTo(CURVE.getN()) >= 0) {
			throw new DecodeException("A secp256k1 private key is 32 bytes between 1 and the order of the curve");
		}
		return BigIntegers.asUnsignedByteArray(PRIVATE_BYTES, secret);
	}

	@Override
	public Signer signer(byte[] privateKey) {
		BigInteger secret = new BigInteger(1, privateKey);
		ECPrivateKeyParameters key = new ECPrivateKeyParameters(secret, CURVE);
		ECPoint point = new FixedPointCombMultiplier().multiply(CURVE.getG(), secret).normalize();
		byte[] publicKey = point.getEncoded(true);
		return new Signer() {

			@Override
			public byte[] sign(byte[] data) {
				return Secp256k1Scheme.sign(key, data);
			}

			@Override
			public byte[] publicKey() {
				return publicKey.clone();
			}

		};
	}

	private static byte[] sign(ECPrivateKeyParameters key, byte[] data) {
		ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
		signer.init(true, key);
		BigInteger[] rs = signer.generateSignature(sha256(data));
		BigInteger low = rs[1].min(CURVE.getN().subtract(rs[1]));
		try {
			return StandardDSAEncoding.INSTANCE.encode(CURVE.getN(), rs[0], low);
		}
		catch (IOException ex) {
			throw new IllegalStateException("A signature in range can be encoded", ex);
		}
	}

	@Override
	public byte[] generate() {
		SecureRandom random = new SecureRandom();
		BigInteger secret = BigIntegers.createRandomInRange(BigInteger.ONE, CURVE.getN().subtract(BigInteger.ONE),
				random);
		return BigIntegers.asUnsignedByteArray(PRIVATE_BYTES, secret);
	}

	private static byte[] sha256(byte[] data) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(data);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
	}

}
