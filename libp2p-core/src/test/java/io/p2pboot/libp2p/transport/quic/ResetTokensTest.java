package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ResetTokensTest {

	private static final InetSocketAddress BOUND = new InetSocketAddress("192.0.2.1", 4001);

	private final PrivateKey identity = PrivateKey.generate();

	private final ResetTokens tokens = new ResetTokens(this.identity);

	@Test
	void aTokenSurvivesARestart() throws Exception {
		ResetTokens restarted = new ResetTokens(PrivateKey.decode(ByteBuffer.wrap(bytes(this.identity))));
		assertThat(restarted.token(BOUND, 7)).hasSize(16).isEqualTo(this.tokens.token(BOUND, 7));
	}

	@Test
	void noTokenIsThatOfAnotherIdSocketOrNode() {
		byte[] token = this.tokens.token(BOUND, 7);
		assertThat(this.tokens.token(BOUND, 8)).isNotEqualTo(token);
		assertThat(this.tokens.token(new InetSocketAddress("192.0.2.1", 4002), 7)).isNotEqualTo(token);
		assertThat(this.tokens.token(new InetSocketAddress("192.0.2.2", 4001), 7)).isNotEqualTo(token);
		assertThat(new ResetTokens(PrivateKey.generate()).token(BOUND, 7)).isNotEqualTo(token);
	}

	private static byte[] bytes(PrivateKey key) {
		ByteBuffer encoded = key.encoded();
		byte[] copy = new byte[encoded.remaining()];
		encoded.get(copy);
		return copy;
	}

}
