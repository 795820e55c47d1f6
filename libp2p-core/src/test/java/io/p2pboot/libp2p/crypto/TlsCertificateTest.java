package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.CryptoProto;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.sec.SECNamedCurves;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The certificate cases of the TLS suite: vectors of libp2p/specs, js-libp2p and
 * rust-libp2p, and every rule broken by itself.
 */
class TlsCertificateTest {

	private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

	private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

	/** When the openssl-made certificates of rust-libp2p were valid. */
	private static final Clock END_OF_2021 = Clock.fixed(Instant.parse("2021-12-24T00:00:00Z"), ZoneOffset.UTC);

	private static final Map<String, Vector> VECTORS = vectors();

	private record Vector(String name, String peer, byte[] der) {
	}

	private static Map<String, Vector> vectors() {
		try (InputStream in = TlsCertificateTest.class.getResourceAsStream("/crypto/tls-certificates.txt")) {
			return new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines()
				.filter((line) -> !line.startsWith("#"))
				.map((line) -> line.split(" "))
				.map((parts) -> new Vector(parts[0], parts[1], HexFormat.of().parseHex(parts[2])))
				.collect(Collectors.toMap(Vector::name, (vector) -> vector));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static PublicKey verify(byte[] der) throws DecodeException {
		return TlsCertificate.verify(ByteBuffer.wrap(der), CLOCK);
	}

	private static void refused(byte[] der, String reason) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> verify(der)).withMessageContaining(reason);
	}

	private static CertificateForge forge() {
		return CertificateForge.at(NOW);
	}

	// Vectors.

	@ParameterizedTest
	@ValueSource(strings = { "spec-ed25519", "spec-ecdsa", "spec-secp256k1", "js-ed25519", "js-ecdsa", "js-secp256k1" })
	void acceptsThePublishedCertificates(String name) throws DecodeException {
		Vector vector = VECTORS.get(name);
		assertThat(PeerId.of(verify(vector.der())).toString()).isEqualTo(vector.peer());
	}

	@ParameterizedTest
	@CsvSource({ "spec-invalid,identity key did not sign", "js-wrong-peer,identity key did not sign",
			"js-wrong-signature,not signed by its own key" })
	void refusesThePublishedBadCertificates(String name, String reason) {
		refused(VECTORS.get(name).der(), reason);
	}

