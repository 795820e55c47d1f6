package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.custom.sec.SecP256R1Curve;
import org.bouncycastle.math.ec.FixedPointCombMultiplier;
import org.bouncycastle.asn1.sec.SECNamedCurves;

/**
 * RSA and ECDSA over P-256 by the JDK, whose encodings (SubjectPublicKeyInfo, PKCS #1,
 * SEC 1) are read and written with BouncyCastle's ASN.1.
 */
enum JcaScheme implements SignatureScheme {

	/** ECDSA over P-256 with SHA-256. */
	ECDSA("EC", "SHA256withECDSA") {
		@Override
		void check(SubjectPublicKeyInfo info) throws DecodeException {
			boolean named = info.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
					&& SECObjectIdentifiers.secp256r1.equals(info.getAlgorithm().getParameters());
			if (!named) {
				throw new DecodeException("The ECDSA public key is not on P-256");
			}
			try {
				new SecP256R1Curve().decodePoint(info.getPublicKeyData().getOctets());
			}
			catch (IllegalArgumentException ex) {
				throw new DecodeException("The ECDSA public key is not a point of P-256", ex);
			}
		}

		@Override
		boolean isEncoded(byte[] signature) {
			try {
				// The JDK reads more than DER.
				StandardDSAEncoding.INSTANCE.decode(new SecP256R1Curve().getOrder(), signature);
				return true;
			}
			catch (IOException | IllegalArgumentException | ClassCastException ex) {
				return false;
			}
		}

		/** PKCS #8 has another key's form within: it begins with 0, SEC 1 with 1. */
		@Override
		byte[] unwrapped(byte[] data) throws Exception {
			ASN1Sequence sequence = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(data));
			if (ASN1Integer.getInstance(sequence.getObjectAt(0)).hasValue(1)) {
				return data;
			}
			PrivateKeyInfo info = PrivateKeyInfo.getInstance(sequence);
			boolean named = info.getPrivateKeyAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
					&& SECObjectIdentifiers.secp256r1.equals(info.getPrivateKeyAlgorithm().getParameters());
			if (!named) {
				throw new DecodeException("The ECDSA private key is not on P-256");
			}
			BigInteger secret = ECPrivateKey.getInstance(info.parsePrivateKey()).getKey();
			if (secret.signum() <= 0 || secret.compareTo(new SecP256R1Curve().getOrder()) >= 0) {
				throw new DecodeException("The ECDSA private key is not between 1 and the order of P-256");
			}
			byte[] point = SubjectPublicKeyInfo.getInstance(publicKey(secret)).getPublicKeyData().getOctets();
			return sec1(secret, point);
		}

