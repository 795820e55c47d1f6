package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What of an engine outlives its process, without any file. Case K33. */
class KadStateTest {

	private static final Instant START = Instant.parse("2026-11-30T12:00:00Z");

	private static final ByteBuffer KEY = Peers.bytes("/n/key");

	private final World world = new World();

	private Instant now = START;

	private KadEngine engine(AddrInfo... bootstrap) {
		KadConfig config = Kademlia.builder("/test/kad/1.0.0")
			.validator("n", new NumberedValidator())
			.bootstrap(List.of(bootstrap))
			.config();
		return new KadEngine(Peers.id(0), config, this.world, Clock.fixed(this.now, ZoneOffset.UTC), new Random(1));
	}

	private static List<byte[]> frames(KadEngine engine) {
		List<byte[]> frames = new ArrayList<>();
		engine.state().slices().forEach((slice) -> slice.writeTo(frames::add));
		return frames;
	}

	/** Another process: another clock that nobody can compare, and so much later. */
	private KadEngine restarted(List<byte[]> frames, Duration later, AddrInfo... bootstrap) throws DecodeException {
		this.now = this.now.plus(later);
		this.world.now += Duration.ofDays(1000).toNanos();
		KadEngine engine = engine(bootstrap);
		for (byte[] frame : frames) {
			StateFrames.decode(ByteBuffer.wrap(frame), engine.state().restorer());
		}
		return engine;
	}

	private static KadRecord record(long number) {
		return KadRecord.of(KEY, NumberedValidator.value(number));
	}

	private List<PeerId> providers(KadEngine engine) {
		return engine.providers().providers(Peers.key(7), this.world.now);
	}

	@Test
	void valuesAndProvidersAreKeptForWhatIsLeftOfTheirTime() throws Exception {
		KadEngine engine = engine();
		engine.requests().store(record(3), this.world.now);
		engine.providers().add(Peers.key(7), Peers.id(1), this.world.now);
		engine.providers().addOwn(Peers.key(7), Peers.id(0), this.world.now);
		KadEngine again = restarted(frames(engine), Duration.ofHours(47));
		assertThat(again.records().get(KadKey.of(KEY), this.world.now).map(KadRecord::value))
			.contains(NumberedValidator.value(3));
		assertThat(providers(again)).containsExactly(Peers.id(1), Peers.id(0));
		this.world.pass(Duration.ofMinutes(61));
		assertThat(again.records().get(KadKey.of(KEY), this.world.now)).isEmpty();
		assertThat(providers(again)).isEmpty();
	}

	@Test
	void whatHasExpiredMeanwhileIsNotTakenIn() throws Exception {
		KadEngine engine = engine();
		engine.requests().store(record(3), this.world.now);
		engine.providers().add(Peers.key(7), Peers.id(1), this.world.now);
		KadEngine again = restarted(frames(engine), Duration.ofHours(48));
		assertThat(again.records().size()).isZero();
		assertThat(again.providers().size()).isZero();
	}

	@Test
	void clockThatWasSetBackKeepsNothingForLongerThanTheUsualTime() throws Exception {
		KadEngine engine = engine();
		engine.requests().store(record(3), this.world.now);
		engine.providers().add(Peers.key(7), Peers.id(1), this.world.now);
		engine.reprovider().add(Peers.bytes("content"));
		KadEngine again = restarted(frames(engine), Duration.ofHours(-24));
		assertThat(again.providers().size()).isOne();
		this.world.pass(Duration.ofHours(48).plusMillis(1));
		assertThat(again.records().get(KadKey.of(KEY), this.world.now)).isEmpty();
		assertThat(providers(again)).isEmpty();
		assertThat(again.reprovider().schedule().lagNanos(this.world.now)).isPositive();
	}

