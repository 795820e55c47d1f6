package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.ScopeUsage;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * 100,000 random operations beside a model.
 */
class ResourceModelTest extends ResourceSuite {

	private static final int OPERATIONS = 100_000;

	/**
	 * So many are open that all limits are met, and no more: each operation adds all up.
	 */
	private static final int MOST_OPEN = 40;

	/** More than there are streams, so that both are seen in one number. */
	private static final long MEMORY = 1_000_000;

	private final Random random = new Random(17);

	private final List<Model> models = new ArrayList<>();

	private boolean expected;

	private boolean done;

	// B17
	@Test
	void aHundredThousandRandomOperationsAgreeWithAModel() {
		int refused = 0;
		for (int i = 0; i < OPERATIONS; i++) {
			this.expected = true;
			this.done = true;
			int kind = this.random.nextInt(11);
			Model model = this.models.isEmpty() ? null : this.models.get(this.random.nextInt(this.models.size()));
			if (kind == 0 || model == null) {
				open();
			}
			else if (kind == 1 && model.peer.isEmpty()) {
				secure(model, i);
			}
			else {
				use(model, kind);
			}
			assertThat(this.done).as("operation %d of kind %d", i, kind).isEqualTo(this.expected);
			refused += this.done ? 0 : 1;
			assertThat(this.resources.usage()).as("after operation %d of kind %d", i, kind)
				.isEqualTo(usage(this.models));
			assertThat(served(this.resources.scopes(0))).as("after operation %d of kind %d", i, kind)
				.isEqualTo(served(this.models));
		}
		this.models.forEach((model) -> model.scope.close());
		assertThat(this.refusals).hasSize(refused);
		System.out.println("B17: " + OPERATIONS + " operations, " + refused + " refused");
		assertThat(refused).isGreaterThan(OPERATIONS / 100);
	}

	private Direction direction() {
		return this.random.nextBoolean() ? Direction.INBOUND : Direction.OUTBOUND;
	}

	private void open() {
		Direction direction = direction();
		this.expected = direction == Direction.OUTBOUND || mayOpen(this.models);
		Optional<ConnectionScope> scope = tryOpen(direction);
		this.done = scope.isPresent();
		scope.ifPresent((opened) -> this.models.add(new Model(opened)));
	}

	private void secure(Model model, int time) {
		PeerId peer = PEERS.get(this.random.nextInt(PEERS.size()));
		Optional<Model> makesRoom = makesRoom(this.models, model);
		this.expected = maySecure(this.models, peer, makesRoom);
		this.done = succeeds(() -> model.scope.secured(peer));
		if (this.done) {
			makesRoom.ifPresent(this.models::remove);
			model.peer = Optional.of(peer);
			model.securedAt = time;
		}
	}

	private void use(Model model, int kind) {
		if (kind == 2 || kind == 3) {
			Direction direction = direction();
			this.expected = mayOpenStream(this.models, model, direction);
			this.done = succeeds(
					() -> model.open.add(new ModelStream(model.scope.openStream(direction), direction, model.peer)));
		}
		else if (kind == 4 && !model.open.isEmpty()) {
			model.open.remove(this.random.nextInt(model.open.size())).scope.close();
		}
		else if (kind == 5) {
			int bytes = this.random.nextInt(1000);
			model.scope.reserve(bytes);
			model.bytes += bytes;
		}
		else if (kind == 6) {
			int bytes = this.random.nextInt(model.bytes + 1);
			model.scope.release(bytes);
			model.bytes -= bytes;
		}
		else if (kind == 7 && (this.models.size() > MOST_OPEN || this.random.nextInt(4) == 0)) {
			model.scope.close();
			this.models.remove(model);
		}
		else if (kind == 8 && !model.open.isEmpty()) {
			serve(model, model.open.get(this.random.nextInt(model.open.size())));
		}
		else if (kind > 8 && !model.open.isEmpty()) {
			hold(model.open.get(this.random.nextInt(model.open.size())), kind == 9);
		}
	}

	private void hold(ModelStream stream, boolean more) {
		int bytes = this.random.nextInt(more ? 1000 : stream.bytes + 1);
		if (more) {
			stream.scope.reserve(bytes);
		}
		else {
			stream.scope.release(bytes);
		}
		stream.bytes += more ? bytes : -bytes;
	}

	private void serve(Model model, ModelStream stream) {
		ProtocolPath path = PROTOCOLS.get(this.random.nextInt(PROTOCOLS.size()));
		if (stream.protocol.isEmpty()) {
			this.expected = mayServe(this.models, model, stream.direction, path);
			this.done = succeeds(() -> stream.scope.protocol(path));
			stream.protocol = this.done ? Optional.of(path) : Optional.empty();
			stream.servedPeer = model.peer;
		}
	}

