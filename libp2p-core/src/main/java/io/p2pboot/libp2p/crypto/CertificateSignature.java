package io.p2pboot.libp2p.crypto;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSASSAPSSparams;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.ec.CustomNamedCurves;

/**
 * The ways a certificate may be signed; every other is refused. Curves are named and go
 * with the hash of their size, hashes have at least 256 bits, RSA keys 2,048 to 8,192.
 */
enum CertificateSignature {

	/** ECDSA over P-256 with SHA-256: what all known stacks sign with. */
	P256(KeyKind.P256, X9ObjectIdentifiers.ecdsa_with_SHA256, "SHA256withECDSA"),

	/** ECDSA over P-384 with SHA-384. */
	P384(KeyKind.P384, X9ObjectIdentifiers.ecdsa_with_SHA384, "SHA384withECDSA"),

	/** ECDSA over P-521 with SHA-512. */
	P521(KeyKind.P521, X9ObjectIdentifiers.ecdsa_with_SHA512, "SHA512withECDSA"),

	/** Ed25519. */
	ED25519(KeyKind.ED25519, KeyKind.ED25519_ID, "Ed25519"),

	/** RSA, PKCS #1 v1.5 with SHA-256. */
	PKCS1_SHA256(KeyKind.RSA, PKCSObjectIdentifiers.sha256WithRSAEncryption, "SHA256withRSA"),

	/** RSA, PKCS #1 v1.5 with SHA-384. */
	PKCS1_SHA384(KeyKind.RSA, PKCSObjectIdentifiers.sha384WithRSAEncryption, "SHA384withRSA"),

	/** RSA, PKCS #1 v1.5 with SHA-512. */
	PKCS1_SHA512(KeyKind.RSA, PKCSObjectIdentifiers.sha512WithRSAEncryption, "SHA512withRSA"),

	/** RSA, PSS with SHA-256 and a salt of 32 bytes. */
	PSS_SHA256(NISTObjectIdentifiers.id_sha256, "SHA-256", 32),

	/** RSA, PSS with SHA-384 and a salt of 48 bytes. */
	PSS_SHA384(NISTObjectIdentifiers.id_sha384, "SHA-384", 48),

	/** RSA, PSS with SHA-512 and a salt of 64 bytes. */
	PSS_SHA512(NISTObjectIdentifiers.id_sha512, "SHA-512", 64);

	/** A kind of public key, and what is checked before any arithmetic with it. */
	private enum KeyKind {

		P256("EC"), P384("EC"), P521("EC"), ED25519("Ed25519"), RSA("RSA");

		/** RFC 8410, section 3. */
		private static final ASN1ObjectIdentifier ED25519_ID = new ASN1ObjectIdentifier("1.3.101.112");

		private final String factory;

		KeyKind(String factory) {
			this.factory = factory;
		}

		static Optional<KeyKind> of(AlgorithmIdentifier key) {
			ASN1ObjectIdentifier algorithm = key.getAlgorithm();
			ASN1Encodable parameters = key.getParameters();
			if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
				return Optional.of(RSA);
			}
			if (algorithm.equals(ED25519_ID)) {
				return Optional.of(ED25519);
			}
			if (!algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
				return Optional.empty();
			}
			return SECObjectIdentifiers.secp256r1.equals(parameters) ? Optional.of(P256)
					: SECObjectIdentifiers.secp384r1.equals(parameters) ? Optional.of(P384)
							: SECObjectIdentifiers.secp521r1.equals(parameters) ? Optional.of(P521) : Optional.empty();
		}

		void check(SubjectPublicKeyInfo key) throws Exception {
			switch (this) {
				case P256 -> checkPoint("P-256", key);
				case P384 -> checkPoint("P-384", key);
				case P521 -> checkPoint("P-521", key);
				case RSA -> JcaScheme.RSA.check(key);
				case ED25519 -> SignatureScheme.of(KeyType.ED25519).verifier(key.getPublicKeyData().getOctets());
			}
		}

