package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Each limit at its bound and one past it, and 100,000 random operations beside a model.
 */
class ResourceManagerTest {

	private static final int OPERATIONS = 100_000;

	/**
	 * So many are open that all limits are met, and no more: each operation adds all up.
	 */
	private static final int MOST_OPEN = 40;

	private static final ConnectionLimits LIMITS = new ConnectionLimits(4, 2, 3, 2, 1, 1 << 20);

	private static final Multiaddr LOCAL = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	private static final Multiaddr REMOTE = Multiaddr.parse("/ip4/192.0.2.2/tcp/2");

	private static final List<PeerId> PEERS = IntStream.range(0, 5)
		.mapToObj((index) -> PeerId.of(PrivateKey.generate().publicKey()))
		.toList();

	private final List<LimitExceeded> refusals = new ArrayList<>();

	private final UnreadMemory memory = new UnreadMemory(1 << 20);

	private final ResourceManager resources = new ResourceManager(LIMITS, AddressLimits.NONE, ConnectionGater.ALL,
			this.memory, System::nanoTime, new ResourceManager.Listener() {
				@Override
				public void refused(LimitExceeded refusal) {
					ResourceManagerTest.this.refusals.add(refusal);
				}
			});

	private final List<ConnectionScope> open = new ArrayList<>();

	@AfterEach
	void nothingIsLeftOnceAllHaveEnded() {
		this.open.forEach(ConnectionScope::close);
		assertThat(this.resources.usage()).isEqualTo(ResourceUsage.NOTHING);
		assertThat(this.memory.left()).isEqualTo(1 << 20);
		assertThat(this.memory.holders()).isZero();
	}

	private ConnectionScope open(Direction direction) throws LimitExceeded, ConnectionBlocked {
		ConnectionScope scope = this.resources.open(direction, LOCAL, REMOTE, () -> {
		});
		this.open.add(scope);
		return scope;
	}

	private ConnectionScope secured(Direction direction, int peer) throws LimitExceeded, ConnectionBlocked {
		ConnectionScope scope = open(direction);
		scope.secured(PEERS.get(peer));
		return scope;
	}

	private void refused(String limit, long maximum, Attempt attempt) {
		int before = this.refusals.size();
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(attempt::run).satisfies((refusal) -> {
			assertThat(refusal.limit()).isEqualTo(limit);
			assertThat(refusal.value()).isEqualTo(maximum + 1);
			assertThat(refusal.maximum()).isEqualTo(maximum);
			assertThat(this.refusals).hasSize(before + 1).contains(refusal);
		});
	}

	private interface Attempt {

		void run() throws LimitExceeded, ConnectionBlocked;

	}

	@Test
	void asManyInboundHandshakesRunAsAllowedAndNotOneMore() throws Exception {
		for (int i = 0; i < 3; i++) {
			open(Direction.INBOUND);
		}
		refused(ResourceManager.INBOUND_UPGRADING, 3, () -> open(Direction.INBOUND));
		open(Direction.OUTBOUND);
		this.open.get(0).close();
		open(Direction.INBOUND).secured(PEERS.get(0));
		open(Direction.INBOUND);
		assertThat(this.resources.usage().inboundHandshakes()).isEqualTo(3);
		assertThat(this.resources.usage().outboundHandshakes()).isEqualTo(1);
	}

	@Test
	void asManyConnectionsStandAsAllowedAndNotOneMore() throws Exception {
		ConnectionScope late = open(Direction.INBOUND);
		for (int i = 0; i < 4; i++) {
			secured((i % 2 == 0) ? Direction.INBOUND : Direction.OUTBOUND, i);
		}
		refused(ResourceManager.CONNECTIONS, 4, () -> open(Direction.INBOUND));
		refused(ResourceManager.CONNECTIONS, 4, () -> late.secured(PEERS.get(4)));
		assertThat(late.peer()).isEmpty();
		this.open.get(1).close();
		late.secured(PEERS.get(4));
		assertThat(late.peer()).hasValue(PEERS.get(4));
		assertThat(this.resources.usage().inboundConnections()).isEqualTo(2);
	}

	@Test
	void aFullTableMakesRoomForADialAsLongAsSomebodyHasOpenedAConnection() throws Exception {
		for (int i = 0; i < 4; i++) {
			secured((i < 2) ? Direction.INBOUND : Direction.OUTBOUND, i);
		}
		this.open.get(0).openStream(Direction.INBOUND);
		secured(Direction.OUTBOUND, 4);
		assertThat(this.open.get(0).streams(Direction.INBOUND)).as("the idle one goes first").isOne();
		assertThat(this.resources.usage().inboundConnections()).isOne();
		refused(ResourceManager.CONNECTIONS, 4, () -> secured(Direction.OUTBOUND, 1));
		this.open.get(0).closeStream(Direction.INBOUND);
		secured(Direction.OUTBOUND, 1);
		assertThat(this.resources.usage().outboundConnections()).isEqualTo(4);
		refused(ResourceManager.CONNECTIONS, 4, () -> secured(Direction.OUTBOUND, 0));
	}