		@Override
		PrivateKeyInfo privateInfo(byte[] data) throws Exception {
			ECPrivateKey key = ECPrivateKey.getInstance(ASN1Primitive.fromByteArray(data));
			return new PrivateKeyInfo(
					new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1), key);
		}

		@Override
		byte[] publicKey(java.security.PrivateKey key) throws Exception {
			return publicKey(((java.security.interfaces.ECPrivateKey) key).getS());
		}

		private byte[] publicKey(BigInteger secret) throws IOException {
			ECPoint point = new FixedPointCombMultiplier()
				.multiply(SECNamedCurves.getByName("secp256r1").getG(), secret)
				.normalize();
			return new SubjectPublicKeyInfo(
					new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
					point.getEncoded(false))
				.getEncoded();
		}

		@Override
		public byte[] generate() {
			try {
				KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
				generator.initialize(new ECGenParameterSpec("secp256r1"));
				java.security.KeyPair pair = generator.generateKeyPair();
				byte[] point = SubjectPublicKeyInfo.getInstance(((ECPublicKey) pair.getPublic()).getEncoded())
					.getPublicKeyData()
					.getOctets();
				BigInteger secret = ((java.security.interfaces.ECPrivateKey) pair.getPrivate()).getS();
				return sec1(secret, point);
			}
			catch (GeneralSecurityException | IOException ex) {
				throw new IllegalStateException("A P-256 key could not be made", ex);
			}
		}

		private byte[] sec1(BigInteger secret, byte[] point) throws IOException {
			return new ECPrivateKey(256, secret, new org.bouncycastle.asn1.DERBitString(point),
					SECObjectIdentifiers.secp256r1)
				.getEncoded();
		}
	},

	/** RSA with SHA-256 and PKCS #1 v1.5. */
	RSA("RSA", "SHA256withRSA") {
		@Override
		void check(SubjectPublicKeyInfo info) throws Exception {
			org.bouncycastle.asn1.pkcs.RSAPublicKey key = org.bouncycastle.asn1.pkcs.RSAPublicKey
				.getInstance(info.parsePublicKey());
			boolean rsa = info.getAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.rsaEncryption)
					&& DERNull.INSTANCE.equals(info.getAlgorithm().getParameters());
			if (!rsa || !Arrays.equals(key.getEncoded("DER"), info.getPublicKeyData().getOctets())) {
				throw new DecodeException("The RSA public key is not a DER SubjectPublicKeyInfo of rsaEncryption");
			}
			checkBits(key.getModulus().bitLength());
			if (key.getPublicExponent().bitLength() > MAX_EXPONENT_BITS) {
				throw new DecodeException("An RSA exponent of " + key.getPublicExponent().bitLength()
						+ " bits is longer than " + MAX_EXPONENT_BITS);
			}
		}

		@Override
		PrivateKeyInfo privateInfo(byte[] data) throws Exception {
			RSAPrivateKey key = RSAPrivateKey.getInstance(ASN1Primitive.fromByteArray(data));
			checkBits(key.getModulus().bitLength());
			return new PrivateKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
					key);
		}

		@Override
		byte[] publicKey(java.security.PrivateKey key) throws Exception {
			RSAPrivateCrtKey rsa = (RSAPrivateCrtKey) key;
			RSAPublicKeySpec spec = new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent());
			return ((RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec)).getEncoded();
		}

		@Override
		public byte[] generate() {
			try {
				KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
				generator.initialize(MIN_RSA_BITS);
				return PrivateKeyInfo.getInstance(generator.generateKeyPair().getPrivate().getEncoded())
					.parsePrivateKey()
					.toASN1Primitive()
					.getEncoded();
			}
			catch (GeneralSecurityException | IOException ex) {
				throw new IllegalStateException("An RSA key could not be made", ex);
			}
		}
	};

	/** The shortest modulus that is accepted, in bits. */
	static final int MIN_RSA_BITS = 2048;

	/** The longest modulus that is accepted, in bits. */
	static final int MAX_RSA_BITS = 8192;

	/** The longest public exponent that is accepted, in bits. */
	static final int MAX_EXPONENT_BITS = 33;

	private final String keyAlgorithm;

	private final String signatureAlgorithm;

	JcaScheme(String keyAlgorithm, String signatureAlgorithm) {
		this.keyAlgorithm = keyAlgorithm;
		this.signatureAlgorithm = signatureAlgorithm;
	}

	abstract void check(SubjectPublicKeyInfo info) throws Exception;

	/** The key in the form of the specification, out of what others put around it. */
	byte[] unwrapped(byte[] data) throws Exception {
		return data;
	}

	abstract PrivateKeyInfo privateInfo(byte[] data) throws Exception;

	abstract byte[] publicKey(java.security.PrivateKey key) throws Exception;

	static void checkBits(int bits) throws DecodeException {
		if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
			throw new DecodeException("An RSA key has " + MIN_RSA_BITS + " to " + MAX_RSA_BITS + " bits, not " + bits);
		}
	}

	@Override
	public Verifier verifier(byte[] publicKey) throws DecodeException {
		try {
			SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(ASN1Primitive.fromByteArray(publicKey));
			if (!Arrays.equals(info.getEncoded("DER"), publicKey)) {
				throw new DecodeException("The " + name() + " public key is not DER");
			}
			check(info);
			java.security.PublicKey key = KeyFactory.getInstance(this.keyAlgorithm)
				.generatePublic(new X509EncodedKeySpec(publicKey));
			return (data, signature) -> isEncoded(signature) && verify(key, data, signature);
		}
		catch (DecodeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new DecodeException("The " + name() + " public key is malformed", ex);
		}
	}

	/** Whether a signature is written in the one way that is right. */
	boolean isEncoded(byte[] signature) {
		return true;
	}

	private boolean verify(java.security.PublicKey key, byte[] data, byte[] signature) {
		try {
			Signature verifier = Signature.getInstance(this.signatureAlgorithm);
			verifier.initVerify(key);
			verifier.update(data);
			return verifier.verify(signature);
		}
		catch (GeneralSecurityException ex) {
			// Malformed: nobody's signature.
			return false;
		}
	}

	@Override
	public byte[] canonical(byte[] privateKey) throws DecodeException {
		try {
			return unwrapped(privateKey);
		}
		catch (DecodeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new DecodeException("The " + name() + " private key is malformed", ex);
		}
	}

	@Override
	public Signer signer(byte[] privateKey) throws DecodeException {
		try {
			java.security.PrivateKey key = KeyFactory.getInstance(this.keyAlgorithm)
				.generatePrivate(new PKCS8EncodedKeySpec(privateInfo(privateKey).getEncoded()));
			byte[] publicKey = publicKey(key);
			return new JcaSigner(this.signatureAlgorithm, key, publicKey);
		}
		catch (DecodeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new DecodeException("The " + name() + " private key is malformed", ex);
		}
	}

	private record JcaSigner(String algorithm, java.security.PrivateKey key, byte[] publicKey) implements Signer {

		@Override
		public byte[] sign(byte[] data) {
			try {
				Signature signer = Signature.getInstance(this.algorithm);
				signer.initSign(this.key);
				signer.update(data);
				return signer.sign();
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException("A valid key can sign", ex);
			}
		}

	}

}
