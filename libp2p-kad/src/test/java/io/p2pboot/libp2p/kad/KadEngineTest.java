package io.p2pboot.libp2p.kad;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** An engine and a world that the test makes up. */
class KadEngineTest {

	private final World world = new World();

	private KadEngine engine(AddressScope scope, AddrInfo... bootstrap) {
		KadConfig config = Kademlia.builder("/test/kad/1.0.0")
			.addressScope(scope)
			.resiliency(20)
			.bootstrap(List.of(bootstrap))
			.config();
		return new KadEngine(Peers.id(0), config, this.world, Clock.systemUTC(), new Random(1));
	}

	private static AddrInfo info(int number) {
		return new AddrInfo(Peers.id(number), Peers.peer(number).addresses());
	}

	// The table.

	@Test
	void peersWithoutConnectionAreGroupedByTheAddressesTheyName() {
		KadEngine engine = engine(AddressScope.INTERNET);
		for (int number = 1; number <= 100; number++) {
			this.world.addresses.put(Peers.id(number), List.of(Multiaddr.parse("/ip4/8.8.1." + number + "/tcp/1")));
			engine.serves(Peers.id(number));
		}
		assertThat(engine.table().size()).isBetween(2, 3);
	}

	@Test
	void peerOfTheInternetThatShowsNoGroupGetsNoPlace() {
		KadEngine engine = engine(AddressScope.INTERNET);
		this.world.addresses.put(Peers.id(1), List.of(Multiaddr.parse("/dns4/example.com/tcp/1")));
		engine.serves(Peers.id(1));
		assertThat(engine.table().size()).isZero();
		this.world.connected.put(Peers.id(1), List.of(Multiaddr.parse("/ip4/8.8.8.8/tcp/1")));
		engine.serves(Peers.id(1));
		assertThat(engine.table().size()).isOne();
	}

	@Test
	void nobodyIsAskedUntilTheNodeRunsAndThenAtOnce() {
		KadEngine engine = engine(AddressScope.HOST, info(1));
		engine.running(false);
		this.world.pass(Duration.ofHours(1));
		assertThat(this.world.requests).isEmpty();
		engine.running(true);
		this.world.pass(Duration.ZERO);
		assertThat(this.world.requests).isNotEmpty();
		engine.running(false);
		this.world.pass(Duration.ofSeconds(30));
		this.world.requests.clear();
		this.world.pass(Duration.ofHours(1));
		assertThat(this.world.requests).isEmpty();
	}

	@Test
	void firstPeerIsAskedForOthersAtOnce() {
		KadEngine engine = engine(AddressScope.HOST);
		engine.running(true);
		this.world.pass(Duration.ofMinutes(1));
		assertThat(this.world.requests).isEmpty();
		engine.serves(Peers.id(1));
		this.world.pass(Duration.ZERO);
		assertThat(this.world.requests).extracting(KadMessage::type).contains(KadMessage.Type.FIND_NODE);
	}

	@Test
	void connectedServersAreTakenInWhileTheTableIsSmall() {
		KadEngine engine = engine(AddressScope.HOST);
		engine.running(true);
		this.world.pass(Duration.ofSeconds(1));
		this.world.servers.add(Peers.id(1));
		this.world.pass(RefreshSchedule.LOW_MARK_INTERVAL);
		assertThat(engine.table().contains(Peers.key(1))).isTrue();
	}

	@Test
	void instanceOfALocalNetworkTakesPeersOfThatNetworkAlone() {
		KadConfig config = Kademlia.builder("/test/lan/kad/1.0.0")
			.addressScope(AddressScope.PRIVATE_NETWORK)
			.peersWithin(AddressScope.PRIVATE_NETWORK)
			.config();
		KadEngine engine = new KadEngine(Peers.id(0), config, this.world, Clock.systemUTC(), new Random(1));
		this.world.addresses.put(Peers.id(0), List.of(Multiaddr.parse("/ip4/8.8.8.8/tcp/4001")));
		String relay = "/p2p/" + Peers.id(9) + "/p2p-circuit";
		List<String> connections = List.of("/ip4/10.0.0.2/tcp/1", "/ip6/fd00::2/udp/1/quic-v1", "/ip4/127.0.0.1/tcp/1",
				"/ip4/8.8.8.8/tcp/5001", "/ip4/8.8.4.4/tcp/1", "/ip4/10.0.0.2/tcp/1" + relay);
		for (int number = 1; number <= connections.size(); number++) {
			this.world.connected.put(Peers.id(number), List.of(Multiaddr.parse(connections.get(number - 1))));
			this.world.addresses.put(Peers.id(number), List.of(Multiaddr.parse("/ip4/10.0.0.2/tcp/1")));
			engine.serves(Peers.id(number));
		}
		engine.serves(Peers.id(7));
		assertThat(IntStream.rangeClosed(1, 7).filter((number) -> engine.table().contains(Peers.key(number))))
			.containsExactly(1, 2, 3, 4);
	}