	@ParameterizedTest
	@ValueSource(strings = { "rust-ed25519", "rust-pkcs1-sha256", "rust-rsa-pkcs1-sha256", "rust-rsa-pkcs1-sha384",
			"rust-rsa-pkcs1-sha512", "rust-nistp256-sha256", "rust-nistp384-sha384", "rust-nistp521-sha512" })
	void allowsTheseSignaturesAndThenRefusesTheIdentitys(String name) {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> TlsCertificate.verify(ByteBuffer.wrap(VECTORS.get(name).der()), END_OF_2021))
			.withMessageContaining("identity key did not sign");
	}

	@ParameterizedTest
	@ValueSource(strings = { "rust-ed448", "rust-nistp384-sha256" })
	void doesNotAllowTheseSignatures(String name) {
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> TlsCertificate.verify(ByteBuffer.wrap(VECTORS.get(name).der()), END_OF_2021))
			.withMessageContaining("may not be signed with");
	}

	@Test
	void acceptsAProbabilisticRsaSignatureAndTheYearOne() throws DecodeException {
		assertThat(verify(VECTORS.get("rust-rsa-pss-sha384").der()).type()).isEqualTo(KeyType.ED25519);
	}

	// Making.

	@ParameterizedTest
	@EnumSource(KeyType.class)
	void aNewCertificateProvesItsIdentity(KeyType type) throws Exception {
		PrivateKey identity = PrivateKey.generate(type);
		TlsCertificate made = TlsCertificate.create(identity, CLOCK);
		assertThat(TlsCertificate.verify(List.of(made.certificate()), CLOCK)).isEqualTo(identity.publicKey());
		assertThat(made.key().getAlgorithm()).isEqualTo("EC");
		assertThat(made.certificate().getVersion()).isEqualTo(3);
		assertThat(made.toString()).doesNotContain(made.key().toString());
	}

	@Test
	void noTwoCertificatesShareAKeyOrANumber() {
		PrivateKey identity = PrivateKey.generate();
		TlsCertificate one = TlsCertificate.create(identity, CLOCK);
		TlsCertificate two = TlsCertificate.create(identity, CLOCK);
		assertThat(one.certificate().getPublicKey()).isNotEqualTo(two.certificate().getPublicKey());
		assertThat(one.certificate().getSerialNumber()).isPositive().isNotEqualTo(two.certificate().getSerialNumber());
	}

	@ParameterizedTest
	@ValueSource(ints = { -10, -1, 0, 1, 10 })
	void aNewCertificateIsGoodForPeersWhoseClocksAreTenYearsOff(int years) throws DecodeException {
		TlsCertificate made = TlsCertificate.create(PrivateKey.generate(), CLOCK);
		Clock skewed = Clock.offset(CLOCK, Duration.ofDays(years * 365L));
		assertThat(TlsCertificate.verify(List.of(made.certificate()), skewed)).isNotNull();
	}

	@Test
	void aClockAtTheEpochMakesAValidCertificate() throws DecodeException {
		Clock epoch = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
		TlsCertificate made = TlsCertificate.create(PrivateKey.generate(), epoch);
		assertThat(TlsCertificate.verify(List.of(made.certificate()), epoch)).isNotNull();
		assertThat(made.certificate().getNotBefore()).isBefore("1960-01-01");
	}

	// The chain and its time.

	@Test
	void presentsExactlyOneCertificate() throws Exception {
		TlsCertificate made = TlsCertificate.create(PrivateKey.generate(), CLOCK);
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> TlsCertificate.verify(List.of(), CLOCK));
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> TlsCertificate.verify(List.of(made.certificate(), made.certificate()), CLOCK))
			.withMessageContaining("one certificate, not 2");
	}

	@Test
	void isValidFromItsFirstToItsLastSecond() throws Exception {
		assertThat(verify(forge().valid(Duration.ZERO, Duration.ofHours(1)).der())).isNotNull();
		assertThat(verify(forge().valid(Duration.ofHours(-1), Duration.ZERO).der())).isNotNull();
		refused(forge().valid(Duration.ofSeconds(1), Duration.ofHours(1)).der(), "not valid before");
		refused(forge().valid(Duration.ofHours(-1), Duration.ofSeconds(-1)).der(), "expired");
	}

	// The extension.

	@Test
	void needsTheExtensionOnce() throws Exception {
		refused(forge().libp2pExtensions(0).der(), "lacks the libp2p extension");
		refused(forge().libp2pExtensions(0).other("1.2.3.4", false, new byte[] { 5, 0 }).der(),
				"lacks the libp2p extension");
		refused(forge().libp2pExtensions(2).der(), "twice");
	}

	@Test
	void theExtensionMayBeCriticalButNoUnknownOneMay() throws Exception {
		assertThat(verify(forge().critical().der())).isNotNull();
		assertThat(verify(forge().other("1.2.3.4", false, new byte[] { 5, 0 }).der())).isNotNull();
		refused(forge().other("1.2.3.4", true, new byte[] { 5, 0 }).der(), "critical extension 1.2.3.4");
		refused(forge().other("2.5.29.15", true, new byte[] { 3, 2, 7, -128 }).der(), "critical extension");
	}

	@Test
	void theExtensionIsOneStrictlyEncodedPair() throws Exception {
		byte[] good = forge().signedKey();
		refused(forge().extensionValue(new byte[] { 1, 2, 3 }).der(), "ASN.1");
		refused(forge().extensionValue(new byte[0]).der(), "ASN.1");
		refused(forge().extensionValue(Arrays.copyOf(good, good.length + 1)).der(), "1 bytes follow");
		refused(forge().extensionValue(Arrays.copyOf(good, good.length - 1)).der(), "are left");
		byte[] longLength = ByteBuffer.allocate(good.length + 1)
			.put(good[0])
			.put((byte) 0x81)
			.put(good, 1, good.length - 1)
			.array();
		refused(forge().extensionValue(longLength).der(), "not minimal");
		byte[] indefinite = ByteBuffer.allocate(good.length + 2)
			.put(good[0])
			.put((byte) 0x80)
			.put(good, 2, good.length - 2)
			.array();
		refused(forge().extensionValue(indefinite).der(), "indefinite");
		byte[] three = ByteBuffer.allocate(good.length + 2).put(good).put((byte) 5).put((byte) 0).array();
		three[1] += 2;
		refused(forge().extensionValue(three).der(), "3 parts");
		refused(forge().extensionValue(new byte[] { 0x30, 4, 2, 0, 2, 0 }).der(), "");
	}

	@Test
	void theIdentityKeyHasToBeAKey() throws Exception {
		byte[] signature = new byte[64];
		refused(forge().extensionValue(CertificateForge.signedKey(new byte[] { 1, 2, 3 }, signature)).der(),
				"public key is malformed");
		refused(forge().extensionValue(CertificateForge.signedKey(new byte[] { 8, 9, 18, 1, 1 }, signature)).der(),
				"malformed");
		refused(forge().extensionValue(CertificateForge.signedKey(new byte[0], signature)).der(), "malformed");
	}

	@ParameterizedTest
	@EnumSource(KeyType.class)
	void theIdentitysSignatureHasToBeRight(KeyType type) throws Exception {
		PrivateKey identity = PrivateKey.generate(type);
		byte[] key = bytes(identity.publicKey().encoded());
		CertificateForge forge = forge();
		byte[] right = bytes(identity.sign(forge.signed()));
		assertThat(verify(forge.extensionValue(CertificateForge.signedKey(key, right)).der()))
			.isEqualTo(identity.publicKey());
		byte[] otherPrefix = bytes(forge.signed());
		otherPrefix[0] ^= 1;
		List<byte[]> wrong = List.of(new byte[0], new byte[] { 1 }, Arrays.copyOf(right, right.length - 1),
				Arrays.copyOf(right, right.length + 1), new byte[right.length],
				HexFormat.of().parseHex("3006020100020100"), bytes(PrivateKey.generate(type).sign(forge.signed())),
				bytes(identity.sign(forge().signed())), bytes(identity.sign(ByteBuffer.wrap(otherPrefix))));
		for (byte[] signature : wrong) {
			refused(forge.extensionValue(CertificateForge.signedKey(key, signature)).der(), "did not sign");
		}
	}

	// The certificate itself.

	@Test
	void hasNoUniqueIdentifiers() throws Exception {
		refused(forge().uniqueId(1).der(), "unique identifier");
		refused(forge().uniqueId(2).der(), "unique identifier");
	}

	@Test
	void isSignedByTheKeyThatItShows() throws Exception {
		refused(forge()
			.shownKey(SubjectPublicKeyInfo.getInstance(CertificateForge.ec("secp256r1").getPublic().getEncoded()))
			.der(), "not signed by its own key");
		refused(forge().afterSigning((der) -> der[der.length - 1] ^= 1).der(), "");
	}

	@ParameterizedTest
	@CsvSource({ "EC,256,SHA1withECDSA", "EC,256,SHA512withECDSA", "EC,384,SHA256withECDSA", "RSA,2048,SHA1withRSA",
			"RSA,2048,MD5withRSA", "Ed448,0,Ed448" })
	void isNotSignedInAWeakWay(String kind, int bits, String algorithm) throws Exception {
		refused(forge().signedWith(CertificateForge.keys(kind, bits), algorithm).der(), "may not be signed with");
	}

	@ParameterizedTest
	@CsvSource({ "EC,384,SHA384withECDSA", "EC,521,SHA512withECDSA", "Ed25519,0,Ed25519", "RSA,2048,SHA256withRSA",
			"RSA,3072,SHA384withRSA", "RSA,2048,SHA512withRSA" })
	void mayBeSignedInAStrongWay(String kind, int bits, String algorithm) throws Exception {
		PrivateKey identity = PrivateKey.generate();
		byte[] der = forge().identity(identity).signedWith(CertificateForge.keys(kind, bits), algorithm).der();
		assertThat(verify(der)).isEqualTo(identity.publicKey());
	}

	@Test
	void anRsaKeyHasAtLeast2048Bits() throws Exception {
		refused(forge().signedWith(CertificateForge.keys("RSA", 1024), "SHA256withRSA").der(), "not 1024");
		refused(forge().signedWith(CertificateForge.keys("RSA", 2040), "SHA256withRSA").der(), "not 2040");
	}

	// lesson of CVE-2023-39533
	@ParameterizedTest
	@ValueSource(ints = { 8193, 16_384, 65_536 })
	void aHugeRsaKeyIsRefusedBeforeAnyArithmetic(int bits) throws Exception {
		SubjectPublicKeyInfo huge = rsa(BigInteger.ONE.shiftLeft(bits - 1).setBit(0), BigInteger.valueOf(65_537));
		byte[] der = forge().signedWith(CertificateForge.keys("RSA", 2048), "SHA256withRSA").shownKey(huge).der();
		refused(der, "not " + bits);
		byte[] identity = rsaKey(huge);
		refused(forge().extensionValue(CertificateForge.signedKey(identity, new byte[256])).der(),
				(identity.length > PublicKey.MAX_ENCODED_BYTES) ? "longer than" : "not " + bits);
	}

	@Test
	void theLongestRsaKeyIsStillTried() throws Exception {
		SubjectPublicKeyInfo longest = rsa(BigInteger.ONE.shiftLeft(8191).setBit(0), BigInteger.valueOf(65_537));
		refused(forge().signedWith(CertificateForge.keys("RSA", 2048), "SHA256withRSA").shownKey(longest).der(),
				"not signed by its own key");
	}

	@Test
	void aHugeRsaExponentIsRefused() throws Exception {
		SubjectPublicKeyInfo slow = rsa(BigInteger.ONE.shiftLeft(2047).setBit(0),
				BigInteger.ONE.shiftLeft(2000).setBit(0));
		refused(forge().signedWith(CertificateForge.keys("RSA", 2048), "SHA256withRSA").shownKey(slow).der(),
				"exponent of 2001 bits");
	}

	private static SubjectPublicKeyInfo rsa(BigInteger modulus, BigInteger exponent) throws IOException {
		return new SubjectPublicKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
				new RSAPublicKey(modulus, exponent));
	}

	@Test
	void aCurveIsNamedAndTheKeyIsOnIt() throws Exception {
		SubjectPublicKeyInfo good = forge().key();
		SubjectPublicKeyInfo explicit = new SubjectPublicKeyInfo(
				new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey,
						SECNamedCurves.getByName("secp256r1").toASN1Primitive()),
				good.getPublicKeyData().getOctets());
		refused(forge().shownKey(explicit).der(), "may not be signed with");
		byte[] offCurve = good.getPublicKeyData().getOctets().clone();
		offCurve[offCurve.length - 1] ^= 1;
		refused(forge().shownKey(new SubjectPublicKeyInfo(good.getAlgorithm(), offCurve)).der(), "malformed");
		refused(forge().shownKey(new SubjectPublicKeyInfo(good.getAlgorithm(), new byte[] { 0 })).der(), "");
	}

	// Any bytes at all.

	@Test
	void noBitOfACertificateMayBeChanged() throws Exception {
		byte[] der = forge().der();
		for (int bit = 0; bit < der.length * 8; bit++) {
			byte[] changed = der.clone();
			changed[bit / 8] ^= (byte) (1 << bit % 8);
			refused(changed, "");
		}
	}

	@Test
	void everyTruncationIsRefused() throws Exception {
		byte[] der = forge().der();
		for (int length = 0; length < der.length; length++) {
			refused(Arrays.copyOf(der, length), "");
		}
		refused(Arrays.copyOf(der, der.length + 1), "1 bytes follow");
	}

	@Test
	void readsACertificateUpToItsBoundAndNotOneByteMore() throws Exception {
		int rest = TlsCertificate.MAX_BYTES - forge().other("1.2.3.4", false, new byte[8192]).der().length + 8192;
		byte[] longest = fill(rest, TlsCertificate.MAX_BYTES);
		assertThat(verify(longest)).isNotNull();
		refused(fill(rest, TlsCertificate.MAX_BYTES + 1), "longer than 16384");
		refused(new byte[65_536], "longer than 16384");
	}

	/** A certificate of exactly this size; its signature's size varies by a few bytes. */
	private static byte[] fill(int padding, int size) throws Exception {
		for (int tries = 0; tries < 1000; tries++) {
			byte[] der = forge().other("1.2.3.4", false, new byte[padding + tries % 16 - 8]).der();
			if (der.length == size) {
				return der;
			}
		}
		throw new IllegalStateException("no certificate of " + size + " bytes came out");
	}

	@Test
	void nestingIsBoundedBeforeAnythingIsRead() {
		byte[] deep = new byte[TlsCertificate.MAX_BYTES];
		Arrays.fill(deep, (byte) 0x30);
		refused(deep, "");
		ByteBuffer nested = ByteBuffer.allocate(2 * (StrictDer.MAX_DEPTH + 1));
		for (int left = StrictDer.MAX_DEPTH; left >= 0; left--) {
			nested.put((byte) 0x30).put((byte) (2 * left));
		}
		refused(nested.array(), "nests deeper than 16");
		refused(Arrays.copyOfRange(nested.array(), 2, nested.capacity()), "1 parts where 3 are due");
	}

	@Test
	void otherEncodingsOfTheSameValueAreRefused() {
		refused(HexFormat.of().parseHex("3003010101"), "distinguished");
		refused(HexFormat.of().parseHex("300402020001"), "");
		refused(HexFormat.of().parseHex("308400000003020101"), "too long length");
		refused(HexFormat.of().parseHex("30820003020101"), "not minimal");
		refused(HexFormat.of().parseHex("1f8100"), "tag that no certificate needs");
	}

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.get(bytes);
		return bytes;
	}

	/** The protobuf form of a key that the API would not make. */
	private static byte[] rsaKey(SubjectPublicKeyInfo key) throws IOException {
		return CryptoProto.PublicKey.newBuilder()
			.setType(CryptoProto.KeyType.RSA)
			.setData(ByteString.copyFrom(key.getEncoded()))
			.build()
			.toByteArray();
	}

}
