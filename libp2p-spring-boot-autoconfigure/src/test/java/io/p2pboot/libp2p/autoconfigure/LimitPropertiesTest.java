package io.p2pboot.libp2p.autoconfigure;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.AccessLists;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionBlocked;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.IpNetwork;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.yamux.YamuxConfig;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import io.p2pboot.libp2p.resource.AddressLimits;
import io.p2pboot.libp2p.resource.ConnectionMarks;
import io.p2pboot.libp2p.resource.ResourceLimits;
import io.p2pboot.libp2p.resource.StreamLimits;
import io.p2pboot.libp2p.swarm.SwarmConfig;
import io.p2pboot.libp2p.transport.quic.QuicConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class LimitPropertiesTest {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class));

	@Test
	void theDefaultsAreThoseOfTheNode() {
		this.runner.run((context) -> {
			Libp2pProperties properties = context.getBean(Libp2pProperties.class);
			Libp2pProperties.Limits limits = properties.limits();
			assertThat(NodeFactory.limits(limits)).isEqualTo(ResourceLimits.ofProcess());
			assertThat(NodeFactory.streamLimits(limits)).isEqualTo(StreamLimits.of(ResourceLimits.ofProcess()));
			assertThat(NodeFactory.addressLimits(properties.connections())).isEqualTo(AddressLimits.DEFAULT);
			assertThat(NodeFactory.marks(properties))
				.isEqualTo(ConnectionMarks.of(ResourceLimits.ofProcess().connections()));
			Libp2pProperties.Quic quic = properties.transport().quic();
			assertThat(new QuicConfig(quic.handshakeTimeout(), quic.idleTimeout(), quic.keepAlive(),
					quic.inboundStreams(), (int) quic.streamWindow().toBytes(), (int) quic.connectionWindow().toBytes(),
					(int) quic.socketBuffer().toBytes(), (int) quic.maxPacketSize().toBytes(),
					quic.datagrams().maxQueue(), quic.eventLoops()))
				.isEqualTo(QuicConfig.DEFAULT);
			assertThat(properties.yamux().keepAlive()).isEqualTo(YamuxConfig.DEFAULT.keepAlive());
			assertThat(properties.yamux().writeTimeout()).isEqualTo(YamuxConfig.DEFAULT.writeTimeout());
			assertThat(properties.yamux().maxWindow().toBytes()).isEqualTo(YamuxConfig.DEFAULT.maxWindowBytes());
			assertThat(properties.connections().upgradeTimeout()).isEqualTo(SwarmConfig.DEFAULT_UPGRADE_TIMEOUT);
			assertThat(properties.dial().timeout()).isEqualTo(SwarmConfig.DEFAULT_DIAL_TIMEOUT);
			assertThat(properties.streams().negotiationTimeout()).isEqualTo(SwarmConfig.DEFAULT_NEGOTIATION_TIMEOUT);
			assertThat(properties.datagrams().maxSize().toBytes()).isEqualTo(DatagramService.DEFAULT_MAX_BYTES);
			assertThat(properties.shutdown().gracePeriod()).isEqualTo(NodeBuilder.DEFAULT_SHUTDOWN_GRACE);
			assertThat(properties.streams().firstByteTimeout()).isEqualTo(NodeBuilder.DEFAULT_FIRST_BYTE_TIMEOUT);
			assertThat(properties.eventLoopThreads()).isZero();
		});
	}

	@Test
	void theLimitsAreBound() {
		this.runner.withPropertyValues("libp2p.connections.upgrade-timeout=14s", "libp2p.limits.connections=6",
				"libp2p.limits.connections-per-peer=5", "libp2p.limits.inbound-upgrades=4",
				"libp2p.limits.inbound-streams-per-connection=3", "libp2p.limits.negotiating-streams-per-connection=2",
				"libp2p.limits.unread-per-connection=1MB", "libp2p.limits.inbound-streams=40",
				"libp2p.limits.inbound-streams-per-peer=30", "libp2p.limits.inbound-streams-per-protocol=20",
				"libp2p.limits.inbound-streams-per-protocol-and-peer=10", "libp2p.limits.descriptors=50",
				"libp2p.datagrams.max-size=1KB", "libp2p.dns.server=192.0.2.1:5353", "libp2p.event-loop-threads=1")
			.run((context) -> {
				assertThat(context).hasSingleBean(NettyNode.class);
				Libp2pProperties properties = context.getBean(Libp2pProperties.class);
				assertThat(properties.connections().upgradeTimeout()).isEqualTo(Duration.ofSeconds(14));
				assertThat(properties.limits())
					.isEqualTo(new Libp2pProperties.Limits(6, 5, 4, 3, 2, DataSize.ofMegabytes(1), 40, 30, 20, 10, 50));
				StreamLimits streams = NodeFactory.streamLimits(properties.limits());
				assertThat(List.of(streams.system(), streams.peer(), streams.protocol(), streams.protocolPeer()))
					.extracting(StreamLimits.Limit::inbound)
					.containsExactly(40, 30, 20, 10);
				assertThat(context.getBean(NettyNode.class).scopes(0).get(0).limits()).containsEntry("fd", 50L)
					.containsEntry("conns", 6L)
					.containsEntry("streams_inbound", 40L);
				assertThat(properties.datagrams().maxSize()).isEqualTo(DataSize.ofKilobytes(1));
				assertThat(properties.dns().server()).isEqualTo("192.0.2.1:5353");
				assertThat(properties.eventLoopThreads()).isOne();
			});
	}

	@Test
	void theListsOfTheGaterAreBoundAndCanBeReplaced() {
		String peer = PeerId.of(PrivateKey.generate().publicKey()).toString();
		this.runner
			.withPropertyValues("libp2p.gater.blocked-networks=192.0.2.0/24, 2001:db8::/32",
					"libp2p.gater.allowed-networks=192.0.2.7", "libp2p.gater.blocked-peers=" + peer,
					"libp2p.connections.protected-peers=" + peer, "libp2p.connections.per-address=5",
					"libp2p.connections.low-mark=3", "libp2p.connections.high-mark=4")
			.run((context) -> {
				AccessLists lists = context.getBean(AccessLists.class);
				assertThat(lists.blockedNetworks()).containsExactlyInAnyOrder(IpNetwork.parse("192.0.2.0/24"),
						IpNetwork.parse("2001:db8::/32"));
				assertThat(lists.isAllowed(Multiaddr.parse("/ip4/192.0.2.7/tcp/1"))).isTrue();
				Node node = context.getBean(Node.class);
				assertThat(node.connectionManager().isProtected(PeerId.parse(peer))).isTrue();
				assertThatExceptionOfType(ConnectionBlocked.class)
					.isThrownBy(() -> node.connect(AddrInfo.of(PeerId.parse(peer))));
				lists.forget(PeerId.parse(peer));
				assertThatExceptionOfType(DialFailed.class)
					.isThrownBy(() -> node.connect(AddrInfo.of(PeerId.parse(peer))));
				Libp2pProperties properties = context.getBean(Libp2pProperties.class);
				assertThat(NodeFactory.addressLimits(properties.connections()).ip4().connections()).isEqualTo(5);
				assertThat(NodeFactory.marks(properties).high()).isEqualTo(4);
			});
		AccessLists own = new AccessLists();
		this.runner.withBean(AccessLists.class, () -> own)
			.run((context) -> assertThat(context.getBean(AccessLists.class)).isSameAs(own));
	}

	@ParameterizedTest
	@ValueSource(strings = { "gater.blocked-networks=10.0.0.1/8", "connections.per-address=0", "connections.low-mark=0",
			"connections.high-mark=0", "connections.grace-period=-1s", "connections.interval-per-address=-1s" })
	void whatIsOutOfRangeFailsTheStart(String property) {
		this.runner.withPropertyValues("libp2p." + property).run((context) -> assertThat(context).hasFailed());
	}

	@Test
	void moreStreamsMayLeaveMoreUnreadUnlessThatIsLimited() {
		Libp2pProperties.Limits more = new Libp2pProperties.Limits(1024, 8, 128, 5000, 32, null, null, null, null, null,
				null);
		assertThat(NodeFactory.limits(more).unreadBytesPerConnection())
			.isEqualTo(DataSize.ofKilobytes(5000 * 256).toBytes() + DataSize.ofMegabytes(64).toBytes());
		Libp2pProperties.Limits limited = new Libp2pProperties.Limits(1024, 8, 128, 5000, 32, DataSize.ofMegabytes(9),
				null, null, null, null, null);
		assertThat(NodeFactory.limits(limited).unreadBytesPerConnection()).isEqualTo(DataSize.ofMegabytes(9).toBytes());
	}

	@Test
	void theLimitOfConnectionsReachesTheNode() throws Exception {
		try (Node one = listener(); Node two = listener()) {
			this.runner
				.withPropertyValues("libp2p.limits.connections=1", "libp2p.transport.quic.enabled=false",
						"libp2p.dial.timeout=5s")
				.run((context) -> {
					Node node = context.getBean(Node.class);
					node.connect(one.addrInfo());
					assertThatExceptionOfType(LimitExceeded.class).isThrownBy(() -> node.connect(two.addrInfo()))
						.withMessageContaining("1");
				});
		}
	}

	@ParameterizedTest
	@CsvSource({ "192.0.2.1,192.0.2.1,53", "192.0.2.1:5353,192.0.2.1,5353", "2001:db8::1,2001:db8::1,53",
			"[2001:db8::1],2001:db8::1,53", "[2001:db8::1]:5353,2001:db8::1,5353", "' 192.0.2.1 ',192.0.2.1,53" })
	void aNameServerIsReadWithItsPort(String text, String host, int port) {
		assertThat(NameServer.parse(text)).isEqualTo(new InetSocketAddress(host, port));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "dns.example.com", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.999", "1",
			"192.0.2", "[::1", "::1]:53", ":53", "192.0.2.1:53:53" })
	void whatIsNoNameServerIsRefused(String text) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> NameServer.parse(text))
			.satisfies((failure) -> assertThat(failure.property()).isEqualTo("libp2p.dns.server"));
	}

	private static Node listener() throws Exception {
		return NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
	}

}