	private void answerWith(KadPeer... closer) {
		this.world.answers = (request) -> new KadMessage(request.type(), request.key(), null, List.of(closer),
				List.of());
	}

	@Test
	void peerThatNamesNobodyGetsNoPlaceOnceManyAreKnown() {
		KadEngine engine = engine(AddressScope.HOST);
		answerWith();
		IntStream.rangeClosed(1, 30).forEach((number) -> engine.serves(Peers.id(number)));
		this.world.pass(Duration.ofMinutes(1));
		assertThat(engine.table().size()).isEqualTo(20);
		answerWith(Peers.peer(40));
		IntStream.rangeClosed(31, 32).forEach((number) -> engine.serves(Peers.id(number)));
		this.world.pass(Duration.ofMinutes(1));
		assertThat(engine.table().contains(Peers.key(31))).isTrue();
	}

	@Test
	void peerThatIsPassedOverInALookupIsCheckedAndLosesItsPlace() {
		KadEngine engine = engine(AddressScope.HOST);
		answerWith();
		IntStream.rangeClosed(1, 19).forEach((number) -> engine.serves(Peers.id(number)));
		this.world.dead.add(Peers.id(7));
		engine.lookup(Peers.bytes("key"), LookupConfig.DEFAULT);
		this.world.pass(Duration.ofSeconds(2));
		assertThat(engine.table().contains(Peers.key(7))).isTrue();
		this.world.pass(Duration.ofSeconds(20));
		assertThat(engine.table().size()).isEqualTo(18);
		assertThat(engine.table().contains(Peers.key(7))).isFalse();
	}

	@Test
	void peerThatWasSlowOnceKeepsItsPlace() {
		KadEngine engine = engine(AddressScope.HOST);
		answerWith();
		IntStream.rangeClosed(1, 19).forEach((number) -> engine.serves(Peers.id(number)));
		this.world.dead.add(Peers.id(7));
		Promise<LookupResult> lookup = engine.lookup(Peers.bytes("key"), LookupConfig.DEFAULT);
		while (!lookup.isDone()) {
			this.world.pass(Duration.ofMillis(10));
			if (this.world.asked.contains(Peers.id(7))) {
				this.world.dead.clear();
			}
		}
		this.world.pass(Duration.ofMinutes(1));
		assertThat(engine.table().contains(Peers.key(7))).isTrue();
	}

	@Test
	void wantOfRoomOnThisNodeCostsNobodyItsPlace() {
		KadEngine engine = engine(AddressScope.HOST);
		engine.serves(Peers.id(1));
		this.world.refusal = new LimitExceeded("outbound connections", 513, 512);
		for (int count = 0; count < 5; count++) {
			engine.lookup(Peers.bytes("key"), engine.config().lookup());
			this.world.pass(Duration.ofMinutes(1));
		}
		assertThat(engine.table().contains(Peers.key(1))).isTrue();
	}

	@Test
	void nodeThatWasCutOffFindsBackThroughThoseThatItLost() {
		KadEngine engine = engine(AddressScope.HOST);
		this.world.addresses.put(Peers.id(1), Peers.peer(1).addresses());
		engine.running(true);
		engine.serves(Peers.id(1));
		this.world.pass(Duration.ofHours(1));
		assertThat(engine.table().size()).isZero();
		this.world.addresses.clear();
		answerWith();
		this.world.pass(RefreshSchedule.LOW_MARK_INTERVAL.plusSeconds(10));
		assertThat(engine.table().contains(Peers.key(1))).isTrue();
		assertThat(this.world.kept).containsKey(Peers.id(1));
	}

	// Searches.