	@Test
	void keysThatAreProvidedAreDueWhenTheyWouldHaveBeen() throws Exception {
		KadEngine engine = engine();
		ProvideSchedule schedule = engine.reprovider().schedule();
		for (int number = 0; number < 100; number++) {
			engine.reprovider().add(Peers.bytes("key " + number));
		}
		schedule.take(this.world.now, 100).forEach((key) -> schedule.announced(key, this.world.now));
		engine.reprovider().remove(Peers.bytes("key 99"));
		List<byte[]> frames = frames(engine);
		long half = Duration.ofHours(11).toNanos();
		List<ByteBuffer> expected = schedule.take(this.world.now + half, 100);
		assertThat(expected).hasSizeBetween(20, 80);

		KadEngine again = restarted(frames, Duration.ofHours(11));
		ProvideSchedule restored = again.reprovider().schedule();
		assertThat(restored.size()).isEqualTo(99);
		assertThat(restored.take(this.world.now, 100)).containsExactlyInAnyOrderElementsOf(expected);
		long cycleTold = schedule.startNanos();
		assertThat(Math.floorMod(this.world.now - restored.startNanos(), Duration.ofHours(22).toNanos()))
			.as("the cycle goes on")
			.isEqualTo(half + Math.floorMod(-cycleTold, Duration.ofHours(22).toNanos()));
	}

	@Test
	void everyChangeIsTold() throws Exception {
		KadEngine engine = engine();
		List<byte[]> told = new ArrayList<>();
		engine.state().tell(told::add);
		engine.requests().store(record(3), this.world.now);
		engine.requests().store(record(4), this.world.now);
		engine.providers().add(Peers.key(7), Peers.id(1), this.world.now);
		engine.providers().addOwn(Peers.key(7), Peers.id(0), this.world.now);
		engine.providers().remove(Peers.key(7), Peers.id(0));
		engine.reprovider().add(Peers.bytes("stays"));
		engine.reprovider().add(Peers.bytes("goes"));
		engine.reprovider().remove(Peers.bytes("goes"));
		KadEngine again = restarted(told, Duration.ofMinutes(1));
		assertThat(again.records().get(KadKey.of(KEY), this.world.now).map(KadRecord::value))
			.contains(NumberedValidator.value(4));
		assertThat(providers(again)).containsExactly(Peers.id(1));
		assertThat(again.reprovider().schedule().take(this.world.now, 10)).containsExactly(Peers.bytes("stays"));
	}

	// The table.

	private List<byte[]> framesWithTable(int peers) {
		KadEngine engine = engine();
		for (int number = 1; number <= peers; number++) {
			this.world.addresses.put(Peers.id(number), Peers.peer(number).addresses());
			engine.serves(Peers.id(number));
		}
		List<byte[]> frames = frames(engine);
		this.world.addresses.clear();
		return frames;
	}

	@Test
	void whoWasInTheTableIsAskedFirstAndGetsAPlaceOnceItAnswers() throws Exception {
		AddrInfo bootstrap = new AddrInfo(Peers.id(100), Peers.peer(100).addresses());
		KadEngine again = restarted(framesWithTable(5), Duration.ofHours(1), bootstrap);
		this.world.answers = (request) -> new KadMessage(request.type(), ByteBuffer.allocate(0), null,
				List.of(Peers.peer(2)), List.of());
		again.running(true);
		assertThat(again.table().size()).as("until they answer").isZero();
		this.world.pass(Duration.ofSeconds(10));
		assertThat(this.world.kept).containsEntry(Peers.id(3), Peers.peer(3).addresses());
		assertThat(this.world.asked).contains(Peers.id(1), Peers.id(5)).doesNotContain(Peers.id(100));
		assertThat(again.table().size()).isEqualTo(5);
	}

	@Test
	void whenNoneOfThemAnswersTheBootstrapPeersAreAsked() throws Exception {
		AddrInfo bootstrap = new AddrInfo(Peers.id(100), Peers.peer(100).addresses());
		KadEngine again = restarted(framesWithTable(5), Duration.ofHours(1), bootstrap);
		again.running(true);
		this.world.pass(Duration.ofSeconds(5));
		assertThat(this.world.asked).doesNotContain(Peers.id(100));
		this.world.pass(Duration.ofSeconds(20));
		assertThat(this.world.asked).contains(Peers.id(100));
	}

