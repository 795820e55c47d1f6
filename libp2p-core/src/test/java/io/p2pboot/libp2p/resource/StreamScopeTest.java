package io.p2pboot.libp2p.resource;

import java.util.ArrayList;
import java.util.List;

import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ScopeUsage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many streams protocols, services and peers may have, at the bound and one past it.
 */
class StreamScopeTest extends ResourceSuite {

	/** Opens streams of a protocol on new connections of a peer, outbound. */
	private List<StreamScope> streams(int count, int peer, ProtocolPath protocol)
			throws LimitExceeded, ConnectionBlocked {
		ConnectionScope scope = secured(Direction.OUTBOUND, peer);
		List<StreamScope> streams = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			streams.add(scope.openStream(Direction.OUTBOUND));
			streams.get(i).protocol(protocol);
		}
		return streams;
	}

	private void serve(int connection, ProtocolPath protocol) throws LimitExceeded {
		this.open.get(connection).openStream(Direction.OUTBOUND).protocol(protocol);
	}

	private void refusedStream(String scope, long maximum, Attempt attempt) {
		refused("outbound streams", maximum, attempt);
		assertThat(this.refusals.get(this.refusals.size() - 1).scope()).isEqualTo(scope);
		assertThat(this.refusals.get(this.refusals.size() - 1))
			.hasMessageContaining(scope.equals("system") ? "" : " of " + scope)
			.hasMessageContaining((maximum + 1) + " > " + maximum);
	}

	@Test
	void aProtocolHasAsManyStreamsAsAllowedInAllAndWithAPeer() throws Exception {
		streams(4, 0, CHAT);
		refusedStream("protocol-peer:/chat/1.0.0:" + PEERS.get(0), 4, () -> serve(0, CHAT));
		streams(4, 1, CHAT).get(0).close();
		streams(1, 2, CHAT);
		refusedStream("protocol:/chat/1.0.0", 8, () -> streams(1, 3, CHAT).size());
	}

	@Test
	void aServiceHasAsManyStreamsAsAllowedOverAllItsProtocols() throws Exception {
		streams(4, 0, FILES);
		List<StreamScope> lists = streams(1, 0, LIST);
		StreamScope more = this.open.get(1).openStream(Direction.OUTBOUND);
		refusedStream("service-peer:store:" + PEERS.get(0), 5, () -> more.protocol(LIST));
		streams(2, 1, LIST);
		refusedStream("service:store", 7, () -> streams(1, 2, FILES).size());
		lists.get(0).close();
		more.protocol(LIST);
		assertThat(this.resources.scopes(0)).extracting(ScopeUsage::scope)
			.containsExactly("system", "transient", "protocol:/files/1.0.0", "protocol:/list/1.0.0", "service:store");
		ScopeUsage store = this.resources.scopes(0).get(4);
		assertThat(store.outboundStreams()).isEqualTo(7);
		assertThat(store.limits()).containsEntry("streams_outbound", 7L).containsEntry("streams_inbound", 5L);
	}

	@Test
	void aProtocolOfItsOwnLimitIsHeldToThatOne() throws Exception {
		streams(3, 0, LIST);
		refusedStream("protocol-peer:/list/1.0.0:" + PEERS.get(0), 3, () -> serve(0, LIST));
		streams(3, 1, LIST);
		refusedStream("protocol:/list/1.0.0", 6, () -> streams(1, 2, LIST).size());
	}

	@Test
	void aPeerAndTheNodeHaveAsManyStreamsAsAllowed() throws Exception {
		ConnectionScope first = secured(Direction.OUTBOUND, 0);
		ConnectionScope second = secured(Direction.OUTBOUND, 0);
		for (int i = 0; i < 5; i++) {
			first.openStream(Direction.OUTBOUND);
			second.openStream(Direction.OUTBOUND);
		}
		refusedStream("peer:" + PEERS.get(0), 10, () -> first.openStream(Direction.OUTBOUND));
		ConnectionScope other = secured(Direction.OUTBOUND, 1);
		for (int i = 0; i < 10; i++) {
			other.openStream(Direction.OUTBOUND);
		}
		refusedStream("system", 20, () -> secured(Direction.OUTBOUND, 2).openStream(Direction.OUTBOUND));
		assertThat(this.resources.scopes(1)).last().satisfies((peer) -> {
			assertThat(peer.kind()).isEqualTo("peer");
			assertThat(peer.outboundStreams()).isEqualTo(10);
		});
	}

	@Test
	void whatIsRefusedByOneScopeIsCountedInNone() throws Exception {
		streams(4, 0, CHAT);
		ConnectionScope scope = secured(Direction.OUTBOUND, 0);
		StreamScope stream = scope.openStream(Direction.OUTBOUND);
		refusedStream("protocol-peer:/chat/1.0.0:" + PEERS.get(0), 4, () -> stream.protocol(CHAT));
		assertThat(this.resources.scopes(0).get(2).outboundStreams()).isEqualTo(4);
		assertThat(this.resources.scopes(0).get(1).outboundStreams()).as("negotiating").isOne();
		stream.protocol(FILES);
		assertThat(this.resources.scopes(0).get(1).outboundStreams()).isZero();
	}

	private long memory(String scope) {
		return this.resources.scopes(0)
			.stream()
			.filter((usage) -> usage.scope().equals(scope))
			.mapToLong(ScopeUsage::memoryBytes)
			.sum();
	}

	@Test
	void whatAStreamHoldsCountsForItsProtocolAndService() throws Exception {
		ConnectionScope scope = secured(Direction.OUTBOUND, 0);
		StreamScope first = scope.openStream(Direction.OUTBOUND);
		first.reserve(100);
		first.protocol(FILES);
		StreamScope second = scope.openStream(Direction.OUTBOUND);
		second.protocol(LIST);
		second.reserve(30);
		assertThat(memory("protocol:/files/1.0.0")).isEqualTo(100);
		assertThat(memory("protocol:/list/1.0.0")).isEqualTo(30);
		assertThat(memory("service:store")).isEqualTo(130);
		second.release(20);
		first.close();
		first.release(100);
		first.reserve(7);
		assertThat(memory("service:store")).isEqualTo(10);
		scope.close();
		second.release(10);
		assertThat(memory("service:store")).isZero();
	}

}
