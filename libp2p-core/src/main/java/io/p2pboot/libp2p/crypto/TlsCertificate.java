package io.p2pboot.libp2p.crypto;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.asn1.x509.V3TBSCertificateGenerator;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * The certificate of TLS and QUIC connections: signed by a key of its own, with the
 * identity key and its signature over that key in an extension. Immutable and
 * thread-safe. Specification: libp2p/specs tls/tls.md.
 */
public final class TlsCertificate {

	/**
	 * The longest certificate that is read, in bytes. One whose keys are both RSA of
	 * 8,192 bits has less than 5,000.
	 */
	public static final int MAX_BYTES = 16 * 1024;

	/** How long before its making a certificate is valid: clocks of peers may be late. */
	static final Duration VALID_BEFORE = Duration.ofDays(11 * 365);

	/** How long after its making a certificate is valid. */
	static final Duration VALID_AFTER = Duration.ofDays(100 * 365);

	static final ASN1ObjectIdentifier EXTENSION = new ASN1ObjectIdentifier("1.3.6.1.4.1.53594.1.1");

	private static final byte[] PREFIX = "libp2p-tls-handshake:".getBytes(StandardCharsets.UTF_8);

	private static final X500Name NAME = new X500Name("CN=libp2p");

	private static final AlgorithmIdentifier SIGNATURE = new AlgorithmIdentifier(X9ObjectIdentifiers.ecdsa_with_SHA256);

	private static final int SERIAL_BITS = 63;

	private final X509Certificate certificate;

	private final java.security.PrivateKey key;

	private TlsCertificate(X509Certificate certificate, java.security.PrivateKey key) {
		this.certificate = certificate;
		this.key = key;
	}