	@Test
	void observerHearsWhatEachLookupWasForAndHowItEnded() {
		KadEngine engine = engine(AddressScope.HOST);
		List<String> ended = new ArrayList<>();
		engine.counters().observe(new KadObserver() {

			@Override
			public void lookupEnded(String operation, String outcome, Duration time, int hops) {
				ended.add(operation + " " + outcome + " " + time.toMillis() + " " + hops);
			}

		});
		answerWith(Peers.peer(2));
		engine.lookup(Peers.bytes("key"), LookupConfig.DEFAULT);
		engine.serves(Peers.id(1));
		engine.lookup(Peers.bytes("key"), LookupConfig.DEFAULT);
		this.world.pass(Duration.ofMinutes(1));
		new FindPeer(engine, Peers.id(9), engine.promise()).start();
		this.world.pass(Duration.ofMinutes(1));
		search(engine, new Results()).cancel();
		assertThat(ended).hasSize(4).first().isEqualTo("closest_peers no_peers 0 0");
		assertThat(ended.get(1)).startsWith("closest_peers converged 0 ");
		assertThat(ended.get(2)).startsWith("find_peer converged 0 ");
		assertThat(ended.get(3)).startsWith("find_providers stopped 0 ");
	}

	private static final class Results implements SearchSink<AddrInfo> {

		private final List<AddrInfo> results = new ArrayList<>();

		private final List<String> ends = new ArrayList<>();

		@Override
		public boolean result(AddrInfo result) {
			this.results.add(result);
			return true;
		}

		@Override
		public void ended() {
			this.ends.add("ended");
		}

		@Override
		public void failed(Throwable cause) {
			this.ends.add(String.valueOf(cause.getMessage()));
		}

	}

	private static FindProviders search(KadEngine engine, Results results) {
		FindProviders search = new FindProviders(engine, Peers.bytes("key"), 0, results, new Random(1));
		engine.search(results, search::search);
		return search;
	}

	@Test
	void searchUnderWayFailsWhenTheInstanceCloses() {
		KadEngine engine = engine(AddressScope.HOST);
		engine.serves(Peers.id(1));
		Results results = new Results();
		search(engine, results);
		assertThat(results.ends).isEmpty();
		engine.close();
		assertThat(results.ends).singleElement().asString().contains("closed");
		Results late = new Results();
		search(engine, late);
		assertThat(late.ends).singleElement().asString().contains("closed");
	}

	@Test
	void oneSearchAndOneOperationTooManyAreRefused() {
		KadEngine engine = engine(AddressScope.HOST);
		engine.serves(Peers.id(1));
		List<Results> all = new ArrayList<>();
		for (int count = 0; count <= KadLimits.MAX_OPERATIONS; count++) {
			Results results = new Results();
			search(engine, results);
			all.add(results);
		}
		assertThat(all.get(KadLimits.MAX_OPERATIONS - 1).ends).isEmpty();
		assertThat(all.get(KadLimits.MAX_OPERATIONS).ends).singleElement().asString().contains("4096");
		List<Promise<Void>> operations = new ArrayList<>();
		for (int count = 0; count <= KadLimits.MAX_OPERATIONS; count++) {
			Promise<Void> operation = engine.promise();
			engine.operation(operation, () -> {
			});
			operations.add(operation);
		}
		assertThat(operations.get(KadLimits.MAX_OPERATIONS - 1).isDone()).isFalse();
		assertThat(operations.get(KadLimits.MAX_OPERATIONS).cause()).hasMessageContaining("4096");
	}

	@Test
	void sixtyStoresGoOnInTheBackgroundAndOneMoreIsWaitedFor() {
		KadEngine engine = engine(AddressScope.HOST);
		assertThat(engine.inBackground(KadEngine.MAX_BACKGROUND_STORES)).isTrue();
		assertThat(engine.inBackground(1)).isFalse();
		assertThat(engine.inBackground(0)).isTrue();
		assertThat(engine.inBackground(-1)).isTrue();
		assertThat(engine.inBackground(1)).isTrue();
	}

	@Test
	void noMoreProvidersAreHeldBackThanASearchDelivers() {
		int[] invented = { 1_000_000 };
		this.world.answers = (request) -> new KadMessage(request.type(), request.key(), null, List.of(),
				IntStream.range(0, 1000).mapToObj((index) -> KadPeer.of(Peers.id(invented[0]++), List.of())).toList());
		KadEngine engine = engine(AddressScope.HOST);
		IntStream.range(1, 15).forEach((number) -> engine.serves(Peers.id(number)));
		Results results = new Results();
		search(engine, results);
		this.world.pass(Duration.ofMinutes(2));
		assertThat(this.world.requests).hasSizeGreaterThan(10);
		assertThat(results.results).hasSize(KadLimits.MAX_SEARCH_RESULTS);
		assertThat(results.ends).containsExactly("ended");
	}

}
