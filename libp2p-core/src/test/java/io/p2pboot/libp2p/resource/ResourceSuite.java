package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Resource;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.resource.StreamLimits.Limit;
import org.junit.jupiter.api.AfterEach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A node's resources with limits that are soon reached, all of which are given back.
 */
abstract class ResourceSuite {

	static final ConnectionLimits LIMITS = new ConnectionLimits(4, 2, 3, 2, 1, 1 << 20);

	static final Multiaddr LOCAL = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	static final Multiaddr REMOTE = Multiaddr.parse("/ip4/192.0.2.2/tcp/2");

	static final List<PeerId> PEERS = IntStream.range(0, 5)
		.mapToObj((index) -> PeerId.of(PrivateKey.generate().publicKey()))
		.toList();

	static final ProtocolPath CHAT = ProtocolPath.of("/chat/1.0.0");

	static final ProtocolPath FILES = ProtocolPath.of("/files/1.0.0");

	static final ProtocolPath LIST = ProtocolPath.of("/list/1.0.0");

	static final List<ProtocolPath> PROTOCOLS = List.of(CHAT, FILES, LIST);

	/** As many as two a connection and four connections make is no limit. */
	static final StreamLimits STREAM_LIMITS = StreamLimits.NONE
		.with(new Limit(7, 20), new Limit(3, 10), new Limit(5, 8), new Limit(2, 4))
		.withProtocol(LIST, new StreamLimits.Shared(new Limit(4, 6), new Limit(3, 3)))
		.withService("store", new StreamLimits.Service(Set.of(FILES, LIST),
				new StreamLimits.Shared(new Limit(5, 7), new Limit(3, 5))));

	static final int DESCRIPTORS = 6;

	final List<LimitExceeded> refusals = new ArrayList<>();

	long peerStreams;

	long peerConnections;

	long peerMemory;

	final UnreadMemory memory = new UnreadMemory(1 << 20);

	final ResourceManager resources = new ResourceManager(
			new ResourceLimits(LIMITS, AddressLimits.NONE, STREAM_LIMITS, DESCRIPTORS), ConnectionGater.ALL,
			this.memory, System::nanoTime, new ResourceManager.Listener() {
				@Override
				public void refused(LimitExceeded refusal, Direction direction, Resource resource) {
					ResourceSuite.this.refusals.add(refusal);
				}

				@Override
				public void peerStreams(Direction direction, int before, int after) {
					ResourceSuite.this.peerStreams += after - before;
				}

				@Override
				public void peerConnections(Direction direction, int before, int after) {
					ResourceSuite.this.peerConnections += after - before;
				}

				@Override
				public void peerMemory(long before, long after) {
					ResourceSuite.this.peerMemory += after - before;
				}
			});

	final List<ConnectionScope> open = new ArrayList<>();

	@AfterEach
	void nothingIsLeftOnceAllHaveEnded() {
		this.open.forEach(ConnectionScope::close);
		assertThat(this.resources.usage()).isEqualTo(ResourceUsage.NOTHING);
		assertThat(this.memory.left()).isEqualTo(1 << 20);
		assertThat(this.memory.holders()).isZero();
		assertThat(this.resources.scopes(9)).hasSize(3).allSatisfy((scope) -> {
			assertThat(scope.inboundConnections() + scope.outboundConnections()).isZero();
			assertThat(scope.inboundStreams() + scope.outboundStreams()).isZero();
			assertThat(scope.memoryBytes() + scope.descriptors()).isZero();
		});
		assertThat(List.of(this.peerStreams, this.peerConnections, this.peerMemory)).containsOnly(0L);
	}

	final ConnectionScope open(Direction direction) throws LimitExceeded, ConnectionBlocked {
		ConnectionScope scope = this.resources.open(direction, LOCAL, REMOTE, () -> {
		});
		this.open.add(scope);
		return scope;
	}

	final ConnectionScope secured(Direction direction, int peer) throws LimitExceeded, ConnectionBlocked {
		ConnectionScope scope = open(direction);
		scope.secured(PEERS.get(peer));
		return scope;
	}

	final void refused(String limit, long maximum, Attempt attempt) {
		int before = this.refusals.size();
		assertThatExceptionOfType(LimitExceeded.class).isThrownBy(attempt::run).satisfies((refusal) -> {
			assertThat(refusal.limit()).isEqualTo(limit);
			assertThat(refusal.value()).isEqualTo(maximum + 1);
			assertThat(refusal.maximum()).isEqualTo(maximum);
			assertThat(this.refusals).hasSize(before + 1).contains(refusal);
		});
	}

	interface Attempt {

		void run() throws LimitExceeded, ConnectionBlocked;

	}

}
