package io.p2pboot.libp2p.swarm;

import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerIdMismatch;
import io.p2pboot.libp2p.Role;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.muxer.yamux.YamuxMuxer;
import io.p2pboot.libp2p.resource.ConnectionLimits;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.TestScope;
import io.p2pboot.libp2p.security.noise.NoiseSecurity;
import io.p2pboot.libp2p.transport.AddressResolver;
import io.p2pboot.libp2p.transport.EventLoops;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.UpgradeRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Upgrades where the role is not the one of the direction: both ends have dialled.
 */
@Timeout(60)
class UpgradeRoleTest {

	private static final Multiaddr HERE = Multiaddr.parse("/ip4/192.0.2.1/tcp/1");

	private static final Multiaddr THERE = Multiaddr.parse("/ip4/192.0.2.2/tcp/2");

	private static final Connection.Limit LIMIT = new Connection.Limit(Optional.of(Duration.ofMinutes(2)),
			OptionalLong.of(1 << 17));

	private final EventLoops loops = EventLoops.nio(1);

	private final AddressResolver resolver = AddressResolver.create(this.loops, new InetSocketAddress("127.0.0.1", 9));

	private final EmbeddedChannel here = new EmbeddedChannel();

	private final EmbeddedChannel there = new EmbeddedChannel();

	private final Swarm one = swarm();

	private final Swarm other = swarm();

	private Swarm swarm() {
		return new Swarm(PrivateKey.generate(),
				new SwarmConfig(List.of(new NoiseSecurity()), List.of(new YamuxMuxer(YamuxConfig.DEFAULT)),
						Duration.ofSeconds(30), Duration.ofSeconds(15), Duration.ofSeconds(10),
						ConnectionLimits.DEFAULT),
				List.of(), this.loops, this.resolver, Runnable::run, NodeObserver.NONE, Clock.systemUTC());
	}

	@AfterEach
	void close() {
		this.here.finishAndReleaseAll();
		this.there.finishAndReleaseAll();
		this.resolver.close();
		this.loops.group().shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
	}

	@Test
	void bothEndsMayHaveDialled() {
		Future<MuxedConnection> first = this.one.upgrader()
			.outbound(this.here, UpgradeRequest.outbound("test", HERE, THERE, Optional.of(this.other.localPeer())));
		Future<MuxedConnection> second = this.other.upgrader()
			.outbound(this.there,
					UpgradeRequest.outbound("test", THERE, HERE, Optional.of(this.one.localPeer()))
						.withRole(Role.RESPONDER)
						.withLimit(LIMIT));
		carry();
		assertThat(first.getNow().direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(first.getNow().peer().remotePeer()).isEqualTo(this.other.localPeer());
		assertThat(first.getNow().limit()).isEmpty();
		assertThat(second.getNow().direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(second.getNow().peer().remotePeer()).isEqualTo(this.one.localPeer());
		assertThat(second.getNow().limit()).hasValue(LIMIT);
	}

	@Test
	void whoeverOpensAChannelMayBeTheResponder() {
		this.other.running(true);
		this.other.accepting(true);
		Future<MuxedConnection> dialled = this.one.upgrader()
			.outbound(this.here,
					UpgradeRequest.outbound("test", HERE, THERE, Optional.empty()).withRole(Role.RESPONDER));
		this.other.upgrader().inbound(this.there, UpgradeRequest.inbound("test", THERE, HERE).withRole(Role.INITIATOR));
		carry();
		assertThat(dialled.getNow().peer().remotePeer()).isEqualTo(this.other.localPeer());
		assertThat(this.other.connections()).singleElement()
			.satisfies((connection) -> assertThat(connection.direction()).isEqualTo(Direction.INBOUND));
	}

	@Test
	void aResponderRefusesAnotherPeerThanItExpects() {
		PeerId somebody = PeerId.of(PrivateKey.generate().publicKey());
		this.one.upgrader()
			.outbound(this.here, UpgradeRequest.outbound("test", HERE, THERE, Optional.of(this.other.localPeer())));
		Future<MuxedConnection> second = this.other.upgrader()
			.outbound(this.there,
					UpgradeRequest.outbound("test", THERE, HERE, Optional.empty())
						.withRole(Role.RESPONDER)
						.withExpectedPeer(somebody));
		carry();
		assertThat(second.cause()).isInstanceOf(PeerIdMismatch.class);
		assertThat(this.there.isOpen()).isFalse();
	}

	@Test
	void whatTheTransportDidFirstIsPartOfTheTimeForTheUpgrade() throws Exception {
		AtomicLong nanos = new AtomicLong();
		ConnectionScope scope = TestScope.manager(ConnectionLimits.DEFAULT, nanos::get)
			.open(Direction.INBOUND, THERE, HERE, this.there::close);
		this.there.freezeTime();
		nanos.addAndGet(Duration.ofSeconds(10).toNanos());
		this.other.upgrader().inbound(this.there, UpgradeRequest.inbound("test", THERE, HERE).withScope(scope));
		this.there.advanceTimeBy(4_999, TimeUnit.MILLISECONDS);
		this.there.runScheduledPendingTasks();
		assertThat(this.there.isOpen()).isTrue();
		this.there.advanceTimeBy(2, TimeUnit.MILLISECONDS);
		this.there.runScheduledPendingTasks();
		assertThat(this.there.isOpen()).isFalse();
		scope.close();
	}

	/** Moves bytes in both directions until none is left. */
	private void carry() {
		boolean moved;
		do {
			moved = carry(this.here, this.there) | carry(this.there, this.here);
		}
		while (moved);
	}

	private static boolean carry(EmbeddedChannel from, EmbeddedChannel to) {
		from.runPendingTasks();
		ByteBuf bytes = from.readOutbound();
		if (bytes == null) {
			return false;
		}
		if (to.isOpen()) {
			to.writeInbound(bytes);
		}
		else {
			bytes.release();
		}
		return true;
	}

}
