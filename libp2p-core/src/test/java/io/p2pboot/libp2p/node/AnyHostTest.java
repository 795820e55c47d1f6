package io.p2pboot.libp2p.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.MultiaddrProtocol;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.transport.quic.QuicTransport;
import io.p2pboot.libp2p.transport.tcp.TcpTransport;
import io.p2pboot.libp2p.transport.websocket.WebSocketTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A node that listens on every address of its host.
 */
@Timeout(120)
class AnyHostTest {

	private static final ProtocolPath IDENTIFY = ProtocolPath.of("/ipfs/id/1.0.0");

	static Stream<String> listenAddresses() {
		List<String> addresses = new ArrayList<>();
		for (String host : hasIp6() ? List.of("/ip4/0.0.0.0", "/ip6/::") : List.of("/ip4/0.0.0.0")) {
			addresses.add(host + "/tcp/0");
			addresses.add(host + "/tcp/0/ws");
			if (QuicTransport.isAvailable()) {
				addresses.add(host + "/udp/0/quic-v1");
			}
		}
		return addresses.stream();
	}

	static Stream<String> ports() {
		return QuicTransport.isAvailable() ? Stream.of("/tcp/%d", "/tcp/%d/ws", "/udp/%d/quic-v1")
				: Stream.of("/tcp/%d", "/tcp/%d/ws");
	}

	private static boolean hasIp6() {
		return new HostAddresses(System::nanoTime).get().stream().anyMatch(Inet6Address.class::isInstance);
	}

	@ParameterizedTest
	@MethodSource("ports")
	void bothFamiliesShareAPortAndTheUnspecifiedHostIsDialledOnTheLoopback(String above) throws Exception {
		assumeThat(hasIp6()).as("this host has IPv6").isTrue();
		checkBoth(above);
	}

	@ParameterizedTest
	@MethodSource("listenAddresses")
	void whatWasAskedForIsBoundAndToldAndIdentifyAnswers(String listen) throws Exception {
		check(listen);
	}

