package io.p2pboot.libp2p.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionGater;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(30)
class AddressResolverTest {

	// T38, B36

	private final PeerId peer = PeerId.of(PrivateKey.generate().publicKey());

	private DnsServer server;

	private EventLoops eventLoops;

	private AddressResolver resolver;

	@BeforeEach
	void start() {
		this.server = new DnsServer();
		this.eventLoops = EventLoops.create(1);
		this.resolver = AddressResolver.create(this.eventLoops, this.server.address());
	}

	@AfterEach
	void close() {
		this.resolver.close();
		this.eventLoops.group().shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
		this.server.close();
	}

	@Test
	void aDnsaddrIsWhatItsRecordsHold() throws Exception {
		this.server.txt("_dnsaddr.example.test", "dnsaddr=/ip4/192.0.2.1/tcp/4001/p2p/" + this.peer)
			.txt("_dnsaddr.example.test", "dnsaddr=/ip6/2001:db8::1/udp/4001/quic-v1")
			.txt("_dnsaddr.example.test", "v=spf1 -all")
			.txt("_dnsaddr.example.test", "dnsaddr=no address")
			.txt("_dnsaddr.example.test", "dnsaddr=");
		assertThat(resolved("/dnsaddr/example.test"))
			.containsExactlyInAnyOrder("/ip4/192.0.2.1/tcp/4001/p2p/" + this.peer, "/ip6/2001:db8::1/udp/4001/quic-v1");
	}

	@Test
	void theUnspecifiedHostIsTheLoopback() throws Exception {
		assertThat(resolved("/ip4/0.0.0.0/tcp/4001/ws")).containsExactly("/ip4/127.0.0.1/tcp/4001/ws");
		assertThat(resolved("/ip6/::/udp/4001/quic-v1")).containsExactly("/ip6/::1/udp/4001/quic-v1");
		assertThat(resolved("/ip4/192.0.2.1/tcp/1")).containsExactly("/ip4/192.0.2.1/tcp/1");
	}

	@Test
	void onlyWhatEndsAsTheAddressDoesCounts() throws Exception {
		PeerId other = PeerId.of(PrivateKey.generate().publicKey());
		this.server.txt("_dnsaddr.example.test", "dnsaddr=/ip4/192.0.2.1/tcp/1/p2p/" + this.peer)
			.txt("_dnsaddr.example.test", "dnsaddr=/ip4/192.0.2.2/tcp/2/p2p/" + other)
			.txt("_dnsaddr.example.test", "dnsaddr=/ip4/192.0.2.3/tcp/3")
			.txt("_dnsaddr.example.test", "dnsaddr=/p2p/" + this.peer);
		assertThat(resolved("/dnsaddr/example.test/p2p/" + this.peer))
			.containsExactly("/ip4/192.0.2.1/tcp/1/p2p/" + this.peer);
	}

	@Test
	void namesInRecordsAreResolvedToo() throws Exception {
		this.server.txt("_dnsaddr.example.test", "dnsaddr=/dnsaddr/more.example.test/p2p/" + this.peer)
			.txt("_dnsaddr.more.example.test", "dnsaddr=/dns4/host.example.test/tcp/4001/p2p/" + this.peer)
			.host("host.example.test", InetAddress.getByName("192.0.2.7"));
		assertThat(resolved("/dnsaddr/example.test/p2p/" + this.peer))
			.containsExactly("/ip4/192.0.2.7/tcp/4001/p2p/" + this.peer);
	}

	@Test
	void fourRecordsAreFollowedAndTheFifthIsNot() throws Exception {
		for (int i = 1; i <= 5; i++) {
			this.server.txt("_dnsaddr.d" + i + ".test", "dnsaddr=/dnsaddr/d" + (i + 1) + ".test");
		}
		this.server.txt("_dnsaddr.d6.test", "dnsaddr=/ip4/192.0.2.1/tcp/1");
		assertThat(resolved("/dnsaddr/d3.test")).containsExactly("/ip4/192.0.2.1/tcp/1");
		assertThat(failure("/dnsaddr/d2.test")).hasMessageContaining("/dnsaddr/d2.test").hasMessageContaining("4");
		assertThat(this.server.asked()).doesNotContain("_dnsaddr.d1.test. TXT");
	}

	@Test
	void aLoopEnds() throws Exception {
		this.server.txt("_dnsaddr.a.test", "dnsaddr=/dnsaddr/b.test")
			.txt("_dnsaddr.b.test", "dnsaddr=/dnsaddr/a.test")
			.txt("_dnsaddr.b.test", "dnsaddr=/dnsaddr/b.test");
		assertThat(failure("/dnsaddr/a.test")).hasMessageContaining("/dnsaddr/a.test");
		assertThat(this.server.asked()).hasSize(2);
	}

	@Test
	void aHundredResultsAreTakenAndNotOneMore() throws Exception {
		// Short records in several names, so that each answer fits into a datagram.
		for (int name = 0; name < 12; name++) {
			this.server.txt("_dnsaddr.many.test", "dnsaddr=/dnsaddr/n" + name + ".test");
			for (int i = 0; i < 10; i++) {
				this.server.txt("_dnsaddr.n" + name + ".test", "dnsaddr=/ip4/192.0.2." + name + "/tcp/" + (i + 1));
			}
		}
		assertThat(resolved("/dnsaddr/many.test")).hasSize(100);
	}

