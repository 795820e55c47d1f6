package io.p2pboot.libp2p.security.tls;

import java.time.Clock;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.security.SecurePair;
import io.p2pboot.libp2p.security.SecurityRequest;
import io.p2pboot.libp2p.security.tls.TlsNegativeTest.Side;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * L28 with a client that says that it would take a ticket, as that of rust-libp2p does:
 * with one it would resume, and show no certificate.
 */
class TlsTicketTest {

	private static final byte[] HELLO = { 1, 2, 3 };

	/** The header, the content type, the tag, and the zeros that the JDK adds. */
	private static final int RECORD_OVERHEAD = 5 + 1 + 16 + 16;

	private static final List<String> MUXERS = List.of("/yamux/1.0.0");

	@ParameterizedTest
	@EnumSource(names = { "NATIVE_LISTENER", "JDK_LISTENER" })
	void aListenerHandsOutNoTicketToAClientThatWouldTakeOne(Side listener) throws Exception {
		try (SecurePair pair = new SecurePair()) {
			int[] late = { 0 };
			pair.wire((fromInitiator, bytes) -> {
				if (!fromInitiator && pair.initiator().session().isPresent()) {
					late[0] += bytes.length;
				}
				return List.of(bytes);
			});
			pair.end(true).secure(Side.NATIVE_DIALLER.protocol(Clock.systemUTC()), request(true));
			pair.end(false).secure(listener.protocol(Clock.systemUTC()), request(false));
			pair.run();
			assertThat(pair.initiator().session()).isPresent();
			assertThat(pair.responder().session()).isPresent();
			// BoringSSL keeps its tickets back until the first bytes that it sends.
			pair.responder().write(HELLO);
			pair.run();
			assertThat(pair.initiator().received()).isEqualTo(HELLO);
			assertThat(late[0]).isLessThanOrEqualTo(HELLO.length + RECORD_OVERHEAD);
		}
	}

	private static SecurityRequest request(boolean initiator) {
		return new SecurityRequest(PrivateKey.generate(), initiator, Optional.empty(), MUXERS);
	}

}