	/** The addresses of each kind, once more where no native transport loads. */
	@Test
	void theSameHoldsWithoutNativeTransports(@TempDir Path directory) throws Exception {
		Path output = directory.resolve("output");
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Dio.netty.transport.noNative=true", "-XX:TieredStopAtLevel=1", WithoutNatives.class.getName())
			.redirectErrorStream(true)
			.redirectOutput(output.toFile());
		builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
		Process process = builder.start();
		try {
			assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
		String told = Files.readString(output, StandardCharsets.UTF_8);
		assertThat(listenAddresses()).allSatisfy((listen) -> assertThat(told).contains("good: " + listen));
		assertThat(ports()).allSatisfy((above) -> assertThat(told.contains("both: " + above)).isEqualTo(hasIp6()));
	}

	/** Linux writes its addresses with their interface, {@code fd00::2%eth0}. */
	@Test
	void aScopeThatTheSystemKnowsIsNoPartOfAnAddress() throws Exception {
		assumeThat(hasIp6()).as("this host has IPv6").isTrue();
		NetworkInterface network = Collections.list(NetworkInterface.getNetworkInterfaces()).get(0);
		InetAddress scoped = Inet6Address.getByAddress(null, InetAddress.getByName("2001:db8::2").getAddress(),
				network);
		InetAddress numbered = Inet6Address.getByAddress(null, InetAddress.getByName("fd00::2").getAddress(), 7);
		assertThat(List.of(scoped.getHostAddress(), numbered.getHostAddress())).allMatch((text) -> text.contains("%"));
		assertThat(told(List.of("/ip6/::/tcp/4001/ws", "/ip6/2001:db8::9/udp/1/quic-v1"),
				List.of(scoped, numbered, InetAddress.getByName("192.0.2.1"))))
			.containsExactly("/ip6/2001:db8::2/tcp/4001/ws", "/ip6/fd00::2/tcp/4001/ws",
					"/ip6/2001:db8::9/udp/1/quic-v1");
	}

	/** A zone is known on its own host only. */
	@Test
	void anAddressWithAZoneIsToldToTheApplicationAndNotSigned() throws Exception {
		LocalAddresses local = local(List.of("/ip6zone/eth0/ip6/fe80::1/tcp/4001", "/ip6/fd00::1/tcp/4001"), List.of());
		assertThat(local.dialable()).hasSize(2);
		assertThat(PeerRecord.open(local.signedRecord().encoded()).addresses())
			.containsExactly(Multiaddr.parse("/ip6/fd00::1/tcp/4001"));
	}

	@Test
	void aFamilyWithoutAnAddressIsToldNowhere() throws Exception {
		assertThat(
				told(List.of("/ip6/::/tcp/4001", "/ip4/0.0.0.0/tcp/4001"), List.of(InetAddress.getByName("192.0.2.1"))))
			.containsExactly("/ip4/192.0.2.1/tcp/4001");
	}

	/** The record has to go into one message of identify, beside the rest. */
	@Test
	void theRecordOfAHostOfManyAddressesHoldsThoseThatReachFarthest() throws Exception {
		List<InetAddress> hosts = new ArrayList<>();
		for (int index = 0; index < HostAddresses.MAX_ADDRESSES - 1; index++) {
			hosts.add(InetAddress.getByName("fd00::" + Integer.toHexString(index + 1)));
		}
		hosts.add(InetAddress.getByName("2600::1"));
		LocalAddresses local = local(List.of("/ip6/::/tcp/1", "/ip6/::/tcp/2/ws", "/ip6/::/udp/1/quic-v1"), hosts);
		List<Multiaddr> signed = PeerRecord.open(local.signedRecord().encoded()).addresses();
		assertThat(local.dialable()).hasSize(3 * HostAddresses.MAX_ADDRESSES).containsAll(signed);
		assertThat(local.signedRecord().encoded().remaining()).isBetween(2048, 3072);
		assertThat(signed.subList(0, 3)).allMatch((address) -> AddressScope.of(address) == AddressScope.INTERNET);
	}

	private static List<String> told(List<String> bound, List<InetAddress> hosts) {
		return local(bound, hosts).dialable().stream().map(Multiaddr::toString).toList();
	}

	private static LocalAddresses local(List<String> bound, List<InetAddress> hosts) {
		return new LocalAddresses(PrivateKey.generate(), List.of(), Clock.systemUTC(),
				() -> bound.stream().map(Multiaddr::parse).toList(), List::of, () -> hosts, () -> {
				});
	}

	static void check(String listen) throws Exception {
		try (NettyNode node = builder().listen(listen).build(); NettyNode peer = builder().build()) {
			node.start();
			peer.start();
			String host = listen.substring(0, listen.indexOf('/', 5));
			assertThat(node.listenAddresses()).singleElement()
				.satisfies((address) -> assertThat(address.toString()).startsWith(host + "/"));
			List<Multiaddr> told = node.addrInfo().addresses();
			MultiaddrProtocol family = Multiaddr.parse(listen).components().get(0).protocol();
			assertThat(told).isNotEmpty().allSatisfy((address) -> {
				assertThat(address.components().get(0).protocol()).isEqualTo(family);
				assertThat(address.ipSocketAddress().map(InetSocketAddress::getAddress).orElseThrow())
					.matches((ip) -> !ip.isAnyLocalAddress());
			});
			assertThat(PeerRecord.open(node.signedRecord().encoded()).addresses()).containsAll(told);
			for (Multiaddr address : told) {
				peer.connect(new AddrInfo(node.peerId(), List.of(address)), Duration.ofSeconds(20));
				NodeSuite.eventually("both have identified",
						() -> peer.peerStore().protocols(node.peerId()).contains(IDENTIFY)
								&& node.peerStore().protocols(peer.peerId()).contains(IDENTIFY));
				assertThat(peer.connection(node.peerId()).orElseThrow().remoteAddress()).isEqualTo(address);
				peer.disconnect(node.peerId());
				NodeSuite.eventually("disconnected", () -> peer.connections().isEmpty());
				peer.peerStore().remove(node.peerId());
			}
		}
	}

	static void checkBoth(String above) throws Exception {
		String six = "/ip6/::" + above;
		String four = "/ip4/0.0.0.0" + above;
		int port;
		try (NettyNode any = builder().listen(six.formatted(0)).build()) {
			any.start();
			port = Integer.parseInt(any.listenAddresses().get(0).components().get(1).value());
		}
		try (NettyNode node = builder().listen(four.formatted(port)).listen(six.formatted(port)).build();
				NettyNode peer = builder().build()) {
			// A second start finds the port free.
			for (int round = 0; round < 2; round++) {
				node.start();
				assertThat(node.listenAddresses()).extracting(Multiaddr::toString)
					.containsExactlyInAnyOrder(six.formatted(port), four.formatted(port));
				for (String host : List.of("/ip4/127.0.0.1", "/ip6/::1")) {
					String listening = host.startsWith("/ip4") ? four : six;
					peer.start();
					peer.connect(new AddrInfo(node.peerId(), List.of(Multiaddr.parse(listening.formatted(port)))),
							Duration.ofSeconds(20));
					assertThat(peer.connection(node.peerId()).orElseThrow().remoteAddress())
						.hasToString((host + above).formatted(port));
					peer.stop();
				}
				node.stop();
			}
		}
	}

	private static NodeBuilder builder() {
		NodeBuilder builder = NodeBuilder.create().transport(new TcpTransport()).transport(new WebSocketTransport());
		if (QuicTransport.isAvailable()) {
			builder.transport(new QuicTransport());
		}
		return builder;
	}

	/** Runs without native transports. */
	static final class WithoutNatives {

		private WithoutNatives() {
		}

		public static void main(String... arguments) throws Exception {
			for (String listen : listenAddresses().toList()) {
				check(listen);
				System.out.println("good: " + listen);
			}
			for (String above : hasIp6() ? ports().toList() : List.<String>of()) {
				checkBoth(above);
				System.out.println("both: " + above);
			}
		}

	}

}
