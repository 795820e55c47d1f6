package io.p2pboot.libp2p.swarm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.swarm.DialRanking.Trust;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Which dial begins when, at every tick. */
class DialRaceTest {

	private static final long MILLI = 1_000_000;

	/** Close to where {@link System#nanoTime} turns negative. */
	private static final long START = Long.MAX_VALUE - 700 * MILLI;

	private long now = START;

	private DialRace race = new DialRace(START);

	private void add(String... addresses) {
		add(Trust.TOLD_BY_THE_PEER, Stream.of(addresses).map(Multiaddr::parse).toList());
	}

	private void add(Trust trust, List<Multiaddr> addresses) {
		Map<Multiaddr, Trust> trusts = new HashMap<>();
		addresses.forEach((address) -> trusts.put(address, trust));
		this.race.add(DialRanking.rank(addresses, trusts), this.now);
	}

	private List<String> begin() {
		return this.race.begin(this.now).stream().map(Multiaddr::toString).toList();
	}

	/**
	 * Lets time pass, millisecond by millisecond, and says what begins when: only when
	 * the race said that it would.
	 */
	private List<String> begunWithin(Duration time) {
		List<String> begun = new ArrayList<>();
		long change = this.now;
		for (long milli = 0; milli <= time.toMillis(); milli++) {
			List<String> beginning = begin();
			assertThat(beginning.isEmpty() || this.now == change).isTrue();
			beginning.forEach((address) -> begun.add(sinceStart() + " " + address));
			OptionalLong next = this.race.nextChange(this.now);
			change = this.now + next.orElse(Long.MAX_VALUE / 2);
			this.now += MILLI;
		}
		return begun;
	}

	private long sinceStart() {
		return (this.now - START) / MILLI;
	}

	private static List<Multiaddr> deaf(int count, String above) {
		return IntStream.rangeClosed(1, count)
			.mapToObj((index) -> Multiaddr.parse("/ip4/198.18.7." + index + above))
			.toList();
	}

	static Stream<Arguments> deafAddresses() {
		return Stream.of("/tcp/1", "/udp/1/quic-v1")
			.flatMap((good) -> Stream.of(Arguments.of(8, "/udp/1/quic-v1", good), Arguments.of(8, "/tcp/1", good),
					Arguments.of(20, "/udp/1/quic-v1", good), Arguments.of(20, "/tcp/1", good)));
	}

	@ParameterizedTest
	@MethodSource("deafAddresses")
	void theGoodAddressBeginsWithinTwoSecondsHoweverManyAreDeaf(int count, String above, String good) {
		List<Multiaddr> addresses = new ArrayList<>(deaf(count, above));
		addresses.add(Multiaddr.parse("/ip4/203.0.113.1" + good));
		add(Trust.HEARSAY, addresses);
		assertThat(begunWithin(Duration.ofMillis(1_900))).anyMatch((begun) -> begun.contains("/ip4/203.0.113.1"));
	}

	@Test
	void aDialBeginsWhenItIsDueAndNoneBefore() {
		add("/ip4/203.0.113.1/tcp/1", "/ip6/2600::1/udp/1/quic-v1", "/ip4/203.0.113.1/udp/1/quic-v1");
		assertThat(begunWithin(Duration.ofMillis(900))).containsExactly("0 /ip6/2600::1/udp/1/quic-v1",
				"250 /ip4/203.0.113.1/udp/1/quic-v1", "500 /ip4/203.0.113.1/tcp/1");
	}

	@Test
	void whereNothingIsWaitedForTheNextBeginsAtOnce() {
		add("/ip4/203.0.113.1/tcp/1", "/ip4/203.0.113.2/tcp/1");
		assertThat(begin()).containsExactly("/ip4/203.0.113.1/tcp/1");
		this.now += MILLI;
		assertThat(begin()).isEmpty();
		this.race.ended(Multiaddr.parse("/ip4/203.0.113.1/tcp/1"));
		assertThat(begin()).containsExactly("/ip4/203.0.113.2/tcp/1");
	}

	@Test
	void noMoreDialsHoldAPlaceThanThereAre() {
		add(Trust.HEARSAY, deaf(DialRace.MAX_PLACES + 1, "/tcp/1"));
		assertThat(begunWithin(Duration.ofMillis(998))).hasSize(DialRace.MAX_PLACES);
		assertThat(begin()).isEmpty();
	}

	@Test
	void aDialThatEndsGivesItsPlaceToTheNext() {
		add(Trust.HEARSAY, deaf(DialRace.MAX_PLACES + 1, "/tcp/1"));
		begunWithin(Duration.ofMillis(600));
		this.race.ended(Multiaddr.parse("/ip4/198.18.7.3/tcp/1"));
		assertThat(begin()).containsExactly("/ip4/198.18.7.9/tcp/1");
	}

