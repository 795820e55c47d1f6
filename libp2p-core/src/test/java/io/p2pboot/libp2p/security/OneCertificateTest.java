package io.p2pboot.libp2p.security;

import java.time.Clock;

import javax.net.ssl.X509ExtendedKeyManager;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class OneCertificateTest {

	private final TlsCertificate certificate = TlsCertificate.create(PrivateKey.generate(), Clock.systemUTC());

	private final X509ExtendedKeyManager keys = OneCertificate.keys(this.certificate);

	@Test
	void theKeyIsHandedOutAsItIs() {
		String alias = this.keys.chooseEngineServerAlias("EC", null, null);
		assertThat(alias).isNotNull();
		assertThat(this.keys.getPrivateKey(alias)).isSameAs(this.certificate.key());
		assertThat(this.keys.getCertificateChain(alias)).containsExactly(this.certificate.certificate());
	}

	@Test
	void aPeerThatTakesNoKeyOfOurKindIsShownNone() {
		assertThat(this.keys.chooseEngineServerAlias("RSA", null, null)).isNull();
		assertThat(this.keys.chooseEngineClientAlias(new String[] { "RSA", "EC_EC" }, null, null)).isNull();
		assertThat(this.keys.chooseEngineClientAlias(new String[] { "RSA", "EC" }, null, null)).isNotNull();
	}

}
