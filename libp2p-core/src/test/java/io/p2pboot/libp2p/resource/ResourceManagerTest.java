package io.p2pboot.libp2p.resource;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ResourceUsage;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Each limit at its bound and one past it.
 */
class ResourceManagerTest extends ResourceSuite {

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
		StreamScope stream = this.open.get(0).openStream(Direction.INBOUND);
		secured(Direction.OUTBOUND, 4);
		assertThat(this.open.get(0).streams(Direction.INBOUND)).as("the idle one goes first").isOne();
		assertThat(this.resources.usage().inboundConnections()).isOne();
		refused(ResourceManager.CONNECTIONS, 4, () -> secured(Direction.OUTBOUND, 1));
		stream.close();
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
		StreamScope first = scope.openStream(Direction.INBOUND);
		scope.openStream(Direction.INBOUND);
		refused(ResourceManager.INBOUND_STREAMS, 2, () -> scope.openStream(Direction.INBOUND));
		for (int i = 0; i < 10; i++) {
			scope.openStream(Direction.OUTBOUND);
		}
		first.close();
		first.close();
		scope.openStream(Direction.INBOUND);
		assertThat(scope.streams(Direction.INBOUND)).isEqualTo(2);
		assertThat(this.resources.usage().outboundStreams()).isEqualTo(10);
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
		StreamScope stream = scope.openStream(Direction.OUTBOUND);
		scope.reserve(5);
		scope.close();
		scope.close();
		scope.secured(PEERS.get(0));
		scope.openStream(Direction.INBOUND).protocol(CHAT);
		stream.protocol(CHAT);
		stream.close();
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
		StreamScope stream = scope.openStream(Direction.INBOUND);
		stream.protocol(CHAT);
		assertThatIllegalStateException().isThrownBy(() -> stream.protocol(CHAT));
	}

	@Test
	void asManyDescriptorsAreUsedAsAllowedAndOurOwnDialsGetMore() throws Exception {
		for (int i = 0; i < 4; i++) {
			open(Direction.OUTBOUND);
		}
		open(Direction.INBOUND);
		open(Direction.INBOUND);
		refused(ResourceManager.DESCRIPTORS, 6, () -> open(Direction.INBOUND));
		this.open
			.add(this.resources.open(Direction.INBOUND, LOCAL, Multiaddr.parse("/ip4/192.0.2.2/udp/2/quic-v1"), () -> {
			}));
		open(Direction.OUTBOUND);
		assertThat(this.resources.scopes(0).get(0).descriptors()).isEqualTo(7);
	}

	@Test
	void theMemoryOfAPeerIsToldByOrdersOfSize() throws Exception {
		ConnectionScope scope = secured(Direction.INBOUND, 0);
		scope.reserve(100);
		assertThat(this.peerMemory).isEqualTo(100);
		scope.reserve(900);
		assertThat(this.peerMemory).isEqualTo(100);
		scope.reserve(100_000);
		assertThat(this.peerMemory).isEqualTo(101_000);
		scope.release(101_000);
		assertThat(this.peerMemory).isZero();
	}

}