	@Test
	void aDeafDialGivesUpItsPlaceAndLendsOne() {
		add(Trust.HEARSAY, deaf(20, "/tcp/1"));
		List<String> begun = begunWithin(Duration.ofMillis(1_100));
		assertThat(begun).hasSize(DialRace.MAX_PLACES + 2);
		assertThat(begun.subList(DialRace.MAX_PLACES, begun.size())).allMatch((each) -> each.startsWith("1000 "));
	}

	@Test
	void noMoreDialsThanTheLimitAreUnderWay() {
		add(Trust.HEARSAY, deaf(DialRace.MAX_DIALS + 1, "/tcp/1"));
		assertThat(begunWithin(Duration.ofSeconds(30))).hasSize(DialRace.MAX_DIALS);
		assertThat(this.race.nextChange(this.now)).isEmpty();
		this.race.ended(Multiaddr.parse("/ip4/198.18.7.1/tcp/1"));
		assertThat(begin()).hasSize(1);
	}

	@Test
	void aPlaceThatIsFreeGoesToTheKindOfWhichTheFewestAreUnderWay() {
		List<Multiaddr> addresses = new ArrayList<>(deaf(20, "/udp/1/quic-v1"));
		addresses.add(Multiaddr.parse("/ip4/198.18.7.1/tcp/1"));
		add(Trust.HEARSAY, addresses);
		assertThat(begunWithin(Duration.ofMillis(1_000))).element(DialRace.MAX_PLACES)
			.isEqualTo("1000 /ip4/198.18.7.1/tcp/1");
	}

	@Test
	void itIsQuietWhenNothingWaitsAndEverythingIsDeaf() {
		assertThat(this.race.isQuiet(this.now)).isTrue();
		add("/ip4/203.0.113.1/tcp/1");
		assertThat(this.race.isQuiet(this.now)).isFalse();
		begin();
		this.now += DialRace.DEAF_AFTER.toNanos() - 1;
		assertThat(this.race.isQuiet(this.now)).isFalse();
		assertThat(this.race.nextChange(this.now)).hasValue(1);
		assertThat(this.race.isDeaf(Multiaddr.parse("/ip4/203.0.113.1/tcp/1"), this.now)).isFalse();
		this.now++;
		assertThat(this.race.isQuiet(this.now)).isTrue();
		assertThat(this.race.isDeaf(Multiaddr.parse("/ip4/203.0.113.1/tcp/1"), this.now)).isTrue();
		assertThat(this.race.isOver()).isFalse();
		this.race.ended(Multiaddr.parse("/ip4/203.0.113.1/tcp/1"));
		assertThat(this.race.isOver()).isTrue();
		assertThat(this.race.nextChange(this.now)).isEmpty();
	}

	@Test
	void addressesThatComeLaterWaitForTheirOwnTime() {
		add("/ip4/203.0.113.1/tcp/1");
		assertThat(begunWithin(Duration.ofMillis(99))).hasSize(1);
		add("/ip4/203.0.113.2/tcp/1", "/ip4/203.0.113.3/tcp/1");
		assertThat(begunWithin(Duration.ofMillis(500))).containsExactly("100 /ip4/203.0.113.2/tcp/1",
				"350 /ip4/203.0.113.3/tcp/1");
	}

	/** Whatever happens: it begins each address once, and says when to come again. */
	@Test
	void everyAddressBeginsOnceWhateverEndsWhen() {
		Random random = new Random(7);
		for (int round = 0; round < 200; round++) {
			this.now = START;
			this.race = new DialRace(START);
			List<Multiaddr> addresses = new ArrayList<>(deaf(random.nextInt(40), "/tcp/1"));
			addresses.addAll(deaf(random.nextInt(40), "/udp/1/quic-v1"));
			add(Trust.HEARSAY, addresses);
			List<Multiaddr> begun = new ArrayList<>();
			List<Multiaddr> flying = new ArrayList<>();
			while (!this.race.isOver()) {
				List<Multiaddr> now = this.race.begin(this.now);
				begun.addAll(now);
				flying.addAll(now);
				assertThat(flying).hasSizeLessThanOrEqualTo(DialRace.MAX_DIALS);
				OptionalLong next = this.race.nextChange(this.now);
				if (next.isPresent() && random.nextInt(3) > 0) {
					assertThat(next.getAsLong()).isPositive();
					this.now += next.getAsLong();
				}
				else {
					assertThat(flying).isNotEmpty();
					this.race.ended(flying.remove(random.nextInt(flying.size())));
				}
			}
			assertThat(begun).containsExactlyInAnyOrderElementsOf(addresses);
		}
	}

}
