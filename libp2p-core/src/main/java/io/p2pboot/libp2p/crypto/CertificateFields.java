package io.p2pboot.libp2p.crypto;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.Time;

/**
 * The fields of a certificate of X.509 version 3 (RFC 5280, section 4.1) that are looked
 * at. The names are not: those of rust-libp2p and js-libp2p are empty, which
 * BouncyCastle's and the JDK's own types refuse.
 *
 * @param content the signed part
 * @param algorithm how it is signed, as both places say
 * @param signature the signature
 * @param notBefore the first second of its life
 * @param notAfter the last second of its life
 * @param key the certificate's own key
 * @param extensions the extensions, none of them twice
 */
record CertificateFields(ASN1Sequence content, AlgorithmIdentifier algorithm, ASN1BitString signature,
		Instant notBefore, Instant notAfter, SubjectPublicKeyInfo key, List<Extension> extensions) {

	/** X.509 version 3, the first with extensions, as it is numbered in a certificate. */
	private static final int VERSION_3 = 2;

	private static final int PARTS = 3;

	private static final int MANDATORY_FIELDS = 7;

	private static final int VERSION_TAG = 0;

	private static final int EXTENSIONS_TAG = 3;

	/** Reads the fields; throws runtime exceptions too where a field is malformed. */
	static CertificateFields read(byte[] bytes) throws DecodeException {
		ASN1Sequence certificate = sequence(StrictDer.read(bytes), PARTS);
		ASN1Sequence content = ASN1Sequence.getInstance(certificate.getObjectAt(0));
		if (content.size() < MANDATORY_FIELDS) {
			throw new DecodeException("The certificate has only " + content.size() + " fields");
		}
		ASN1TaggedObject version = ASN1TaggedObject.getInstance(content.getObjectAt(0));
		if (!version.hasContextTag(VERSION_TAG) || !ASN1Integer.getInstance(version, true).hasValue(VERSION_3)) {
			throw new DecodeException("The certificate is not of X.509 version 3");
		}
		ASN1Integer.getInstance(content.getObjectAt(1));
		AlgorithmIdentifier algorithm = AlgorithmIdentifier.getInstance(content.getObjectAt(2));
		if (!algorithm.equals(AlgorithmIdentifier.getInstance(certificate.getObjectAt(1)))) {
			throw new DecodeException("The certificate names two signature algorithms");
		}
		ASN1Sequence.getInstance(content.getObjectAt(3));
		ASN1Sequence validity = sequence(content.getObjectAt(4), 2);
		ASN1Sequence.getInstance(content.getObjectAt(5));
		return new CertificateFields(content, algorithm, ASN1BitString.getInstance(certificate.getObjectAt(2)),
				time(validity.getObjectAt(0)), time(validity.getObjectAt(1)),
				SubjectPublicKeyInfo.getInstance(content.getObjectAt(6)), extensions(content));
	}

	private static ASN1Sequence sequence(ASN1Encodable value, int size) throws DecodeException {
		ASN1Sequence sequence = ASN1Sequence.getInstance(value);
		if (sequence.size() != size) {
			throw new DecodeException("The certificate has " + sequence.size() + " parts where " + size + " are due");
		}
		return sequence;
	}

	private static Instant time(ASN1Encodable value) {
		return Time.getInstance(value).getDate().toInstant();
	}

	/** Reads what follows the mandatory fields. */
	private static List<Extension> extensions(ASN1Sequence content) throws DecodeException {
		List<Extension> extensions = new ArrayList<>();
		for (int i = MANDATORY_FIELDS; i < content.size(); i++) {
			ASN1TaggedObject field = ASN1TaggedObject.getInstance(content.getObjectAt(i));
			if (!field.hasContextTag(EXTENSIONS_TAG) || i < content.size() - 1) {
				throw new DecodeException("The certificate has a unique identifier or an unknown field");
			}
			Set<ASN1Encodable> seen = new HashSet<>();
			for (ASN1Encodable element : ASN1Sequence.getInstance(field, true)) {
				Extension extension = Extension.getInstance(element);
				if (!seen.add(extension.getExtnId())) {
					throw new DecodeException("The certificate has the extension " + extension.getExtnId() + " twice");
				}
				extensions.add(extension);
			}
		}
		return extensions;
	}

}