	@Test
	void asManyConnectionsOfAPeerStandAsAllowedAndNotOneMore() throws Exception {
		secured(Direction.INBOUND, 0);
		secured(Direction.OUTBOUND, 0);
		refused(ResourceManager.CONNECTIONS_PER_PEER, 2, () -> secured(Direction.INBOUND, 0));
		secured(Direction.INBOUND, 1);
		this.open.get(0).close();
		secured(Direction.INBOUND, 0);
		assertThat(this.resources.usage().peers()).isEqualTo(2);
	}

	@Test
	void asManyInboundStreamsAreOpenAsAllowedAndNotOneMore() throws Exception {
		ConnectionScope scope = secured(Direction.INBOUND, 0);
		scope.openStream(Direction.INBOUND);
		scope.openStream(Direction.INBOUND);
		refused(ResourceManager.INBOUND_STREAMS, 2, () -> scope.openStream(Direction.INBOUND));
		for (int i = 0; i < 100; i++) {
			scope.openStream(Direction.OUTBOUND);
		}
		scope.closeStream(Direction.INBOUND);
		scope.openStream(Direction.INBOUND);
		assertThat(scope.streams(Direction.INBOUND)).isEqualTo(2);
		assertThat(this.resources.usage().outboundStreams()).isEqualTo(100);
	}

	@Test
	void bytesCountForTheConnectionTheNodeAndTheProcess() throws Exception {
		ConnectionScope scope = secured(Direction.INBOUND, 0);
		scope.reserve(700_000);
		assertThat(scope.isMemorySpent()).isFalse();
		scope.reserve((1 << 20) - 700_000);
		assertThat(scope.isMemorySpent()).isTrue();
		assertThat(scope.allowedBytes()).isEqualTo(1 << 19);
		assertThat(this.resources.usage().unreadBytes()).isEqualTo(1 << 20);
		scope.release(1 << 20);
		assertThat(scope.reservedBytes()).isZero();
		assertThatIllegalStateException().isThrownBy(() -> scope.release(1));
	}

	@Test
	void whatComesAfterTheEndCountsForNothing() throws Exception {
		ConnectionScope scope = open(Direction.INBOUND);
		scope.openStream(Direction.OUTBOUND);
		scope.reserve(5);
		scope.close();
		scope.close();
		scope.secured(PEERS.get(0));
		scope.openStream(Direction.INBOUND);
		scope.closeStream(Direction.OUTBOUND);
		scope.reserve(5);
		scope.release(10);
		assertThat(scope.streams(Direction.OUTBOUND)).isZero();
		assertThat(this.resources.usage()).isEqualTo(ResourceUsage.NOTHING);
		assertThat(this.refusals).isEmpty();
	}

	@Test
	void aPeerIsSaidOnceOnly() throws Exception {
		ConnectionScope scope = secured(Direction.INBOUND, 0);
		assertThatIllegalStateException().isThrownBy(() -> scope.secured(PEERS.get(0)));
		assertThatIllegalStateException().isThrownBy(() -> scope.closeStream(Direction.INBOUND));
	}