	/**
	 * Makes a P-256 key and its certificate, which is valid from 11 years before now
	 * until 100 years after. Does not block; takes about a millisecond.
	 * @param identity the key that the certificate proves
	 * @param clock says what now is
	 * @return the certificate with its key
	 */
	public static TlsCertificate create(PrivateKey identity, Clock clock) {
		try {
			KeyPairGenerator generator = NativeProvider.find().isPresent()
					? KeyPairGenerator.getInstance("EC", NativeProvider.find().get())
					: KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec("secp256r1"));
			KeyPair keys = generator.generateKeyPair();
			TBSCertificate content = content(identity, SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()),
					clock.instant());
			Signature signer = CertificateSignature.P256.create();
			signer.initSign(keys.getPrivate());
			signer.update(content.getEncoded(ASN1Encoding.DER));
			byte[] encoded = new DERSequence(
					new ASN1Encodable[] { content, SIGNATURE, new DERBitString(signer.sign()) })
				.getEncoded();
			return new TlsCertificate((X509Certificate) CertificateFactory.getInstance("X.509")
				.generateCertificate(new ByteArrayInputStream(encoded)), keys.getPrivate());
		}
		catch (GeneralSecurityException | IOException ex) {
			throw new IllegalStateException("A certificate with a P-256 key could not be made", ex);
		}
	}

	/** The part that is signed. */
	private static TBSCertificate content(PrivateKey identity, SubjectPublicKeyInfo key, Instant now)
			throws IOException {
		V3TBSCertificateGenerator content = new V3TBSCertificateGenerator();
		content.setSerialNumber(new ASN1Integer(new BigInteger(SERIAL_BITS, new SecureRandom()).add(BigInteger.ONE)));
		content.setSignature(SIGNATURE);
		content.setIssuer(NAME);
		content.setStartDate(new Time(Date.from(now.minus(VALID_BEFORE))));
		content.setEndDate(new Time(Date.from(now.plus(VALID_AFTER))));
		content.setSubject(NAME);
		content.setSubjectPublicKeyInfo(key);
		content.setExtensions(new Extensions(new Extension(EXTENSION, false, signedKey(identity, key).getEncoded())));
		return content.generateTBSCertificate();
	}

	private static DERSequence signedKey(PrivateKey identity, SubjectPublicKeyInfo certificateKey) throws IOException {
		ByteBuffer signature = identity.sign(signed(certificateKey));
		return new DERSequence(List
			.of(new DEROctetString(SignatureScheme.bytes(identity.publicKey().encoded())),
					new DEROctetString(SignatureScheme.bytes(signature)))
			.toArray(new DEROctetString[0]));
	}

	private static ByteBuffer signed(SubjectPublicKeyInfo certificateKey) throws IOException {
		byte[] encoded = certificateKey.getEncoded();
		return ByteBuffer.allocate(PREFIX.length + encoded.length).put(PREFIX).put(encoded).flip();
	}

	/**
	 * Returns the certificate.
	 * @return the certificate
	 */
	public X509Certificate certificate() {
		return this.certificate;
	}

	/**
	 * Returns the certificate's own key. It is a secret: keep it out of logs.
	 * @return the private key
	 */
	public java.security.PrivateKey key() {
		return this.key;
	}

	/**
	 * Verifies the chain that a peer presented. Whether the key is that of the expected
	 * peer, and that the peer holds the certificate's key, is for the caller to see to.
	 * @param chain what was presented
	 * @param clock says whether the certificate is valid now
	 * @return the identity key that the certificate proves
	 * @throws DecodeException if there is not exactly one certificate, or
	 * {@link #verify(ByteBuffer, Clock)} refuses it
	 */
	public static PublicKey verify(List<? extends X509Certificate> chain, Clock clock) throws DecodeException {
		if (chain.size() != 1) {
			throw new DecodeException("A libp2p peer presents one certificate, not " + chain.size());
		}
		try {
			return verify(ByteBuffer.wrap(chain.get(0).getEncoded()), clock);
		}
		catch (CertificateEncodingException ex) {
			throw new DecodeException("The certificate is malformed", ex);
		}
	}

	/**
	 * Verifies the one certificate that a peer presented.
	 * @param source the certificate in DER; consumed
	 * @param clock says whether the certificate is valid now
	 * @return the identity key that the certificate proves
	 * @throws DecodeException if it is longer than {@value #MAX_BYTES} bytes, malformed
	 * or not in DER, not valid now, signed in a way that is not allowed (allowed are
	 * ECDSA on P-256, P-384 and P-521 with the hash of that size, Ed25519, and RSA of
	 * 2,048 to 8,192 bits with SHA-2), has a critical extension besides libp2p's or a
	 * unique identifier, has not exactly one libp2p extension, or if one of its two
	 * signatures is wrong
	 */
	public static PublicKey verify(ByteBuffer source, Clock clock) throws DecodeException {
		if (source.remaining() > MAX_BYTES) {
			throw new DecodeException("A certificate of " + source.remaining() + " bytes is longer than " + MAX_BYTES);
		}
		byte[] bytes = SignatureScheme.bytes(source);
		KnownCertificates.Known known = KnownCertificates.find(bytes);
		if (known != null) {
			checkTime(known.notBefore(), known.notAfter(), clock.instant());
			return known.identity();
		}
		try {
			CertificateFields certificate = CertificateFields.read(bytes);
			checkTime(certificate.notBefore(), certificate.notAfter(), clock.instant());
			byte[] extension = extension(certificate);
			checkSelfSignature(certificate);
			PublicKey identity = signer(extension, certificate.key());
			KnownCertificates
				.keep(new KnownCertificates.Known(bytes, certificate.notBefore(), certificate.notAfter(), identity));
			return identity;
		}
		catch (IOException | RuntimeException ex) {
			throw (ex instanceof DecodeException refusal) ? refusal
					: new DecodeException("The certificate is malformed: " + ex.getMessage(), ex);
		}
	}

	private static void checkTime(Instant notBefore, Instant notAfter, Instant now) throws DecodeException {
		if (now.isBefore(notBefore)) {
			throw new DecodeException("The certificate is not valid before " + notBefore + ", and it is " + now);
		}
		if (now.isAfter(notAfter)) {
			throw new DecodeException("The certificate expired at " + notAfter + ", and it is " + now);
		}
	}

	/** Finds libp2p's extension among those that are allowed. */
	private static byte[] extension(CertificateFields certificate) throws DecodeException {
		Optional<byte[]> found = Optional.empty();
		for (Extension extension : certificate.extensions()) {
			if (extension.getExtnId().equals(EXTENSION)) {
				found = Optional.of(extension.getExtnValue().getOctets());
			}
			else if (extension.isCritical()) {
				throw new DecodeException(
						"The certificate's critical extension " + extension.getExtnId() + " is not known");
			}
		}
		return found.orElseThrow(() -> new DecodeException("The certificate lacks the libp2p extension"));
	}

	private static void checkSelfSignature(CertificateFields certificate) throws IOException {
		CertificateSignature algorithm = CertificateSignature.of(certificate.key(), certificate.algorithm());
		byte[] signed = certificate.content().getEncoded();
		if (!algorithm.verify(certificate.key(), signed, certificate.signature().getOctets())) {
			throw new DecodeException("The certificate is not signed by its own key");
		}
	}

	private static PublicKey signer(byte[] extension, SubjectPublicKeyInfo certificateKey) throws IOException {
		ASN1Sequence signedKey = ASN1Sequence.getInstance(StrictDer.read(extension));
		if (signedKey.size() != 2) {
			throw new DecodeException("The libp2p extension has " + signedKey.size() + " parts instead of two");
		}
		ByteBuffer key = ByteBuffer.wrap(ASN1OctetString.getInstance(signedKey.getObjectAt(0)).getOctets());
		ByteBuffer signature = ByteBuffer.wrap(ASN1OctetString.getInstance(signedKey.getObjectAt(1)).getOctets());
		PublicKey identity = PublicKey.decode(key);
		if (!identity.verify(signed(certificateKey), signature)) {
			throw new DecodeException("The identity key did not sign the certificate's key");
		}
		return identity;
	}

}
