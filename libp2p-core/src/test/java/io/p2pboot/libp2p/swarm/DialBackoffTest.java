package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** T33: addresses that failed lately. */
class DialBackoffTest {

	private static final PeerId PEER = PeerId.of(PrivateKey.generate().publicKey());

	private static final Multiaddr ONE = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	private static final Multiaddr OTHER = Multiaddr.parse("/ip4/192.0.2.1/tcp/2");

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);

	private final DialBackoff backoff = new DialBackoff(this.now::get);

	private void assertHeldBackFor(Duration time) {
		long start = this.now.get();
		this.now.set(start + time.toNanos() - 1);
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isTrue();
		this.now.set(start + time.toNanos());
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isFalse();
	}

	@Test
	void everyFailureHoldsAnAddressBackForLonger() {
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isFalse();
		for (int failures = 0; failures < 17; failures++) {
			this.backoff.failed(PEER, ONE);
			assertHeldBackFor(Duration.ofSeconds(5 + failures * failures));
		}
	}

	@Test
	void theLongestTimeIsFiveMinutesHoweverOftenItFailed() {
		for (int failures = 0; failures < 100_000; failures++) {
			this.backoff.failed(PEER, ONE);
		}
		assertHeldBackFor(Duration.ofMinutes(5));
	}

	@Test
	void eachAddressStandsForItself() {
		this.backoff.failed(PEER, ONE);
		assertThat(this.backoff.isHeldBack(PEER, OTHER)).isFalse();
	}

	@Test
	void aFalseClaimAboutOnePeerHoldsNoOtherPeerThereBack() {
		PeerId ghost = PeerId.of(PrivateKey.generate().publicKey());
		this.backoff.failed(ghost, ONE);
		assertThat(this.backoff.isHeldBack(ghost, ONE)).isTrue();
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isFalse();
		this.backoff.succeeded(PEER, ONE);
		assertThat(this.backoff.isHeldBack(ghost, ONE)).isTrue();
	}

	@Test
	void aSuccessForgetsTheFailures() {
		this.backoff.failed(PEER, ONE);
		this.backoff.failed(PEER, ONE);
		this.backoff.succeeded(PEER, ONE);
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isFalse();
		this.backoff.failed(PEER, ONE);
		assertHeldBackFor(DialBackoff.BASE);
	}

	@Test
	void asManyAddressesAreRememberedAsAllowedAndTheOldestMakesRoomForOneMore() {
		this.backoff.failed(PEER, ONE);
		for (int port = 2; port <= DialBackoff.MAX_ADDRESSES; port++) {
			this.backoff.failed(PEER, Multiaddr.parse("/ip4/192.0.2.2/tcp/" + port));
		}
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isTrue();
		this.backoff.failed(PEER, OTHER);
		assertThat(this.backoff.isHeldBack(PEER, ONE)).isFalse();
		assertThat(this.backoff.isHeldBack(PEER, OTHER)).isTrue();
	}

}
