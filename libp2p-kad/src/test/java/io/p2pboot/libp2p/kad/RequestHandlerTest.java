package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.kad.KadMessage.Type;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class RequestHandlerTest {

	private static final PeerId SELF = Peers.id(0);

	private static final PeerId CLIENT = Peers.id(1);

	private static final long SECOND = 1_000_000_000L;

	private final Map<PeerId, List<Multiaddr>> addresses = new HashMap<>();

	private final Set<PeerId> connected = new HashSet<>();

	private final RoutingTable table = new RoutingTable(KadKey.of(SELF), 20, 2, 3);

	private final ProviderStore providers = new ProviderStore(Duration.ofHours(48).toNanos(), 1000, 3, 1000);

	private final RecordStore records = new RecordStore(Duration.ofHours(48).toNanos(), 2, 100_000);

	private RequestHandler handler = handler(AddressScope.HOST);

	private RequestHandler handler(AddressScope scope) {
		KadConfig config = Kademlia.builder("/test/kad/1.0.0")
			.addressScope(scope)
			.validator("n", new NumberedValidator())
			.config();
		return new RequestHandler(SELF, config, this.table, this.providers, this.records, new RequestHandler.Peers() {

			@Override
			public List<Multiaddr> addresses(PeerId peer) {
				return RequestHandlerTest.this.addresses.getOrDefault(peer, List.of());
			}

			@Override
			public boolean isConnected(PeerId peer) {
				return RequestHandlerTest.this.connected.contains(peer);
			}

			@Override
			public void keepAddresses(PeerId peer, List<Multiaddr> kept, Duration timeToLive) {
				RequestHandlerTest.this.addresses.put(peer, kept);
			}

		}, Clock.fixed(Instant.parse("2026-11-30T07:00:00Z"), ZoneOffset.UTC), new Random(1));
	}

	private KadMessage answer(KadMessage request) throws RequestRefused {
		return this.handler.answer(CLIENT, AddressScope.HOST, request, 0).orElseThrow();
	}

	private void refuses(KadMessage request) {
		assertThatExceptionOfType(RequestRefused.class)
			.isThrownBy(() -> this.handler.answer(CLIENT, AddressScope.HOST, request, 0));
	}

	private void addToTable(int count) {
		for (int number = 10; number < 10 + count; number++) {
			this.table.offer(Peers.id(number), Peers.key(number), Set.of(), 0, false);
			this.addresses.put(Peers.id(number), Peers.peer(number).addresses());
		}
	}

	private static ByteBuffer key(PeerId peer) {
		return peer.multihash().encoded();
	}

	@ParameterizedTest
	@EnumSource(value = Type.class, names = "PING", mode = EnumSource.Mode.EXCLUDE)
	void requestWithoutKeyIsRefused(Type type) {
		refuses(KadMessage.of(type, ByteBuffer.allocate(0)));
	}

	@Test
	void pingIsEchoedWithoutWhatWasStuffedIntoIt() throws RequestRefused {
		KadMessage stuffed = new KadMessage(Type.PING, Peers.bytes("key"), null, List.of(Peers.peer(5)),
				List.of(Peers.peer(6)));
		assertThat(answer(stuffed)).isEqualTo(KadMessage.of(Type.PING, ByteBuffer.allocate(0)));
	}

	@Test
	void requestThatWaitsKeepsNobodyButItsSender() {
		List<KadPeer> stuffed = IntStream.range(0, 1000).mapToObj(Peers::peer).toList();
		KadMessage request = new KadMessage(Type.ADD_PROVIDER, Peers.bytes("key"), null, stuffed, stuffed);
		assertThat(request.from(CLIENT)).isEqualTo(KadMessage.addProvider(Peers.bytes("key"), Peers.peer(1)));
		assertThat(request.from(Peers.id(5000)).providers()).isEmpty();
	}

	// Peers.

	@Test
	void unknownKeyBringsTheNearestOfTheTable() throws RequestRefused {
		addToTable(60);
		KadMessage answer = answer(KadMessage.of(Type.FIND_NODE, Peers.bytes("anything")));
		assertThat(answer.closer()).hasSize(20)
			.doesNotHaveDuplicates()
			.allSatisfy((peer) -> assertThat(peer.addresses()).isNotEmpty());
		assertThat(answer.key().hasRemaining()).isFalse();
	}

	@Test
	void peersWithoutAddressAndTheRequesterAreLeftOut() throws RequestRefused {
		addToTable(3);
		this.table.offer(CLIENT, KadKey.of(CLIENT), Set.of(), 0, false);
		this.addresses.put(CLIENT, Peers.peer(1).addresses());
		this.addresses.remove(Peers.id(11));
		assertThat(answer(KadMessage.of(Type.FIND_NODE, Peers.bytes("x"))).closer()).extracting(KadPeer::id)
			.containsExactlyInAnyOrder(Peers.id(10), Peers.id(12));
	}

	@Test
	void peerThatIsLookedForComesFirstEvenIfItIsNoServer() throws RequestRefused {
		addToTable(25);
		PeerId client = Peers.id(500);
		this.addresses.put(client, Peers.peer(500).addresses());
		this.connected.add(client);
		KadMessage answer = answer(KadMessage.of(Type.FIND_NODE, key(client)));
		assertThat(answer.closer()).hasSize(21);
		assertThat(answer.closer().get(0)).satisfies((peer) -> {
			assertThat(peer.id()).isEqualTo(client);
			assertThat(peer.connection()).isEqualTo(KadPeer.Link.CONNECTED);
		});
	}

	@Test
	void ourOwnIdAndTheRequestersBringThemselves() throws RequestRefused {
		addToTable(3);
		this.addresses.put(SELF, Peers.peer(0).addresses());
		this.addresses.put(CLIENT, Peers.peer(1).addresses());
		assertThat(answer(KadMessage.of(Type.FIND_NODE, key(SELF))).closer()).extracting(KadPeer::id)
			.startsWith(SELF)
			.hasSize(4);
		assertThat(answer(KadMessage.of(Type.FIND_NODE, key(CLIENT))).closer()).extracting(KadPeer::id)
			.startsWith(CLIENT)
			.hasSize(4)
			.doesNotHaveDuplicates();
	}

	@Test
	void addressesThatAreOfNoUseToTheRequesterAreNotSent() throws RequestRefused {
		addToTable(1);
		this.addresses.put(Peers.id(10),
				List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"), Multiaddr.parse("/ip4/8.8.8.8/tcp/1")));
		KadMessage far = this.handler
			.answer(CLIENT, AddressScope.INTERNET, KadMessage.of(Type.FIND_NODE, Peers.bytes("x")), 0)
			.orElseThrow();
		assertThat(far.closer().get(0).addresses()).containsExactly(Multiaddr.parse("/ip4/8.8.8.8/tcp/1"));
	}

	@Test
	void internetInstanceSendsNoPrivateOrRelayedAddress() throws RequestRefused {
		this.handler = handler(AddressScope.INTERNET);
		addToTable(1);
		String relay = Peers.id(9).toString();
		this.addresses.put(Peers.id(10),
				List.of(Multiaddr.parse("/ip4/10.0.0.1/tcp/1"), Multiaddr.parse("/ip4/8.8.8.8/tcp/0"),
						Multiaddr.parse("/ip4/8.8.8.8/tcp/1/p2p/" + relay + "/p2p-circuit"),
						Multiaddr.parse("/ip4/8.8.8.8/tcp/1")));
		assertThat(answer(KadMessage.of(Type.FIND_NODE, Peers.bytes("x"))).closer().get(0).addresses())
			.containsExactly(Multiaddr.parse("/ip4/8.8.8.8/tcp/1"));
	}

	@Test
	void localInstanceSendsAndKeepsNoAddressOfAHost() throws RequestRefused {
		this.handler = handler(AddressScope.PRIVATE_NETWORK);
		addToTable(1);
		Multiaddr near = Multiaddr.parse("/ip4/10.0.0.1/tcp/1");
		this.addresses.put(Peers.id(10), List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"), near));
		assertThat(answer(KadMessage.of(Type.FIND_NODE, Peers.bytes("x"))).closer().get(0).addresses())
			.containsExactly(near);
		this.handler.answer(CLIENT, AddressScope.PRIVATE_NETWORK,
				add(Peers.bytes("k"), KadPeer.of(CLIENT, List.of(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"), near))), 0);
		assertThat(this.addresses.get(CLIENT)).containsExactly(near);
	}

	@Test
	void internetInstanceKeepsNoPrivateAddressOfAProviderAndTheProviderAllTheSame() throws RequestRefused {
		this.handler = handler(AddressScope.INTERNET);
		this.handler.answer(CLIENT, AddressScope.PRIVATE_NETWORK,
				add(Peers.bytes("k"), KadPeer.of(CLIENT, List.of(Multiaddr.parse("/ip4/10.0.0.1/tcp/1")))), 0);
		assertThat(this.addresses).doesNotContainKey(CLIENT);
		assertThat(get(Peers.bytes("k"), 0)).singleElement()
			.satisfies((provider) -> assertThat(provider.addresses()).isEmpty());
	}

	// Providers.

	private static KadMessage add(ByteBuffer key, KadPeer... peers) {
		return new KadMessage(Type.ADD_PROVIDER, key, null, List.of(), List.of(peers));
	}

	@Test
	void addProviderHasNoAnswerAndIsServed() throws RequestRefused {
		ByteBuffer key = Multihash.sha256(Peers.bytes("content")).encoded();
		assertThat(this.handler.answer(CLIENT, AddressScope.HOST, add(key, Peers.peer(2), Peers.peer(1)), 0)).isEmpty();
		KadMessage answer = answer(KadMessage.of(Type.GET_PROVIDERS, key));
		assertThat(answer.providers()).singleElement().satisfies((provider) -> {
			assertThat(provider.id()).isEqualTo(CLIENT);
			assertThat(provider.addresses()).isEqualTo(Peers.peer(1).addresses());
		});
	}

	@Test
	void providerExpiresAfterFortyEightHours() throws RequestRefused {
		ByteBuffer key = Peers.bytes("key");
		this.handler.answer(CLIENT, AddressScope.HOST, add(key, Peers.peer(1)), 0);
		long life = Duration.ofHours(48).toNanos();
		assertThat(get(key, life)).hasSize(1);
		assertThat(get(key, life + SECOND)).isEmpty();
	}

	private List<KadPeer> get(ByteBuffer key, long now) throws RequestRefused {
		return this.handler.answer(CLIENT, AddressScope.HOST, KadMessage.of(Type.GET_PROVIDERS, key), now)
			.orElseThrow()
			.providers();
	}

	@Test
	void addProviderWithoutTheSenderOrItsAddressIsRefused() {
		refuses(add(Peers.bytes("key")));
		refuses(add(Peers.bytes("key"), Peers.peer(2)));
		refuses(add(Peers.bytes("key"), KadPeer.of(CLIENT, List.of())));
	}

	@Test
	void providerKeyHasEightyBytesAtMost() throws RequestRefused {
		ByteBuffer longest = ByteBuffer.allocate(80).put(0, (byte) 1);
		this.handler.answer(CLIENT, AddressScope.HOST, add(longest, Peers.peer(1)), 0);
		assertThat(get(longest, 0)).hasSize(1);
		ByteBuffer longer = ByteBuffer.allocate(81);
		refuses(add(longer, Peers.peer(1)));
		refuses(KadMessage.of(Type.GET_PROVIDERS, longer));
	}

	@Test
	void newcomersAreRefusedWhereAKeyHasAsManyProvidersAsItMay() throws RequestRefused {
		for (int number = 1; number <= 3; number++) {
			this.handler.answer(Peers.id(number), AddressScope.HOST, add(Peers.bytes("k"), Peers.peer(number)), 0);
		}
		assertThatExceptionOfType(RequestRefused.class).isThrownBy(
				() -> this.handler.answer(Peers.id(4), AddressScope.HOST, add(Peers.bytes("k"), Peers.peer(4)), 0));
		assertThat(get(Peers.bytes("k"), 0)).hasSize(3);
	}

	// Values.

	private static KadMessage put(String key, ByteBuffer value) {
		return KadMessage.put(KadRecord.of(Peers.bytes(key), value));
	}

	@Test
	void valueIsStoredStampedAndServed() throws RequestRefused {
		KadRecord sent = new KadRecord(Peers.bytes("/n/a"), NumberedValidator.value(1), Peers.bytes("a lie"),
				Peers.bytes("publisher"), 3600);
		assertThat(answer(KadMessage.put(sent)).record()).isEqualTo(sent);
		KadRecord served = answer(KadMessage.of(Type.GET_VALUE, Peers.bytes("/n/a"))).record();
		assertThat(served).isEqualTo(sent.received(Peers.bytes("2026-11-30T07:00:00Z")));
	}

	@Test
	void echoOfAPutHasNoPeers() throws RequestRefused {
		KadMessage stuffed = new KadMessage(Type.PUT_VALUE, Peers.bytes("/n/a"),
				KadRecord.of(Peers.bytes("/n/a"), NumberedValidator.value(1)), List.of(Peers.peer(7)),
				List.of(Peers.peer(8)));
		KadMessage echo = answer(stuffed);
		assertThat(echo.closer()).isEmpty();
		assertThat(echo.providers()).isEmpty();
	}

	@Test
	void worseValueIsRefusedAndAnEqualOneStoredAnew() throws RequestRefused {
		answer(put("/n/a", NumberedValidator.value(2)));
		refuses(put("/n/a", NumberedValidator.value(1)));
		answer(put("/n/a", NumberedValidator.value(2)));
		answer(put("/n/a", NumberedValidator.value(3)));
		assertThat(answer(KadMessage.of(Type.GET_VALUE, Peers.bytes("/n/a"))).record().value())
			.isEqualTo(NumberedValidator.value(3));
	}

	@Test
	void putWithoutRecordForAnotherKeyOrOfAnUnknownNamespaceIsRefused() {
		refuses(KadMessage.of(Type.PUT_VALUE, Peers.bytes("/n/a")));
		refuses(new KadMessage(Type.PUT_VALUE, Peers.bytes("/n/b"),
				KadRecord.of(Peers.bytes("/n/a"), NumberedValidator.value(1)), List.of(), List.of()));
		refuses(put("/other/a", NumberedValidator.value(1)));
		refuses(put("none", NumberedValidator.value(1)));
		refuses(put("//a", NumberedValidator.value(1)));
		refuses(put("/n", NumberedValidator.value(1)));
		refuses(put("/n/a", ByteBuffer.allocate(7)));
	}

	@Test
	void getOfAnUnknownNamespaceBringsPeersAlone() throws RequestRefused {
		addToTable(2);
		KadMessage answer = answer(KadMessage.of(Type.GET_VALUE, Peers.bytes("none")));
		assertThat(answer.record()).isNull();
		assertThat(answer.closer()).hasSize(2);
	}

	@Test
	void valueHasFortyEightKibibytesAtMost() throws RequestRefused {
		answer(put("/n/a", NumberedValidator.value(1, KadLimits.MAX_VALUE_BYTES - 8)));
		refuses(put("/n/b", NumberedValidator.value(1, KadLimits.MAX_VALUE_BYTES - 7)));
	}

	@Test
	void newKeysAreRefusedWhereTheStoreIsFull() throws RequestRefused {
		answer(put("/n/a", NumberedValidator.value(1)));
		answer(put("/n/b", NumberedValidator.value(1)));
		refuses(put("/n/c", NumberedValidator.value(1)));
		answer(put("/n/b", NumberedValidator.value(2)));
	}

	@Test
	void publisherMayAskForLessThanTheUsualTime() throws RequestRefused {
		KadRecord record = new KadRecord(Peers.bytes("/n/a"), NumberedValidator.value(1), Peers.bytes(""),
				Peers.bytes(""), 10);
		this.handler.answer(CLIENT, AddressScope.HOST, KadMessage.put(record), 0);
		KadMessage get = KadMessage.of(Type.GET_VALUE, Peers.bytes("/n/a"));
		assertThat(this.handler.answer(CLIENT, AddressScope.HOST, get, 10 * SECOND).orElseThrow().record()).isNotNull();
		assertThat(this.handler.answer(CLIENT, AddressScope.HOST, get, 10 * SECOND + 1).orElseThrow().record())
			.isNull();
	}

	@Test
	void validatorThatFailsRefusesTheValueAlone() {
		RecordValidator failing = new RecordValidator() {

			@Override
			public void validate(ByteBuffer key, ByteBuffer value) {
				value.getLong();
			}

			@Override
			public int select(ByteBuffer key, List<ByteBuffer> values) {
				throw new IllegalStateException("cannot choose");
			}

		};
		this.handler = new RequestHandler(SELF, Kademlia.builder("/test/kad/1.0.0").validator("n", failing).config(),
				this.table, this.providers, this.records, new Nobody(), Clock.systemUTC(), new Random(1));
		refuses(put("/n/a", ByteBuffer.allocate(3)));
		assertThatNoException().isThrownBy(() -> answer(put("/n/a", ByteBuffer.allocate(8))));
		refuses(put("/n/a", ByteBuffer.allocate(9)));
	}

	@Test
	void valueThatIsNotValidAnyMoreGivesWayToAWorseOne() throws RequestRefused {
		answer(put("/n/a", NumberedValidator.value(5)));
		refuses(put("/n/a", NumberedValidator.value(3)));
		RecordValidator numbers = new NumberedValidator();
		RecordValidator later = new RecordValidator() {

			@Override
			public void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
				if (value.equals(NumberedValidator.value(5))) {
					throw new InvalidRecord("It has ended");
				}
			}

			@Override
			public int select(ByteBuffer key, List<ByteBuffer> values) {
				return numbers.select(key, values);
			}

		};
		this.handler = new RequestHandler(SELF, Kademlia.builder("/test/kad/1.0.0").validator("n", later).config(),
				this.table, this.providers, this.records, new Nobody(), Clock.systemUTC(), new Random(1));
		answer(put("/n/a", NumberedValidator.value(3)));
		refuses(put("/n/a", NumberedValidator.value(2)));
	}

	@Test
	void noMoreProvidersAreLookedUpThanAnAnswerCanHold() throws RequestRefused {
		ProviderStore many = new ProviderStore(SECOND, 1000, 1000, 1000);
		IntStream.range(0, 1000).forEach((number) -> many.add(KadKey.of(Peers.bytes("k")), Peers.id(number), 0));
		this.handler = new RequestHandler(SELF, Kademlia.builder("/test/kad/1.0.0").config(), this.table, many,
				this.records, new Nobody(), Clock.systemUTC(), new Random(1));
		assertThat(get(Peers.bytes("k"), 0)).hasSize(KadLimits.MAX_PROVIDERS_PER_ANSWER);
	}

	// Rates.

	@Test
	void eachPeerMaySendAThousandRequestsASecond() {
		for (int count = 0; count < KadLimits.MAX_REQUESTS_PER_SECOND; count++) {
			assertThat(this.handler.delayNanos(CLIENT, Type.FIND_NODE, 0)).isZero();
		}
		assertThat(this.handler.delayNanos(CLIENT, Type.FIND_NODE, 0)).isEqualTo(SECOND / 1000);
		assertThat(this.handler.delayNanos(Peers.id(2), Type.FIND_NODE, 0)).isZero();
		assertThat(this.handler.delayNanos(CLIENT, Type.FIND_NODE, SECOND / 1000)).isZero();
	}

	@Test
	void eachPeerMayStoreAHundredValuesAtOnceAndTwentyASecond() {
		for (int count = 0; count < KadLimits.MAX_PUT_BURST; count++) {
			assertThat(this.handler.delayNanos(CLIENT, Type.PUT_VALUE, 0)).isZero();
		}
		assertThat(this.handler.delayNanos(CLIENT, Type.PUT_VALUE, 0)).isEqualTo(SECOND / 20);
		assertThat(this.handler.delayNanos(CLIENT, Type.GET_VALUE, 0)).isZero();
	}

	@Test
	void eachPeerMayAddAHundredProvidersASecond() {
		for (int count = 0; count < KadLimits.MAX_ADDS_PER_SECOND; count++) {
			assertThat(this.handler.delayNanos(CLIENT, Type.ADD_PROVIDER, 0)).isZero();
		}
		assertThat(this.handler.delayNanos(CLIENT, Type.ADD_PROVIDER, 0)).isPositive();
	}

	@Test
	void rateOfNoMorePeersIsRememberedThanMayBe() {
		RateLimit limit = new RateLimit(1, 1, 10);
		for (int number = 0; number < 11; number++) {
			limit.take(Peers.id(number), 0);
		}
		assertThat(limit.peers()).isEqualTo(10);
	}

	@Test
	void handlerOfAnInstanceWithoutStoresRefusesToStore() throws RequestRefused {
		KadConfig config = Kademlia.builder("/t/kad/1.0.0")
			.disableProviders()
			.disableValues()
			.validator("n", new NumberedValidator())
			.config();
		this.handler = new RequestHandler(SELF, config, this.table, this.providers, this.records, new Nobody(),
				Clock.systemUTC(), new Random(1));
		refuses(put("/n/a", NumberedValidator.value(1)));
		refuses(add(Peers.bytes("k"), Peers.peer(1)));
		refuses(KadMessage.of(Type.GET_PROVIDERS, Peers.bytes("k")));
		assertThat(answer(KadMessage.of(Type.GET_VALUE, Peers.bytes("/n/a"))).record()).isNull();
	}

	/** Knows nobody and keeps nothing. */
	private static final class Nobody implements RequestHandler.Peers {

		@Override
		public List<Multiaddr> addresses(PeerId peer) {
			return List.of();
		}

		@Override
		public boolean isConnected(PeerId peer) {
			return false;
		}

		@Override
		public void keepAddresses(PeerId peer, List<Multiaddr> kept, Duration timeToLive) {
			throw new AssertionError("nothing is kept");
		}

	}

}
