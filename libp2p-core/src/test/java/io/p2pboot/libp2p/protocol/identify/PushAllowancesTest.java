package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PushAllowancesTest {

	@Test
	void aPeerHasOneAllowanceWhateverConnectionsItHas() {
		PushAllowances allowances = new PushAllowances();
		PeerId peer = PeerId.of(PrivateKey.generate().publicKey());
		for (int i = 0; i < PushAllowances.BURST; i++) {
			assertThat(allowances.take(peer, 0)).isTrue();
		}
		assertThat(allowances.take(peer, 0)).isFalse();
		assertThat(allowances.take(PeerId.of(PrivateKey.generate().publicKey()), 0)).isTrue();
	}

	@Test
	void onceTenPushesHaveComeOneMoreIsTakenEveryFiveSeconds() { // I19
		PushAllowances allowances = new PushAllowances();
		PeerId peer = PeerId.of(PrivateKey.generate().publicKey());
		for (int i = 0; i < 10; i++) {
			assertThat(allowances.take(peer, 7)).isTrue();
		}
		long later = 7 + TimeUnit.SECONDS.toNanos(5);
		assertThat(allowances.take(peer, later - 1)).isFalse();
		assertThat(allowances.take(peer, later)).isTrue();
		assertThat(allowances.take(peer, later)).isFalse();
	}

	@Test
	void peersAreForgottenWhenTheirAllowanceIsWholeAndAtTheLimit() throws DecodeException {
		PushAllowances allowances = new PushAllowances();
		for (int i = 0; i < PushAllowances.MAX_PEERS; i++) {
			allowances.take(peer(i), 0);
		}
		assertThat(allowances.size()).isEqualTo(PushAllowances.MAX_PEERS);
		allowances.take(peer(PushAllowances.MAX_PEERS), 0);
		assertThat(allowances.size()).isEqualTo(PushAllowances.MAX_PEERS);
		for (int i = 0; i < PushAllowances.MAX_PEERS / 2; i++) {
			allowances.take(peer(100_000 + i), TimeUnit.SECONDS.toNanos(PushAllowances.SECONDS_EACH));
		}
		assertThat(allowances.size()).isLessThan(PushAllowances.MAX_PEERS);
	}

	private static PeerId peer(int number) throws DecodeException {
		ByteBuffer id = ByteBuffer.allocate(34).put((byte) 0x12).put((byte) 32).putInt(number);
		return PeerId.decode(id.rewind());
	}

}
