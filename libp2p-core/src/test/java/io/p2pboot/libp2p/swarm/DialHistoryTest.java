package io.p2pboot.libp2p.swarm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DialHistoryTest {

	private static final PeerId PEER = PeerId.of(PrivateKey.generate().publicKey());

	private static final PeerId OTHER = PeerId.of(PrivateKey.generate().publicKey());

	private static final Multiaddr QUIC = Multiaddr.parse("/ip4/198.51.99.1/udp/1/quic-v1");

	private static final Multiaddr TCP = Multiaddr.parse("/ip4/198.51.99.1/tcp/1");

	private static final Multiaddr TCP6 = Multiaddr.parse("/ip6/2600::1/tcp/1");

	private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 3);

	private final List<String> told = new ArrayList<>();

	private final DialHistory history = new DialHistory(this.now::get, new NodeObserver() {
		@Override
		public void blackHole(String network, BlackHoleState state, double successFraction, int nextProbeAfter) {
			DialHistoryTest.this.told.add(network + " " + state + " " + successFraction + " " + nextProbeAfter);
		}
	});

	private void fail(Multiaddr address) {
		for (int dial = 0; dial < BlackHoleDetector.WINDOW; dial++) {
			this.history.failed(PEER, address);
		}
	}

	@Test
	void anAddressIsGoodForItsPeerAndForItsTime() {
		this.history.good(PEER, TCP);
		assertThat(this.history.isGood(PEER, TCP)).isTrue();
		assertThat(this.history.isGood(OTHER, TCP)).isFalse();
		assertThat(this.history.isGood(PEER, QUIC)).isFalse();
		this.now.addAndGet(DialHistory.GOOD_FOR.toNanos() - 1);
		assertThat(this.history.isGood(PEER, TCP)).isTrue();
		this.now.incrementAndGet();
		assertThat(this.history.isGood(PEER, TCP)).isFalse();
	}

	@Test
	void aFailureEndsIt() {
		this.history.good(PEER, TCP);
		this.history.failed(OTHER, TCP);
		assertThat(this.history.isGood(PEER, TCP)).isTrue();
		this.history.failed(PEER, TCP);
		assertThat(this.history.isGood(PEER, TCP)).isFalse();
	}

	@Test
	void theOldestMakesRoom() {
		for (int port = 1; port <= DialHistory.MAX_GOOD; port++) {
			this.history.good(PEER, Multiaddr.parse("/ip4/198.51.99.1/tcp/" + port));
		}
		assertThat(this.history.isGood(PEER, TCP)).isTrue();
		this.history.good(PEER, TCP6);
		assertThat(this.history.isGood(PEER, TCP)).isFalse();
		assertThat(this.history.isGood(PEER, TCP6)).isTrue();
	}

	@Test
	void udpThatVanishesComesAfterEverythingElse() {
		fail(QUIC);
		assertThat(this.told).hasSize(BlackHoleDetector.WINDOW).last().isEqualTo("UDP BLOCKED 0.0 100");
		assertThat(this.history.comesLast(QUIC)).isTrue();
		assertThat(this.history.comesLast(TCP)).isFalse();
		this.history.answered(QUIC);
		assertThat(this.history.comesLast(QUIC)).isFalse();
		assertThat(this.told).last().isEqualTo("UDP PROBING 1.0 0");
	}

	@Test
	void ip6ThatVanishesComesAfterEverythingElse() {
		fail(TCP6);
		assertThat(this.told).last().isEqualTo("IPv6 BLOCKED 0.0 100");
		assertThat(this.history.comesLast(TCP6)).isTrue();
		assertThat(this.history.comesLast(QUIC)).isFalse();
	}

	@Test
	void oneUdpAddressOverIp6SaysSomethingOfBoth() {
		fail(Multiaddr.parse("/ip6/2600::1/udp/1/quic-v1"));
		assertThat(this.history.comesLast(QUIC)).isTrue();
		assertThat(this.history.comesLast(TCP6)).isTrue();
	}

	@Test
	void ownNetworksSayNothing() {
		fail(Multiaddr.parse("/ip4/10.0.0.1/udp/1/quic-v1"));
		fail(Multiaddr.parse("/ip6/fd00::1/tcp/1"));
		fail(Multiaddr.parse("/dns4/example.com/udp/1/quic-v1"));
		assertThat(this.told).isEmpty();
		assertThat(this.history.comesLast(QUIC)).isFalse();
	}

}
