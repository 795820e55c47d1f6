package io.p2pboot.libp2p.crypto;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;

/**
 * Makes certificates with any fault, for tests. Unless told otherwise it makes a good one
 * that is valid for an hour around the time given.
 */
public final class CertificateForge {

	/** The prefix of what the identity key signs. */
	public static final String PREFIX = "libp2p-tls-handshake:";

	private final Instant now;

	private PrivateKey identity = PrivateKey.generate();

	private KeyPair keys = ec("secp256r1");

	private String signature = "SHA256withECDSA";

	private Optional<SubjectPublicKeyInfo> shownKey = Optional.empty();

	private Instant notBefore;

	private Instant notAfter;

	private boolean critical;

	private int libp2pExtensions = 1;

	private Optional<byte[]> extensionValue = Optional.empty();

	private final List<Extension> others = new ArrayList<>();

	private final List<DERTaggedObject> uniqueIds = new ArrayList<>();

	private Consumer<byte[]> afterSigning = (bytes) -> {
	};

	private CertificateForge(Instant now) {
		this.now = now;
		this.notBefore = now.minus(Duration.ofHours(1));
		this.notAfter = now.plus(Duration.ofHours(1));
	}

	/** A good certificate for a new identity. */
	public static CertificateForge at(Instant now) {
		return new CertificateForge(now);
	}

	/** Proves this identity. */
	public CertificateForge identity(PrivateKey key) {
		this.identity = key;
		return this;
	}

	/** Is signed with these keys in this way. */
	public CertificateForge signedWith(KeyPair pair, String algorithm) {
		this.keys = pair;
		this.signature = algorithm;
		return this;
	}

	/** Shows another key than the one that signs. */
	public CertificateForge shownKey(SubjectPublicKeyInfo key) {
		this.shownKey = Optional.of(key);
		return this;
	}

	/** Is valid in another span, relative to the time given. */
	public CertificateForge valid(Duration from, Duration until) {
		this.notBefore = this.now.plus(from);
		this.notAfter = this.now.plus(until);
		return this;
	}

	/** Marks the libp2p extension as critical. */
	public CertificateForge critical() {
		this.critical = true;
		return this;
	}

	/** Repeats or omits the libp2p extension. */
	public CertificateForge libp2pExtensions(int count) {
		this.libp2pExtensions = count;
		return this;
	}

	/** Has other bytes in the libp2p extension. */
	public CertificateForge extensionValue(byte[] value) {
		this.extensionValue = Optional.of(value);
		return this;
	}

	/** Has one more extension. */
	public CertificateForge other(String oid, boolean isCritical, byte[] value) {
		this.others.add(new Extension(new ASN1ObjectIdentifier(oid), isCritical, value));
		return this;
	}

	/** Has an issuer's (1) or subject's (2) unique identifier. */
	public CertificateForge uniqueId(int tag) {
		this.uniqueIds.add(new DERTaggedObject(false, tag, new DERBitString(new byte[] { 1 })));
		return this;
	}

	/** Changes the encoded certificate after it was signed. */
	public CertificateForge afterSigning(Consumer<byte[]> change) {
		this.afterSigning = change;
		return this;
	}

	/** The key that this certificate shows. */
	public SubjectPublicKeyInfo key() {
		return this.shownKey.orElseGet(() -> SubjectPublicKeyInfo.getInstance(this.keys.getPublic().getEncoded()));
	}

	/** The keys that sign. */
	public KeyPair keys() {
		return this.keys;
	}

	/** What the identity key has to sign. */
	public ByteBuffer signed() throws Exception {
		byte[] encoded = key().getEncoded();
		byte[] prefix = PREFIX.getBytes(StandardCharsets.UTF_8);
		return ByteBuffer.allocate(prefix.length + encoded.length).put(prefix).put(encoded).flip();
	}

	/** The right content of the extension. */
	public byte[] signedKey() throws Exception {
		return signedKey(bytes(this.identity.publicKey().encoded()), bytes(this.identity.sign(signed())));
	}

	/** A content of the extension. */
	public static byte[] signedKey(byte[] key, byte[] signature) throws Exception {
		ASN1EncodableVector parts = new ASN1EncodableVector();
		parts.add(new DEROctetString(key));
		parts.add(new DEROctetString(signature));
		return new DERSequence(parts).getEncoded();
	}

	/** The certificate in DER. */
	public byte[] der() throws Exception {
		AlgorithmIdentifier algorithm = new DefaultSignatureAlgorithmIdentifierFinder().find(this.signature);
		DERSequence content = content(algorithm);
		Signature signer = Signature.getInstance(this.signature);
		signer.initSign(this.keys.getPrivate());
		signer.update(content.getEncoded());
		ASN1EncodableVector parts = new ASN1EncodableVector();
		parts.add(content);
		parts.add(algorithm);
		parts.add(new DERBitString(signer.sign()));
		byte[] encoded = new DERSequence(parts).getEncoded();
		this.afterSigning.accept(encoded);
		return encoded;
	}

	/** The certificate as the JDK reads it. */
	public X509Certificate certificate() throws Exception {
		return (X509Certificate) CertificateFactory.getInstance("X.509")
			.generateCertificate(new ByteArrayInputStream(der()));
	}

	private DERSequence content(AlgorithmIdentifier algorithm) throws Exception {
		X500Name name = new X500Name("CN=test");
		ASN1EncodableVector span = new ASN1EncodableVector();
		span.add(new DERGeneralizedTime(Date.from(this.notBefore)));
		span.add(new DERGeneralizedTime(Date.from(this.notAfter)));
		ASN1EncodableVector fields = new ASN1EncodableVector();
		fields.add(new DERTaggedObject(true, 0, new ASN1Integer(2)));
		fields.add(new ASN1Integer(BigInteger.ONE));
		fields.add(algorithm);
		fields.add(name);
		fields.add(new DERSequence(span));
		fields.add(name);
		fields.add(key());
		this.uniqueIds.forEach(fields::add);
		ASN1EncodableVector extensions = new ASN1EncodableVector();
		for (int i = 0; i < this.libp2pExtensions; i++) {
			extensions
				.add(new Extension(TlsCertificate.EXTENSION, this.critical, this.extensionValue.orElse(signedKey())));
		}
		this.others.forEach(extensions::add);
		if (extensions.size() > 0) {
			fields.add(new DERTaggedObject(true, 3, new DERSequence(extensions)));
		}
		return new DERSequence(fields);
	}

	/** New keys on a curve. */
	public static KeyPair ec(String curve) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec(curve));
			return generator.generateKeyPair();
		}
		catch (java.security.GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** New keys of another kind; 0 bits for the kind's own size. */
	public static KeyPair keys(String algorithm, int bits) throws Exception {
		KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
		if (bits > 0) {
			generator.initialize(bits);
		}
		return generator.generateKeyPair();
	}

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		return bytes;
	}

}
