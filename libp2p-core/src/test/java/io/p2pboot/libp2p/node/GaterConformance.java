package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AccessLists;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A gater at each of its steps, on every transport.
 */
abstract class GaterConformance extends NodeSuite {

	private final AccessLists lists = new AccessLists();

	private volatile ConnectionGater gater = ConnectionGater.ALL;

	private final AtomicInteger asked = new AtomicInteger();

	/** What a test sets. */
	private final class Changing implements ConnectionGater {

		@Override
		public boolean allowPeerDial(PeerId peer) {
			return GaterConformance.this.gater.allowPeerDial(peer);
		}

		@Override
		public boolean allowAddressDial(PeerId peer, Multiaddr address) {
			return GaterConformance.this.gater.allowAddressDial(peer, address);
		}

		@Override
		public boolean allowAccept(Multiaddr local, Multiaddr remote) {
			return GaterConformance.this.gater.allowAccept(local, remote);
		}

		@Override
		public boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
			return GaterConformance.this.gater.allowSecured(direction, peer, remote);
		}

		@Override
		public boolean allowUpgraded(Connection connection) {
			return GaterConformance.this.gater.allowUpgraded(connection);
		}

	}

	@Override
	NodeBuilder serverBuilder() {
		return super.serverBuilder().gater(this.lists).gater(new Changing());
	}

	/** Whatever the client sees of it, the server ends up without a connection. */
	private void assertRefused() throws IOException {
		NettyNode stranger = started(link().client());
		try {
			stranger.connect(this.server.addrInfo());
		}
		catch (IOException ex) {
			assertThat(ex).isInstanceOf(DialFailed.class);
		}
		eventually("refused", () -> stranger.connections().isEmpty() && this.asked.get() > 0);
		eventually("nothing left", () -> this.server.usage().scopes() == 0);
		assertThat(this.serverEvents.connectionsOpened.get()).isZero();
	}

	private boolean refuse() {
		this.asked.incrementAndGet();
		return false;
	}

	@Test
	void whoIsBlockedIsNotLetInAndWhoIsForgottenIs() throws Exception {
		this.lists.block(this.client.peerId());
		try {
			this.client.connect(this.server.addrInfo());
		}
		catch (IOException ex) {
			assertThat(ex).isInstanceOf(DialFailed.class);
		}
		eventually("gone", () -> this.client.connections().isEmpty() && this.server.usage().scopes() == 0);
		assertThat(this.serverEvents.connectionsOpened.get()).isZero();
		this.lists.forget(this.client.peerId());
		NettyNode again = started(link().client());
		again.connect(this.server.addrInfo());
		eventually("let in", () -> this.server.connections().size() == 1);
	}

	@Test
	void whoIsBlockedIsNotDialled() throws Exception {
		NettyNode other = started(link().server());
		this.lists.block(other.peerId());
		assertThatExceptionOfType(ConnectionBlocked.class).isThrownBy(() -> this.server.connect(other.addrInfo()));
		this.lists.forget(other.peerId());
		this.server.connect(other.addrInfo());
	}

	@Test
	void anAddressThatIsNotAllowedIsNotDialled() throws Exception {
		NettyNode other = started(link().server());
		this.gater = new ConnectionGater() {
			@Override
			public boolean allowAddressDial(PeerId peer, Multiaddr address) {
				return refuse();
			}
		};
		AddrInfo there = other.addrInfo();
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> this.server.connect(there))
			.withMessageContaining("gater");
		assertThat(this.asked.get()).isEqualTo(there.addresses().size());
		assertThat(other.usage().scopes()).isZero();
	}

	@Test
	void whatComesIsRefusedBeforeItsHandshake() throws Exception {
		this.gater = new ConnectionGater() {
			@Override
			public boolean allowAccept(Multiaddr local, Multiaddr remote) {
				return refuse();
			}

			@Override
			public boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
				throw new AssertionError("no handshake was to be made");
			}
		};
		assertRefused();
	}

	@Test
	void whoeverIsThereIsRefusedOnceItIsKnown() throws Exception {
		this.gater = new ConnectionGater() {
			@Override
			public boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
				assertThat(direction).isEqualTo(Direction.INBOUND);
				return refuse();
			}
		};
		assertRefused();
	}

	@Test
	void aConnectionThatIsReadyIsRefused() throws Exception {
		this.gater = new ConnectionGater() {
			@Override
			public boolean allowUpgraded(Connection connection) {
				return refuse();
			}
		};
		assertRefused();
	}

	@Test
	void aGaterThatFailsRefuses() throws Exception {
		this.gater = new ConnectionGater() {
			@Override
			public boolean allowSecured(Direction direction, PeerId peer, Multiaddr remote) {
				refuse();
				throw new IllegalStateException("expected");
			}
		};
		assertRefused();
		this.gater = ConnectionGater.ALL;
		this.client.connect(this.server.addrInfo());
	}

	@Test
	void ofTheNetworksThatAreListedTheSmallestDecides() {
		AccessLists access = new AccessLists().block(IpNetwork.parse("0.0.0.0/0"))
			.allow(IpNetwork.parse("10.0.0.0/8"))
			.block(IpNetwork.parse("10.1.0.0/16"));
		assertThat(access.isBlocked(Multiaddr.parse("/ip4/192.0.2.1/tcp/1"))).isTrue();
		assertThat(access.isAllowed(Multiaddr.parse("/ip4/10.2.0.1/tcp/1"))).isTrue();
		assertThat(access.isBlocked(Multiaddr.parse("/ip4/10.1.0.1/tcp/1"))).isTrue();
		assertThat(access.isBlocked(Multiaddr.parse("/ip6/2001:db8::1/tcp/1"))).isFalse();
		assertThat(access.isAllowed(Multiaddr.parse("/ip6/2001:db8::1/tcp/1"))).isFalse();
		access.forget(IpNetwork.parse("10.1.0.0/16"));
		assertThat(access.allowAccept(Multiaddr.parse("/ip4/127.0.0.1/tcp/1"),
				Multiaddr.parse("/ip4/10.1.0.1/udp/1/quic-v1")))
			.isTrue();
		assertThat(access.blockedNetworks()).containsExactly(IpNetwork.parse("0.0.0.0/0"));
		assertThat(access.allowedNetworks()).containsExactly(IpNetwork.parse("10.0.0.0/8"));
	}

}