	// B17
	@Test
	void aHundredThousandRandomOperationsAgreeWithAModel() {
		Random random = new Random(17);
		List<Model> models = new ArrayList<>();
		int refused = 0;
		for (int i = 0; i < OPERATIONS; i++) {
			boolean expected = true;
			boolean done = true;
			Direction direction = random.nextBoolean() ? Direction.INBOUND : Direction.OUTBOUND;
			int kind = random.nextInt(8);
			Model model = models.isEmpty() ? null : models.get(random.nextInt(models.size()));
			if (kind == 0 || model == null) {
				expected = direction == Direction.OUTBOUND || mayOpen(models);
				Optional<ConnectionScope> scope = tryOpen(direction);
				done = scope.isPresent();
				scope.ifPresent((opened) -> models.add(new Model(opened)));
			}
			else if (kind == 1 && model.peer.isEmpty()) {
				PeerId peer = PEERS.get(random.nextInt(PEERS.size()));
				Optional<Model> makesRoom = makesRoom(models, model);
				expected = maySecure(models, peer, makesRoom);
				done = succeeds(() -> model.scope.secured(peer));
				if (done) {
					makesRoom.ifPresent(models::remove);
					model.peer = Optional.of(peer);
					model.securedAt = i;
				}
			}
			else if (kind == 2 || kind == 3) {
				expected = direction == Direction.OUTBOUND || model.streams(direction) < 2;
				done = succeeds(() -> model.scope.openStream(direction));
				model.streams[direction.ordinal()] += done ? 1 : 0;
			}
			else if (kind == 4 && model.streams(direction) > 0) {
				model.scope.closeStream(direction);
				model.streams[direction.ordinal()]--;
			}
			else if (kind == 5) {
				int bytes = random.nextInt(1000);
				model.scope.reserve(bytes);
				model.bytes += bytes;
			}
			else if (kind == 6) {
				int bytes = random.nextInt(model.bytes + 1);
				model.scope.release(bytes);
				model.bytes -= bytes;
			}
			else if (kind == 7 && (models.size() > MOST_OPEN || random.nextInt(4) == 0)) {
				model.scope.close();
				models.remove(model);
			}
			assertThat(done).as("operation %d of kind %d", i, kind).isEqualTo(expected);
			refused += done ? 0 : 1;
			assertThat(this.resources.usage()).as("after operation %d of kind %d", i, kind).isEqualTo(usage(models));
		}
		models.forEach((model) -> model.scope.close());
		assertThat(this.refusals).hasSize(refused);
		System.out.println("B17: " + OPERATIONS + " operations, " + refused + " refused");
		assertThat(refused).isGreaterThan(OPERATIONS / 100);
	}

	private Optional<ConnectionScope> tryOpen(Direction direction) {
		try {
			return Optional.of(this.resources.open(direction, LOCAL, REMOTE, () -> {
			}));
		}
		catch (LimitExceeded | ConnectionBlocked ex) {
			return Optional.empty();
		}
	}

	private static boolean succeeds(Attempt attempt) {
		try {
			attempt.run();
			return true;
		}
		catch (LimitExceeded | ConnectionBlocked ex) {
			return false;
		}
	}

	private static boolean isFull(List<Model> models) {
		return models.stream().filter((model) -> model.peer.isPresent()).count() == 4;
	}

	private static boolean mayOpen(List<Model> models) {
		long handshakes = models.stream().filter((model) -> model.is(Direction.INBOUND, false)).count();
		return handshakes < (isFull(models) ? 1 : 3);
	}

	private static boolean maySecure(List<Model> models, PeerId peer, Optional<Model> makesRoom) {
		return (!isFull(models) || makesRoom.isPresent())
				&& models.stream().filter((model) -> model.peer.equals(Optional.of(peer))).count() < 2;
	}

	private static Optional<Model> makesRoom(List<Model> models, Model wants) {
		if (!isFull(models) || wants.scope.direction() == Direction.INBOUND) {
			return Optional.empty();
		}
		List<Model> held = models.stream()
			.filter((model) -> model.is(Direction.INBOUND, true))
			.sorted(Comparator.comparingInt((model) -> model.securedAt))
			.toList();
		Optional<Model> idle = held.stream().filter((model) -> model.streams[0] + model.streams[1] == 0).findFirst();
		return (idle.isPresent() || held.size() < 2) ? idle : Optional.of(held.get(0));
	}

	private static ResourceUsage usage(List<Model> models) {
		return new ResourceUsage(models.stream().filter((model) -> model.is(Direction.INBOUND, false)).count(),
				models.stream().filter((model) -> model.is(Direction.OUTBOUND, false)).count(),
				models.stream().filter((model) -> model.is(Direction.INBOUND, true)).count(),
				models.stream().filter((model) -> model.is(Direction.OUTBOUND, true)).count(),
				(int) models.stream().flatMap((model) -> model.peer.stream()).distinct().count(),
				models.stream().anyMatch((model) -> model.scope.direction() == Direction.INBOUND) ? 1 : 0,
				models.stream().mapToLong((model) -> model.streams(Direction.INBOUND)).sum(),
				models.stream().mapToLong((model) -> model.streams(Direction.OUTBOUND)).sum(),
				models.stream().mapToLong((model) -> model.bytes).sum());
	}

	/** What a scope should use. */
	private static final class Model {

		private final ConnectionScope scope;

		private final int[] streams = new int[Direction.values().length];

		private Optional<PeerId> peer = Optional.empty();

		private int bytes;

		private int securedAt;

		Model(ConnectionScope scope) {
			this.scope = scope;
		}

		int streams(Direction direction) {
			return this.streams[direction.ordinal()];
		}

		boolean is(Direction direction, boolean secured) {
			return this.scope.direction() == direction && this.peer.isPresent() == secured;
		}

	}

}