	private static long count(List<Model> models, Predicate<Model> which, Direction direction,
			Predicate<ModelStream> streams) {
		return models.stream()
			.filter(which)
			.flatMap((model) -> model.open.stream())
			.filter((stream) -> stream.direction == direction)
			.filter(streams)
			.count();
	}

	private static boolean isBelow(long count, Limit limit, Direction direction) {
		return count < ((direction == Direction.INBOUND) ? limit.inbound() : limit.outbound());
	}

	private static boolean mayOpenStream(List<Model> models, Model model, Direction direction) {
		boolean connection = direction == Direction.OUTBOUND || model.streams(direction) < 2;
		boolean system = isBelow(count(models, (any) -> true, direction, (any) -> true), STREAM_LIMITS.system(),
				direction);
		// A stream counts for the peer that was known when it was opened.
		long ofPeer = count(models, (any) -> true, direction,
				(stream) -> model.peer.isPresent() && stream.peer.equals(model.peer));
		return connection && system && (model.peer.isEmpty() || isBelow(ofPeer, STREAM_LIMITS.peer(), direction));
	}

	private static boolean mayServe(List<Model> models, Model model, Direction direction, ProtocolPath path) {
		StreamLimits.Shared limit = STREAM_LIMITS.protocols()
			.getOrDefault(path, new StreamLimits.Shared(STREAM_LIMITS.protocol(), STREAM_LIMITS.protocolPeer()));
		StreamLimits.Service store = STREAM_LIMITS.services().get("store");
		return mayServe(models, model, direction, limit, Set.of(path)) && (!store.protocols().contains(path)
				|| mayServe(models, model, direction, store.limit(), store.protocols()));
	}

	private static boolean mayServe(List<Model> models, Model model, Direction direction, StreamLimits.Shared limit,
			Set<ProtocolPath> paths) {
		Predicate<ModelStream> served = (stream) -> stream.protocol.filter(paths::contains).isPresent();
		long ofPeer = count(models, (any) -> true, direction,
				served.and((stream) -> stream.servedPeer.equals(model.peer)));
		return isBelow(count(models, (any) -> true, direction, served), limit.all(), direction)
				&& (model.peer.isEmpty() || isBelow(ofPeer, limit.peer(), direction));
	}

	private static Map<String, Long> served(Collection<ScopeUsage> scopes) {
		Map<String, Long> counts = new TreeMap<>();
		scopes.stream()
			.filter((scope) -> scope.kind().equals("protocol") || scope.kind().equals("service"))
			.filter((scope) -> scope.inboundStreams() + scope.outboundStreams() > 0)
			.forEach((scope) -> counts.put(scope.scope(),
					scope.inboundStreams() * 1000 + scope.outboundStreams() + scope.memoryBytes() * MEMORY));
		return counts;
	}

	private static Map<String, Long> served(List<Model> models) {
		Map<String, Long> counts = new TreeMap<>();
		models.stream()
			.flatMap((model) -> model.open.stream())
			.forEach((stream) -> stream.protocol.ifPresent((path) -> {
				long one = ((stream.direction == Direction.INBOUND) ? 1000 : 1) + stream.bytes * MEMORY;
				counts.merge("protocol:" + path, one, Long::sum);
				if (!path.equals(CHAT)) {
					counts.merge("service:store", one, Long::sum);
				}
			}));
		return counts;
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
		// Each uses a file descriptor.
		return models.size() < DESCRIPTORS && handshakes < (isFull(models) ? 1 : 3);
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
		Optional<Model> idle = held.stream().filter((model) -> model.open.isEmpty()).findFirst();
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

	/** A stream, and what it counts for. */
	private static final class ModelStream {

		private final StreamScope scope;

		private final Direction direction;

		private final Optional<PeerId> peer;

		private Optional<ProtocolPath> protocol = Optional.empty();

		private Optional<PeerId> servedPeer = Optional.empty();

		private int bytes;

		ModelStream(StreamScope scope, Direction direction, Optional<PeerId> peer) {
			this.scope = scope;
			this.direction = direction;
			this.peer = peer;
		}

	}

	/** What a scope should use. */
	private static final class Model {

		private final ConnectionScope scope;

		private final List<ModelStream> open = new ArrayList<>();

		private Optional<PeerId> peer = Optional.empty();

		private int bytes;

		private int securedAt;

		Model(ConnectionScope scope) {
			this.scope = scope;
		}

		int streams(Direction direction) {
			return (int) this.open.stream().filter((stream) -> stream.direction == direction).count();
		}

		boolean is(Direction direction, boolean secured) {
			return this.scope.direction() == direction && this.peer.isPresent() == secured;
		}

	}

}
