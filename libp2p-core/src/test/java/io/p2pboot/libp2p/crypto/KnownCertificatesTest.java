package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class KnownCertificatesTest {

	private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

	private static PublicKey verify(byte[] der, Instant now) throws DecodeException {
		return TlsCertificate.verify(ByteBuffer.wrap(der), Clock.fixed(now, ZoneOffset.UTC));
	}

	@Test
	void aCertificateThatWasVerifiedIsKnown() throws Exception {
		byte[] der = CertificateForge.at(NOW).der();
		assertThat(KnownCertificates.find(der)).isNull();
		PublicKey identity = verify(der, NOW);
		assertThat(KnownCertificates.find(der)).isNotNull();
		assertThat(verify(der.clone(), NOW)).isSameAs(identity);
	}

	@Test
	void aKnownOneExpiresLikeAnyOther() throws Exception {
		byte[] der = CertificateForge.at(NOW).valid(Duration.ofHours(-1), Duration.ofHours(1)).der();
		verify(der, NOW);
		assertThat(verify(der, NOW.plus(Duration.ofHours(1)))).isNotNull();
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> verify(der, NOW.plus(Duration.ofHours(1)).plusSeconds(1)))
			.withMessageContaining("expired");
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> verify(der, NOW.minus(Duration.ofHours(1)).minusSeconds(1)))
			.withMessageContaining("not valid before");
	}

	@Test
	void oneBitMakesItAnother() throws Exception {
		byte[] der = CertificateForge.at(NOW).der();
		verify(der, NOW);
		for (int at = 0; at < der.length; at++) {
			byte[] changed = der.clone();
			changed[at] ^= 1;
			assertThat(KnownCertificates.find(changed)).isNull();
		}
		byte[] forged = der.clone();
		forged[forged.length - 1] ^= 1;
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> verify(forged, NOW));
		assertThat(KnownCertificates.find(forged)).isNull();
	}

	@Test
	void onlyCertificatesUpToTheBoundAreKept() {
		PublicKey identity = PrivateKey.generate().publicKey();
		byte[] longest = new byte[KnownCertificates.MAX_BYTES];
		KnownCertificates.keep(new KnownCertificates.Known(longest, NOW, NOW, identity));
		assertThat(KnownCertificates.find(longest)).isNotNull();
		byte[] tooLong = Arrays.copyOf(longest, longest.length + 1);
		KnownCertificates.keep(new KnownCertificates.Known(tooLong, NOW, NOW, identity));
		assertThat(KnownCertificates.find(tooLong)).isNull();
	}

	@Test
	void moreThanThePlacesTakeEachOthers() {
		PublicKey identity = PrivateKey.generate().publicKey();
		int still = 0;
		for (int i = 0; i <= KnownCertificates.PLACES; i++) {
			KnownCertificates.keep(new KnownCertificates.Known(numbered(i), NOW, NOW, identity));
		}
		for (int i = 0; i <= KnownCertificates.PLACES; i++) {
			still += (KnownCertificates.find(numbered(i)) != null) ? 1 : 0;
		}
		assertThat(still).isBetween(1, KnownCertificates.PLACES);
	}

	private static byte[] numbered(int number) {
		return ByteBuffer.allocate(Integer.BYTES).putInt(number).array();
	}

}
