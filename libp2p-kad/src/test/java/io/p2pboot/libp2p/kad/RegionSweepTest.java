package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Three servers, and a region that holds them all. */
class RegionSweepTest {

	private static final List<ByteBuffer> KEYS = IntStream.range(0, 5)
		.mapToObj((number) -> Peers.bytes("key" + number))
		.toList();

	/** Nearly: at its end nothing has just begun. */
	private static final Duration HOUR = Duration.ofMinutes(58).plusSeconds(17);

	private final World world = new World();

	private KadEngine engine;

	@BeforeEach
	void start() {
		this.engine = new KadEngine(Peers.id(0), Kademlia.builder("/test/kad/1.0.0").config(), this.world,
				Clock.systemUTC(), new Random(1));
		this.world.answers = this::answer;
		IntStream.rangeClosed(1, 3).forEach((number) -> this.engine.serves(Peers.id(number)));
		this.engine.running(true);
		this.world.pass(Duration.ofMinutes(1));
	}

	private KadMessage answer(KadMessage request) {
		return new KadMessage(request.type(), request.key(), null, List.of(Peers.peer(1), Peers.peer(2), Peers.peer(3)),
				List.of());
	}

	private void provide() {
		KEYS.forEach(this.engine.reprovider()::add);
		this.engine.reprovider().run();
	}

	private List<ByteBuffer> announced() {
		return this.world.requests.stream()
			.filter((request) -> request.type() == KadMessage.Type.ADD_PROVIDER)
			.map(KadMessage::key)
			.distinct()
			.toList();
	}

	private void assertIsProvided(ByteBuffer key, boolean provided) {
		assertThat(this.engine.providers().providers(KadKey.of(key), this.world.now).contains(Peers.id(0)))
			.isEqualTo(provided);
	}

	@Test
	void everyKeyOfTheRegionIsAnnounced() {
		this.world.own = Peers.peer(0).addresses();
		provide();
		this.world.pass(Duration.ofMinutes(1));
		assertThat(announced()).containsExactlyInAnyOrderElementsOf(KEYS);
		assertThat(this.engine.reprovider().sweeps()).isZero();
	}

	@Test
	void regionWhoseServersAllEndAtOnceHasEndedOnce() {
		provide();
		this.world.pass(HOUR);
		assertThat(announced()).as("nobody is told of a node without addresses").isEmpty();
		assertThat(this.engine.reprovider().sweeps()).isZero();
	}

	@Test
	void keyThatIsTakenBackWhileItsRegionIsExploredIsNotAnnounced() {
		this.world.own = Peers.peer(0).addresses();
		this.engine.reprovider().add(KEYS.get(0));
		this.engine.reprovider().run();
		this.engine.reprovider().remove(KEYS.get(0));
		this.world.pass(HOUR);
		assertThat(announced()).isEmpty();
		assertIsProvided(KEYS.get(0), false);
		assertThat(this.engine.reprovider().sweeps()).isZero();
	}

	@Test
	void keyThatIsTakenBackWhileServersAreToldIsToldToNobodyElse() {
		this.world.own = Peers.peer(0).addresses();
		provide();
		this.world.answers = (request) -> {
			if (request.type() == KadMessage.Type.ADD_PROVIDER) {
				KEYS.stream().filter((key) -> !key.equals(request.key())).forEach(this.engine.reprovider()::remove);
			}
			return answer(request);
		};
		this.world.pass(HOUR);
		assertThat(announced()).hasSize(1);
		assertIsProvided(announced().get(0), true);
		assertThat(this.engine.reprovider().sweeps()).isZero();
	}

}