	@Test
	void theQueriesForOneAddressAreBounded() throws Exception {
		for (int i = 0; i < 9; i++) {
			this.server.txt("_dnsaddr.tree.test", "dnsaddr=/dnsaddr/t" + i + ".test");
			for (int j = 0; j < 9; j++) {
				this.server.txt("_dnsaddr.t" + i + ".test", "dnsaddr=/dnsaddr/t" + i + j + ".test");
			}
		}
		assertThat(failure("/dnsaddr/tree.test")).isInstanceOf(IOException.class);
		assertThat(this.server.asked().stream().distinct()).hasSizeBetween(60, DnsaddrLookup.MAX_QUERIES);
	}

	@Test
	void aLongRecordComesInSeveralStrings() throws Exception {
		String address = "/dns4/" + "a".repeat(60) + ".test/tcp/1/p2p/" + this.peer + "/p2p-circuit/p2p/" + this.peer
				+ "/http-path/" + "x".repeat(120);
		this.server.txt("_dnsaddr.long.test", "dnsaddr=" + address)
			.host("a".repeat(60) + ".test", InetAddress.getByName("192.0.2.9"));
		assertThat(resolved("/dnsaddr/long.test")).singleElement().asString().startsWith("/ip4/192.0.2.9/tcp/1/p2p/");
	}

	@Test
	void aNameWithoutRecordsIsAnErrorThatNamesTheAddress() throws Exception {
		assertThat(failure("/dnsaddr/nowhere.test")).isInstanceOf(IOException.class)
			.hasMessageContaining("/dnsaddr/nowhere.test");
		assertThat(failure("/dns4/nowhere.test/tcp/1")).isInstanceOf(IOException.class)
			.hasMessageContaining("/dns4/nowhere.test/tcp/1");
	}

	@Test
	void aNodeConnectsThroughADnsaddr() throws IOException {
		try (NettyNode target = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				NettyNode node = NodeBuilder.create().dnsServer(this.server.address()).start()) {
			this.server.txt("_dnsaddr.target.test",
					"dnsaddr=" + target.listenAddresses().get(0) + "/p2p/" + target.peerId());
			node.connect(AddrInfo.parse("/dnsaddr/target.test/p2p/" + target.peerId()));
			assertThat(node.connection(target.peerId())).isPresent();
		}
	}

	@Test
	void aNameThatAPeerToldLeadsNobodyToHisOwnHost() throws IOException {
		this.server.host("rebinding.test", InetAddress.getLoopbackAddress());
		try (NettyNode target = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				NettyNode node = NodeBuilder.create().dnsServer(this.server.address()).start()) {
			Multiaddr told = Multiaddr
				.parse(target.listenAddresses().get(0).toString().replace("ip4/127.0.0.1", "dns4/rebinding.test"));
			node.peerStore().addAddresses(target.peerId(), List.of(told), Duration.ofMinutes(1));
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> node.connect(AddrInfo.of(target.peerId())))
				.withMessageContaining("where no other host is");
			// The caller may go where it likes.
			node.connect(new AddrInfo(target.peerId(), List.of(told)));
			assertThat(node.connection(target.peerId())).isPresent();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "10.1.2.3", "169.254.169.254", "192.168.0.1", "100.64.0.1", "fe80::1", "fd00::1" })
	void aNameThatAPeerToldLeadsNobodyIntoHisNetworkUnlessAllowed(String host) throws IOException { // B36
		this.server.host("private.test", InetAddress.getByName(host));
		PeerId peer = PeerId.of(PrivateKey.generate().publicKey());
		Multiaddr told = Multiaddr.parse("/dns/private.test/tcp/80");
		List<Multiaddr> dialled = new CopyOnWriteArrayList<>();
		ConnectionGater watching = new ConnectionGater() {
			@Override
			public boolean allowAddressDial(PeerId dialledPeer, Multiaddr address) {
				dialled.add(address);
				return false;
			}
		};
		try (NettyNode node = NodeBuilder.create().dnsServer(this.server.address()).gater(watching).start();
				NettyNode cluster = NodeBuilder.create()
					.dnsServer(this.server.address())
					.gater(watching)
					.privateNames(true)
					.start()) {
			node.peerStore().addAddresses(peer, List.of(told), Duration.ofMinutes(1));
			cluster.peerStore().addAddresses(peer, List.of(told), Duration.ofMinutes(1));
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> node.connect(AddrInfo.of(peer)))
				.withMessageContaining("in a private network");
			assertThat(dialled).isEmpty();
			assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> cluster.connect(AddrInfo.of(peer)));
			assertThat(dialled).hasSize(1);
			assertThatExceptionOfType(DialFailed.class)
				.isThrownBy(() -> node.connect(new AddrInfo(peer, List.of(told))));
			assertThat(dialled).hasSize(2);
		}
	}

	private List<String> resolved(String address) throws InterruptedException {
		Future<List<Multiaddr>> found = this.resolver.resolve(Multiaddr.parse(address)).await();
		assertThat(found.cause()).isNull();
		return found.getNow().stream().map(Multiaddr::toString).toList();
	}

	private Throwable failure(String address) throws InterruptedException {
		Future<List<Multiaddr>> found = this.resolver.resolve(Multiaddr.parse(address)).await();
		assertThat(found.isSuccess()).isFalse();
		return found.cause();
	}

}
