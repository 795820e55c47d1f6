package io.p2pboot.libp2p.security.tls;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.TlsCertificate;
import io.p2pboot.libp2p.security.SecurePair;
import io.p2pboot.libp2p.security.SecurityRequest;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is made once for all handshakes of a node.
 */
class TlsPreparationTest {

	private static final List<String> MUXERS = List.of("/yamux/1.0.0");

	private final List<TlsCertificate> certificates = new ArrayList<>();

	private final TlsSecurity security = new TlsSecurity(Clock.systemUTC(), (certificate, muxers) -> {
		this.certificates.add(certificate);
		return JdkTlsEngines.create(certificate, muxers);
	});

	@Test
	void aPreparedHandshakeMakesNoCertificate() throws Exception {
		PrivateKey identity = PrivateKey.generate();
		this.security.prepare(identity, MUXERS);
		assertThat(this.certificates).hasSize(1);
		shakeHands(identity);
		assertThat(this.certificates).hasSize(1);
	}

	@Test
	void anUnpreparedHandshakeMakesOneForItselfAndAllThatFollow() throws Exception {
		PrivateKey identity = PrivateKey.generate();
		shakeHands(identity);
		shakeHands(identity);
		assertThat(this.certificates).hasSize(1);
	}

	@Test
	void anotherIdentityHasACertificateOfItsOwn() {
		this.security.prepare(PrivateKey.generate(), MUXERS);
		this.security.prepare(PrivateKey.generate(), MUXERS);
		assertThat(this.certificates).hasSize(2).doesNotHaveDuplicates();
	}

	private void shakeHands(PrivateKey identity) throws Exception {
		try (SecurePair pair = new SecurePair()) {
			pair.end(true)
				.secure(TlsSecurity.create(Clock.systemUTC()),
						new SecurityRequest(PrivateKey.generate(), true, Optional.empty(), MUXERS));
			pair.end(false).secure(this.security, new SecurityRequest(identity, false, Optional.empty(), MUXERS));
			pair.run();
			assertThat(pair.initiator().session()).isPresent();
			assertThat(pair.responder().session()).isPresent();
		}
	}

}
