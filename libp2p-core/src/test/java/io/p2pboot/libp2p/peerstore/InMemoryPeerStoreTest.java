package io.p2pboot.libp2p.peerstore;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.PeerStore;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class InMemoryPeerStoreTest {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private final SettableClock clock = new SettableClock();

	private final InMemoryPeerStore store = InMemoryPeerStore.create(this.clock);

	private final PeerId peer = peer(0);

	@Test
	void addressesExpireEachAtItsTime() {
		this.store.addAddresses(this.peer, List.of(address(1)), MINUTE);
		this.store.addAddresses(this.peer, List.of(address(2)), MINUTE.multipliedBy(2));
		this.clock.advance(MINUTE.minusMillis(1));
		assertThat(this.store.addresses(this.peer)).containsExactly(address(1), address(2));
		this.clock.advance(Duration.ofMillis(1));
		assertThat(this.store.addresses(this.peer)).containsExactly(address(2));
		this.store.addAddresses(this.peer, List.of(address(2)), Duration.ofMillis(1));
		this.clock.advance(MINUTE.minusMillis(1));
		assertThat(this.store.addresses(this.peer)).as("the longer time counts").containsExactly(address(2));
	}

	@Test
	void aTimeToLiveMayBeForEverButNotNegative() {
		this.store.addAddresses(this.peer, List.of(address(1)), Duration.ofSeconds(Long.MAX_VALUE));
		this.clock.advance(Duration.ofDays(100_000));
		assertThat(this.store.addresses(this.peer)).hasSize(1);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.store.addAddresses(this.peer, List.of(address(1)), Duration.ZERO));
	}

	@Test
	void keepsSixtyFourAddressesAndNotOneMore() {
		this.store.addAddresses(this.peer, addresses(0, 64), MINUTE);
		this.store.addAddresses(this.peer, List.of(address(64)), MINUTE);
		assertThat(this.store.addresses(this.peer)).isEqualTo(addresses(0, 64));
		this.store.addRecord(new PeerRecord(this.peer, 1, addresses(100, 170)), MINUTE);
		assertThat(this.store.addresses(this.peer)).as("certified ones first").isEqualTo(addresses(100, 164));
		assertThat(this.store.record(this.peer).orElseThrow().addresses()).hasSize(64);
	}

	@Test
	void certifiedAddressesAreFirstAndKeptApart() {
		this.store.addAddresses(this.peer, List.of(address(1), address(2)), MINUTE.multipliedBy(2));
		this.store.addRecord(new PeerRecord(this.peer, 1, List.of(address(2), address(3))), MINUTE);
		assertThat(this.store.addresses(this.peer)).containsExactly(address(2), address(3), address(1));
		this.clock.advance(MINUTE);
		assertThat(this.store.addresses(this.peer)).containsExactly(address(1), address(2));
		assertThat(this.store.record(this.peer)).isEmpty();
	}

	@Test
	void onlyANewerRecordReplacesARecord() {
		PeerRecord second = new PeerRecord(this.peer, 2, List.of(address(2)));
		assertThat(this.store.addRecord(second, MINUTE)).isTrue();
		assertThat(this.store.addRecord(new PeerRecord(this.peer, 1, List.of(address(1))), MINUTE)).isFalse();
		assertThat(this.store.addRecord(second, MINUTE.multipliedBy(2))).isFalse();
		this.clock.advance(MINUTE);
		assertThat(this.store.addresses(this.peer)).as("told again, it lives longer").containsExactly(address(2));
		PeerRecord largest = new PeerRecord(this.peer, -1, List.of(address(3)));
		assertThat(this.store.addRecord(largest, MINUTE)).as("sequences are unsigned").isTrue();
		this.clock.advance(MINUTE);
		assertThat(this.store.addRecord(second, MINUTE)).as("an expired one is still the newest").isFalse();
		assertThat(this.store.addRecord(largest, MINUTE)).isTrue();
	}

	@Test
	void theOwnPeerIdIsCutOffAndForeignAddressesAreIgnored() throws IOException {
		String other = peer(1).toString();
		ByteBuffer notAPeer = ByteBuffer.allocate(77)
			.put(address(4).encoded())
			.put(new byte[] { (byte) 0xA5, 3, 66, 0x13, 64 })
			.rewind();
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Multiaddr.decode(notAPeer));
		this.store.addAddresses(this.peer,
				List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/1/p2p/" + this.peer),
						Multiaddr.parse("/ip4/127.0.0.1/tcp/2/p2p/" + other), Multiaddr.parse("/p2p/" + this.peer),
						Multiaddr.parse("/ip4/127.0.0.1/tcp/3/p2p/" + other + "/p2p-circuit")),
				MINUTE);
		assertThat(this.store.addresses(this.peer))
			.hasToString("[/ip4/127.0.0.1/tcp/1, /ip4/127.0.0.1/tcp/3/p2p/" + other + "/p2p-circuit]");
	}

	@Test
	void envelopesAreKeptUpToALimit() {
		PeerRecord record = new PeerRecord(this.peer, 1, List.of(address(1)));
		ByteBuffer envelope = ByteBuffer.allocate(InMemoryPeerStore.MAX_ENVELOPE_BYTES);
		this.store.addRecord(record, envelope, MINUTE);
		assertThat(this.store.envelope(this.peer)).hasValueSatisfying((kept) -> {
			assertThat(kept.remaining()).isEqualTo(InMemoryPeerStore.MAX_ENVELOPE_BYTES);
			assertThat(kept.isReadOnly()).isTrue();
		});
		this.store.addRecord(new PeerRecord(this.peer, 2, List.of(address(1))),
				ByteBuffer.allocate(InMemoryPeerStore.MAX_ENVELOPE_BYTES + 1), MINUTE);
		assertThat(this.store.envelope(this.peer)).isEmpty();
		assertThat(this.store.addresses(this.peer)).hasSize(1);
	}

	@Test
	void aMillionPushedRecordsLeaveTheStoreAtItsLimit() { // PSTORE-1, lesson of
															// CVE-2023-40583
		InMemoryPeerStore small = new InMemoryPeerStore(this.clock, 1000);
		small.addRecord(new PeerRecord(this.peer, 1, List.of(address(1))), MINUTE);
		small.connected(connection(this.peer));
		// Ten times as many peers as fit: whoever comes round again was forgotten long
		// ago.
		List<PeerRecord> records = IntStream.rangeClosed(1, 10_000)
			.mapToObj((number) -> new PeerRecord(peer(number), 1, List.of(address(1))))
			.toList();
		for (int i = 0; i < 1_000_000; i++) {
			small.addRecord(records.get(i % 10_000), MINUTE);
		}
		assertThat(small.peers()).hasSize(1000).contains(this.peer, peer(10_000)).doesNotContain(peer(1));
	}

	@Test
	void peersThatTellMuchMakeRoomForOneAnother() {
		Set<ProtocolPath> many = IntStream.range(0, 1000)
			.mapToObj((number) -> ProtocolPath.of("/protocol/" + number))
			.collect(Collectors.toSet());
		InMemoryPeerStore measured = new InMemoryPeerStore(this.clock, 1000, Long.MAX_VALUE);
		for (int i = 0; i < 3; i++) {
			tellMuch(measured, peer(i), many);
		}
		long three = measured.heldBytes();
		assertThat(three).isGreaterThan(3 * 100_000);
		InMemoryPeerStore bounded = new InMemoryPeerStore(this.clock, 1000, three);
		bounded.connected(connection(peer(0)));
		for (int i = 0; i < 3; i++) {
			tellMuch(bounded, peer(i), many);
		}
		assertThat(bounded.peers()).as("at the limit").hasSize(3);
		bounded.metadata(peer(2), "more", "x");
		assertThat(bounded.peers()).as("one value more").containsExactlyInAnyOrder(peer(0), peer(2));
		for (int i = 3; i < 100; i++) {
			tellMuch(bounded, peer(i), many);
			assertThat(bounded.heldBytes()).isLessThanOrEqualTo(three);
		}
		assertThat(bounded.peers()).contains(peer(0), peer(99)).hasSizeBetween(2, 3);
		assertThat(bounded.protocols(peer(99))).hasSize(1000);
	}

	private static void tellMuch(InMemoryPeerStore store, PeerId peer, Set<ProtocolPath> protocols) {
		store.protocols(peer, protocols);
		store.addAddresses(peer, addresses(1, 65), MINUTE);
		store.addRecord(new PeerRecord(peer, 1, addresses(1, 33)), ByteBuffer.allocate(8192), MINUTE);
		store.metadata(peer, "agentVersion", "a".repeat(512));
	}

	@Test
	void whatIsForgottenIsNotCounted() {
		InMemoryPeerStore small = new InMemoryPeerStore(this.clock, 5, 1 << 20);
		for (int round = 0; round < 20; round++) {
			small.addAddresses(peer(round), addresses(0, round), MINUTE.multipliedBy(1 + round % 3));
			small.addRecord(new PeerRecord(peer(round), 1, List.of(address(1))), MINUTE);
			small.protocols(peer(round), Set.of(ProtocolPath.of("/a")));
			small.protocols(peer(round), Set.of());
			this.clock.advance(Duration.ofSeconds(30));
		}
		small.peers().forEach(small::remove);
		assertThat(small.peers()).isEmpty();
		assertThat(small.heldBytes()).isZero();
	}

	@Test
	void theLimitIsAHundredThousandPeers() {
		for (int i = 0; i < PeerStore.MAX_PEERS; i++) {
			this.store.addAddresses(peer(i), List.of(address(1)), MINUTE);
		}
		assertThat(this.store.peers()).hasSize(100_000);
		this.store.addAddresses(peer(100_000), List.of(address(1)), MINUTE);
		assertThat(this.store.peers()).hasSize(100_000).contains(peer(100_000)).doesNotContain(peer(0));
	}

	@Test
	void expiredPeersGoFirstThenUncertifiedOnesThenTheOldest() {
		InMemoryPeerStore three = new InMemoryPeerStore(this.clock, 3);
		three.addRecord(new PeerRecord(peer(1), 1, List.of(address(1))), MINUTE.multipliedBy(5));
		three.addAddresses(peer(2), List.of(address(1)), MINUTE.multipliedBy(5));
		three.addAddresses(peer(3), List.of(address(1)), MINUTE);
		this.clock.advance(MINUTE);
		three.addRecord(new PeerRecord(peer(4), 1, List.of(address(1))), MINUTE.multipliedBy(5));
		assertThat(three.peers()).containsExactlyInAnyOrder(peer(1), peer(2), peer(4));
		three.addRecord(new PeerRecord(peer(5), 1, List.of(address(1))), MINUTE.multipliedBy(5));
		assertThat(three.peers()).containsExactlyInAnyOrder(peer(1), peer(4), peer(5));
		three.addRecord(new PeerRecord(peer(6), 1, List.of(address(1))), MINUTE.multipliedBy(5));
		assertThat(three.peers()).containsExactlyInAnyOrder(peer(4), peer(5), peer(6));
	}

	@Test
	void connectedPeersStayUntilTheirLastConnectionEnds() {
		InMemoryPeerStore two = new InMemoryPeerStore(this.clock, 2);
		two.addAddresses(peer(1), List.of(address(1)), MINUTE);
		two.connected(connection(peer(1)));
		two.connected(connection(peer(1)));
		two.disconnected(connection(peer(1)));
		two.addRecord(new PeerRecord(peer(2), 1, List.of(address(1))), MINUTE);
		two.addAddresses(peer(3), List.of(address(1)), MINUTE);
		assertThat(two.peers()).containsExactlyInAnyOrder(peer(1), peer(3));
		two.disconnected(connection(peer(1)));
		two.addAddresses(peer(4), List.of(address(1)), MINUTE);
		assertThat(two.peers()).containsExactlyInAnyOrder(peer(3), peer(4));
	}

	@Test
	void aStoreFullOfConnectedPeersStillLetsTheOldestGo() {
		InMemoryPeerStore one = new InMemoryPeerStore(this.clock, 1);
		one.addAddresses(peer(1), List.of(address(1)), MINUTE);
		one.connected(connection(peer(1)));
		one.addAddresses(peer(2), List.of(address(1)), MINUTE);
		assertThat(one.peers()).containsExactly(peer(2));
	}

	@Test
	void protocolsAreReplacedAndBounded() {
		Set<ProtocolPath> many = IntStream.range(0, 1025)
			.mapToObj((index) -> ProtocolPath.of("/p/" + index))
			.collect(Collectors.toSet());
		this.store.protocols(this.peer, many);
		assertThat(this.store.protocols(this.peer)).hasSize(1024);
		this.store.protocols(this.peer, Set.of(ProtocolPath.of("/only")));
		assertThat(this.store.protocols(this.peer)).containsExactly(ProtocolPath.of("/only"));
		assertThat(this.store.protocols(peer(1))).isEmpty();
	}

	@Test
	void metadataIsBoundedInEveryDirection() {
		for (int i = 0; i < 16; i++) {
			this.store.metadata(this.peer, "name" + i, "v".repeat(512));
		}
		this.store.metadata(this.peer, "name0", "replaced");
		assertThat(this.store.metadata(this.peer, "name0")).hasValue("replaced");
		assertThatIllegalArgumentException().isThrownBy(() -> this.store.metadata(this.peer, "one more", "v"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.store.metadata(this.peer, "n".repeat(65), "v"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.store.metadata(this.peer, "name1", "v".repeat(513)));
		assertThat(this.store.metadata(this.peer, "name1")).hasValue("v".repeat(512));
	}

	@Test
	void keysMustBeThePeersOwn() {
		PublicKey inlined = PrivateKey.generate().publicKey();
		assertThat(this.store.publicKey(PeerId.of(inlined))).hasValue(inlined);
		assertThat(this.store.peers()).isEmpty();
		PublicKey hashed = PrivateKey.generate(KeyType.ECDSA).publicKey();
		assertThat(this.store.publicKey(PeerId.of(hashed))).isEmpty();
		this.store.publicKey(PeerId.of(hashed), hashed);
		assertThat(this.store.publicKey(PeerId.of(hashed))).hasValue(hashed);
		assertThatIllegalArgumentException().isThrownBy(() -> this.store.publicKey(this.peer, hashed));
	}

	@Test
	void aRemovedPeerIsForgotten() {
		this.store.addRecord(new PeerRecord(this.peer, 9, List.of(address(1))), MINUTE);
		this.store.remove(this.peer);
		assertThat(this.store.peers()).isEmpty();
		assertThat(this.store.addRecord(new PeerRecord(this.peer, 1, List.of(address(1))), MINUTE)).isTrue();
	}

	@Test
	void manyThreadsMayUseIt() throws Exception {
		InMemoryPeerStore small = new InMemoryPeerStore(this.clock, 50);
		ExecutorService threads = Executors.newFixedThreadPool(4);
		try {
			List<Future<?>> done = IntStream.range(0, 4).<Future<?>>mapToObj((thread) -> threads.submit(() -> {
				for (int i = 0; i < 5000; i++) {
					PeerId id = peer(i % 100);
					small.addAddresses(id, addresses(i % 50, i % 50 + 10), MINUTE);
					small.metadata(id, "agentVersion", "thread " + thread);
					assertThat(small.addresses(id)).hasSizeLessThanOrEqualTo(64);
				}
			})).toList();
			for (Future<?> each : done) {
				each.get(30, TimeUnit.SECONDS);
			}
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(small.peers()).hasSize(50);
	}

	private static PeerId peer(int number) {
		try {
			return PeerId.decode(Multihash.sha256(ByteBuffer.allocate(4).putInt(0, number)).encoded());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Multiaddr address(int port) {
		return Multiaddr.parse("/ip4/127.0.0.1/tcp/" + port);
	}

	private static List<Multiaddr> addresses(int from, int to) {
		return IntStream.range(from, to).mapToObj(InMemoryPeerStoreTest::address).toList();
	}

	private static Connection connection(PeerId peer) {
		return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
				new Class<?>[] { Connection.class }, (proxy, method, arguments) -> {
					assertThat(method.getName()).isEqualTo("remotePeer");
					return peer;
				});
	}

	private static final class SettableClock extends Clock {

		private Instant now = Instant.EPOCH;

		void advance(Duration duration) {
			this.now = this.now.plus(duration);
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

		@Override
		public Instant instant() {
			return this.now;
		}

	}

}