		private static void checkPoint(String curve, SubjectPublicKeyInfo key) {
			CustomNamedCurves.getByName(curve).getCurve().decodePoint(key.getPublicKeyData().getOctets());
		}

	}

	private final KeyKind key;

	private final ASN1ObjectIdentifier algorithm;

	private final String name;

	private final Optional<PssHash> pss;

	CertificateSignature(KeyKind key, ASN1ObjectIdentifier algorithm, String name) {
		this.key = key;
		this.algorithm = algorithm;
		this.name = name;
		this.pss = Optional.empty();
	}

	CertificateSignature(ASN1ObjectIdentifier hash, String hashName, int hashBytes) {
		this.key = KeyKind.RSA;
		this.algorithm = PKCSObjectIdentifiers.id_RSASSA_PSS;
		this.name = "RSASSA-PSS";
		this.pss = Optional.of(new PssHash(hash, hashName, hashBytes));
	}

	/**
	 * Finds how a certificate is signed.
	 * @param key the certificate's key, whose size and point are checked here
	 * @param signature the certificate's signature algorithm
	 * @throws DecodeException if certificates may not be signed so
	 */
	static CertificateSignature of(SubjectPublicKeyInfo key, AlgorithmIdentifier signature) throws DecodeException {
		Optional<KeyKind> kind = KeyKind.of(key.getAlgorithm());
		for (CertificateSignature candidate : values()) {
			if (kind.isPresent() && candidate.key == kind.get() && candidate.matches(signature)) {
				try {
					kind.get().check(key);
					return candidate;
				}
				catch (DecodeException ex) {
					throw ex;
				}
				catch (Exception ex) {
					throw new DecodeException("The certificate's " + kind.get() + " key is malformed", ex);
				}
			}
		}
		throw new DecodeException("A certificate may not be signed with " + signature.getAlgorithm() + " by a key of "
				+ key.getAlgorithm().getAlgorithm() + " with these parameters");
	}

	private boolean matches(AlgorithmIdentifier signature) {
		if (!this.algorithm.equals(signature.getAlgorithm())) {
			return false;
		}
		ASN1Encodable parameters = signature.getParameters();
		return this.pss.map((hash) -> hash.matches(parameters))
			.orElse(parameters == null || (this.key == KeyKind.RSA && DERNull.INSTANCE.equals(parameters)));
	}

	/**
	 * Verifies with a key that was {@linkplain #of checked}; false for any signature that
	 * is not the key's.
	 */
	boolean verify(SubjectPublicKeyInfo publicKey, byte[] data, byte[] signature) {
		try {
			if (this == ED25519) {
				return SignatureScheme.of(KeyType.ED25519)
					.uncheckedVerifier(publicKey.getPublicKeyData().getOctets())
					.verify(data, signature);
			}
			java.security.PublicKey decoded = KeyFactory.getInstance(this.key.factory)
				.generatePublic(new X509EncodedKeySpec(publicKey.getEncoded()));
			Signature verifier = create();
			if (this.pss.isPresent()) {
				verifier.setParameter(this.pss.get().parameters());
			}
			verifier.initVerify(decoded);
			verifier.update(data);
			return verifier.verify(signature);
		}
		catch (GeneralSecurityException | java.io.IOException ex) {
			// Malformed: nobody's signature.
			return false;
		}
	}

	/** The native provider serves P-256, which is what is asked for all the time. */
	Signature create() throws NoSuchAlgorithmException {
		return (this == P256 && NativeProvider.find().isPresent())
				? Signature.getInstance(this.name, NativeProvider.find().get()) : Signature.getInstance(this.name);
	}

	/**
	 * The hash of a PSS signature, of its mask and, in length, of its salt.
	 */
	private record PssHash(ASN1ObjectIdentifier hash, String name, int bytes) {

		boolean matches(ASN1Encodable parameters) {
			try {
				RSASSAPSSparams pss = RSASSAPSSparams.getInstance(parameters);
				return pss != null && pss.getHashAlgorithm().getAlgorithm().equals(this.hash)
						&& pss.getMaskGenAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
						&& AlgorithmIdentifier.getInstance(pss.getMaskGenAlgorithm().getParameters())
							.getAlgorithm()
							.equals(this.hash)
						&& pss.getSaltLength().equals(BigInteger.valueOf(this.bytes))
						&& pss.getTrailerField().equals(BigInteger.ONE);
			}
			catch (RuntimeException ex) {
				// Not the parameters of PSS: not this algorithm.
				return false;
			}
		}

		AlgorithmParameterSpec parameters() {
			return new PSSParameterSpec(this.name, "MGF1", new MGF1ParameterSpec(this.name), this.bytes, 1);
		}

	}

}
