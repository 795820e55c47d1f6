package io.p2pboot.libp2p.interop;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority that lives as long as a test, and writes what it signs to files
 * in PEM.
 */
final class TestAuthority {

	private static final Duration VALID = Duration.ofHours(1);

	private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

	private final KeyPair keys;

	private final X500Name name;

	private final X509Certificate certificate;

	private long serial = 1;

	TestAuthority(String name) throws Exception {
		this.keys = newKeys(KeyPairGenerator.getInstance("EC"));
		this.name = new X500Name("CN=" + name);
		JcaX509v3CertificateBuilder builder = builder(this.name, this.keys.getPublic());
		builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
		builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
		this.certificate = sign(builder);
	}

	/** Writes the authority's own certificate, for those who trust it. */
	Path writeTrust(Path file) throws Exception {
		return Files.writeString(file, pem("CERTIFICATE", this.certificate.getEncoded()));
	}

	/** Writes a server's chain and key. */
	Path writeServer(Path file, GeneralName... names) throws Exception {
		// The provider writes the public key beside the private one: ring wants it there.
		KeyPair server = newKeys(KeyPairGenerator.getInstance("EC", new BouncyCastleProvider()));
		JcaX509v3CertificateBuilder builder = builder(new X500Name("CN=server"), server.getPublic());
		builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
		builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
		return Files.writeString(file,
				pem("CERTIFICATE", sign(builder).getEncoded()) + pem("CERTIFICATE", this.certificate.getEncoded())
						+ pem("PRIVATE KEY", server.getPrivate().getEncoded()));
	}

	private JcaX509v3CertificateBuilder builder(X500Name subject, PublicKey key) {
		Instant now = Instant.now();
		return new JcaX509v3CertificateBuilder(this.name, BigInteger.valueOf(this.serial++),
				Date.from(now.minus(VALID)), Date.from(now.plus(VALID)), subject, key);
	}

	private X509Certificate sign(JcaX509v3CertificateBuilder builder)
			throws GeneralSecurityException, OperatorCreationException, IOException {
		return new JcaX509CertificateConverter().getCertificate(
				builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(this.keys.getPrivate())));
	}

	private static KeyPair newKeys(KeyPairGenerator generator) throws GeneralSecurityException {
		generator.initialize(new ECGenParameterSpec("secp256r1"));
		return generator.generateKeyPair();
	}

	private static String pem(String label, byte[] content) {
		return "-----BEGIN " + label + "-----\n" + PEM.encodeToString(content) + "\n-----END " + label + "-----\n";
	}

}
