package io.p2pboot.libp2p.interop;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Helia, IPFS as a program in JavaScript, with a node of ours in its network: we serve as
 * the hop over which those find each other that know nobody but us. The same without us
 * tells whether the scenario is right. Nothing leaves this host.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HeliaTest {

	private static final String HELIA = "helia";

	/** The network of IPFS nodes that reach each other without the internet. */
	private static final String LAN = "/ipfs/lan/kad/1.0.0";

	private static final Duration PATIENCE = Duration.ofSeconds(40);

	private final List<StartedPeer> started = new ArrayList<>();

	@AfterEach
	void stop() {
		this.started.parallelStream().forEach(StartedPeer::close);
	}

	/** Starts several at once: that takes a second or two each. */
	private List<StartedPeer> helias(int count) {
		Stacks.require(HELIA);
		List<StartedPeer> all = IntStream.range(0, count)
			.parallel()
			.mapToObj((index) -> StartedPeer.start(HELIA, Map.of()))
			.toList();
		this.started.addAll(all);
		return all;
	}

	private StartedPeer ours() {
		StartedPeer ours = StartedPeer.start(Stacks.JAVA, Map.of("kad", Map.of("proto", LAN, "mode", "server")));
		this.started.add(ours);
		return ours;
	}

	/** One dials the other; both have each other in their tables then. */
	private static void meet(StartedPeer one, StartedPeer other) {
		one.dial(other);
		eventually("they have each other in their tables",
				() -> table(one).contains(other.id()) && table(other).contains(one.id()));
	}

	private static List<String> table(StartedPeer peer) {
		return peer.call("kadTable", Map.of()).path("peers").valueStream().map(JsonNode::stringValue).toList();
	}

	/** Gives a Helia a block to keep, and returns its hash. */
	private static String add(StartedPeer helia, String content) {
		return helia.call("add", Map.of("hex", hex(content))).path("key").stringValue();
	}

	private static void provide(StartedPeer peer, String key) {
		peer.call("kadProvide", Map.of("key", key, "timeout", PATIENCE.toMillis()));
	}

	private static List<String> providers(StartedPeer finder, String key, int count) {
		return finder.call("kadFindProviders", Map.of("key", key, "count", count, "timeout", PATIENCE.toMillis()))
			.path("providers")
			.valueStream()
			.map((found) -> found.path("peer").stringValue())
			.toList();
	}

	/** ADD_PROVIDER has no answer: who asks at once may ask before it is stored. */
	private static void awaitProvider(StartedPeer finder, String key, StartedPeer provider) {
		eventually(finder.peer().stack() + " finds what " + provider.peer().stack() + " provides",
				() -> providers(finder, key, 1).equals(List.of(provider.id())));
	}

	private static String fetch(StartedPeer helia, String key) {
		String hex = helia.call("fetch", Map.of("key", key, "timeout", PATIENCE.toMillis())).path("hex").stringValue();
		return new String(HexFormat.of().parseHex(hex), StandardCharsets.UTF_8);
	}

	private static String hex(String text) {
		return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
	}

	private static void eventually(String what, BooleanSupplier condition) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() > end) {
				throw new AssertionError("Not within " + PATIENCE + ": " + what);
			}
			LockSupport.parkNanos(50_000_000);
		}
	}

	/**
	 * What the one keeps, the other finds and fetches, though it knows the middle alone.
	 */
	private static void findsThroughTheMiddle(StartedPeer keeper, StartedPeer finder) {
		assertThat(finder.connections(keeper)).isEmpty();
		String content = "kept by " + keeper.id();
		String key = add(keeper, content);
		provide(keeper, key);
		awaitProvider(finder, key, keeper);
		assertThat(fetch(finder, key)).isEqualTo(content);
	}

	private static void onlyThisHostWasTalkedTo(List<StartedPeer> helias) {
		for (StartedPeer helia : helias) {
			assertThat(helia.call("conns", Map.of()).path("conns").valueStream())
				.allSatisfy((each) -> assertThat(each.path("addr").stringValue()).startsWith("/ip4/127.0.0.1/tcp/"));
		}
	}

	@Test
	void threeHeliasFindEachOthersContentThroughTheOneInTheMiddle() {
		List<StartedPeer> helias = helias(3);
		StartedPeer middle = helias.get(1);
		meet(helias.get(0), middle);
		meet(helias.get(2), middle);
		findsThroughTheMiddle(helias.get(0), helias.get(2));
		onlyThisHostWasTalkedTo(helias);
	}

	@Test
	void threeHeliasThatKnowUsAloneFindEachOthersContentAndOursAlsoWhenOneIsKilled() {
		StartedPeer ours = ours();
		List<StartedPeer> helias = helias(3);
		helias.forEach((helia) -> meet(helia, ours));
		findsThroughTheMiddle(helias.get(0), helias.get(1));
		everybodyFindsWhatEachProvides(ours, helias);

		String shared = "kept by two of which one is killed";
		String key = add(helias.get(0), shared);
		assertThat(add(helias.get(2), shared)).isEqualTo(key);
		provide(helias.get(0), key);
		provide(helias.get(2), key);
		eventually("both are found",
				() -> providers(ours, key, 20).containsAll(List.of(helias.get(0).id(), helias.get(2).id())));
		helias.get(2).peer().kill();
		assertThat(fetch(helias.get(1), key)).isEqualTo(shared);
		assertThat(providers(ours, key, 1)).hasSize(1);
		String later = add(helias.get(1), "kept after that");
		provide(helias.get(1), later);
		awaitProvider(helias.get(0), later, helias.get(1));
		awaitProvider(ours, later, helias.get(1));
		onlyThisHostWasTalkedTo(helias.subList(0, 2));
	}

	private static void everybodyFindsWhatEachProvides(StartedPeer ours, List<StartedPeer> helias) {
		List<StartedPeer> all = new ArrayList<>(helias);
		all.add(ours);
		for (StartedPeer provider : all) {
			String key = add(helias.get(0), "of " + provider.id());
			provide(provider, key);
			for (StartedPeer finder : all) {
				awaitProvider(finder, key, provider);
			}
		}
	}

}