	private static List<PeerId> remembered(KadEngine engine) {
		return engine.state().remembered().stream().map(AddrInfo::id).toList();
	}

	@Test
	void tableIsRememberedOverStartsInWhichNobodyCouldBeReached() throws Exception {
		KadEngine engine = engine();
		engine.serves(Peers.id(1));
		engine.serves(Peers.id(2));
		KadEngine cutOff = restarted(frames(engine), Duration.ofMinutes(1));
		KadEngine stillCutOff = restarted(frames(cutOff), Duration.ofMinutes(1));
		KadEngine again = restarted(frames(stillCutOff), Duration.ofMinutes(1));
		assertThat(remembered(again)).containsExactlyInAnyOrder(Peers.id(1), Peers.id(2));
		again.serves(Peers.id(3));
		List<byte[]> told = new ArrayList<>(frames(again));
		again.state().describeTable(told::add);
		assertThat(remembered(restarted(told, Duration.ofDays(-1000)))).as("two newer tables take its place")
			.containsExactly(Peers.id(3));
	}

	@Test
	void tableIsWrittenThoughTheClockWasSetBack() throws Exception {
		KadEngine engine = engine();
		engine.serves(Peers.id(1));
		KadEngine again = restarted(frames(engine), Duration.ofDays(-2));
		again.serves(Peers.id(2));
		List<byte[]> told = frames(again);
		again.state().describeTable(told::add);
		assertThat(remembered(restarted(told, Duration.ZERO))).containsExactly(Peers.id(2));
	}

	@Test
	void newestTwoTablesAreRemembered() throws Exception {
		List<byte[]> frames = new ArrayList<>();
		for (int number = 1; number <= 3; number++) {
			Multiaddr address = Multiaddr.parse("/ip4/127.0.0.1/tcp/" + number);
			frames.add(StateFrames.inTable(new AddrInfo(Peers.id(number), List.of(address)), 1000 * number));
		}
		KadEngine again = restarted(frames, Duration.ZERO);
		assertThat(again.state().remembered()).extracting(AddrInfo::id).containsExactly(Peers.id(3), Peers.id(2));
	}

	@Test
	void internetInstanceTakesNoPrivateAddressOutOfTheFile() throws Exception {
		KadConfig config = Kademlia.builder("/test/kad/1.0.0").addressScope(AddressScope.INTERNET).config();
		KadEngine engine = new KadEngine(Peers.id(0), config, this.world, Clock.systemUTC(), new Random(1));
		StateFrames.decode(
				ByteBuffer.wrap(StateFrames
					.inTable(new AddrInfo(Peers.id(1), List.of(Multiaddr.parse("/ip4/192.168.1.1/tcp/1"))), 0)),
				engine.state().restorer());
		engine.running(true);
		assertThat(this.world.kept.get(Peers.id(1))).isEmpty();
	}

	// Frames.

	@Test
	void frameThatEndsEarlyIsRefusedAtEveryByte() throws Exception {
		KadRecord record = new KadRecord(KEY, NumberedValidator.value(1), Peers.bytes("when"), Peers.bytes("who"), 77);
		List<byte[]> frames = List.of(StateFrames.value(record, 1), StateFrames.provider(Peers.key(1), Peers.id(2), 3),
				StateFrames.providerRemoved(Peers.key(1), Peers.id(2)), StateFrames.provided(Peers.bytes("key"), 4),
				StateFrames.providedNoMore(Peers.bytes("key")), StateFrames.cycle(5));
		StateFrames.Taker taker = engine().state().restorer();
		for (byte[] frame : frames) {
			StateFrames.decode(ByteBuffer.wrap(frame), taker);
			for (int length = 0; length < frame.length; length++) {
				ByteBuffer part = ByteBuffer.wrap(frame, 0, length);
				assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> StateFrames.decode(part, taker));
			}
		}
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> StateFrames.decode(ByteBuffer.allocate(20), taker))
			.withMessageContaining("unknown kind 0");
	}

}
