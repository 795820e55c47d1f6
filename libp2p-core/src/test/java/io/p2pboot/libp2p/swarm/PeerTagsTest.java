package io.p2pboot.libp2p.swarm;

import java.time.Duration;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PeerTagsTest {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private final PeerId peer = PeerId.of(PrivateKey.generate().publicKey());

	private long now = Long.MAX_VALUE - 5;

	private final PeerTags tags = new PeerTags(() -> this.now);

	private void pass(Duration time) {
		this.now += time.toNanos();
	}

	@Test
	void aTagThatDecaysHalvesWithEachHalfLife() {
		this.tags.add(this.peer, "useful", 100, MINUTE);
		pass(MINUTE);
		assertThat(this.tags.value(this.peer)).isEqualTo(50);
		this.tags.add(this.peer, "useful", 50, MINUTE);
		assertThat(this.tags.value(this.peer)).isEqualTo(100);
		pass(MINUTE.multipliedBy(2));
		assertThat(this.tags.value(this.peer)).isEqualTo(25);
		this.tags.add(this.peer, "useful", -125, MINUTE);
		assertThat(this.tags.value(this.peer)).isEqualTo(-100);
		pass(MINUTE);
		assertThat(this.tags.value(this.peer)).isEqualTo(-50);
	}

	@Test
	void otherTagsStayAndAllCountTogether() {
		this.tags.set(this.peer, "fixed", 7);
		this.tags.add(this.peer, "useful", 8, MINUTE);
		assertThat(this.tags.value(this.peer)).isEqualTo(15);
		pass(MINUTE.multipliedBy(100));
		assertThat(this.tags.value(this.peer)).isEqualTo(7);
		this.tags.remove(this.peer, "fixed");
		assertThat(this.tags.value(this.peer)).isZero();
	}

	@Test
	void peersWhoseTagsHaveDecayedAreForgottenAndOthersAreNot() {
		PeerId kept = PeerId.of(PrivateKey.generate().publicKey());
		this.tags.set(kept, "fixed", 1);
		for (int i = 0; i < 20; i++) {
			this.tags.add(PeerId.of(PrivateKey.generate().publicKey()), "useful", 4, MINUTE);
		}
		assertThat(this.tags.size()).isEqualTo(21);
		pass(MINUTE.multipliedBy(4));
		for (int i = 0; i < 20; i++) {
			this.tags.add(this.peer, "useful", 1, MINUTE);
		}
		assertThat(this.tags.size()).isEqualTo(2);
		assertThat(this.tags.value(kept)).isOne();
	}

}
