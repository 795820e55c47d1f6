package io.p2pboot.libp2p.interop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.p2pboot.libp2p.interop.driver.PeerFailure;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Our node on hosts whose addresses are other than this one's, with native transports and
 * without.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class AnyHostTest {

	private static final String NO_NATIVE = "-Dio.netty.transport.noNative=true";

	private static final String NATIVE = "-Dio.netty.transport.noNative=false";

	private static final List<String> TRANSPORTS = List.of("tcp", "ws", "quic-v1");

	private NetworkNamespace host;

	@BeforeEach
	void makeHost() {
		NetworkNamespace.require();
		this.host = NetworkNamespace.create("h");
		this.host.ip("link", "add", "eth0", "type", "veth", "peer", "name", "switch");
		this.host.ip("link", "set", "switch", "up");
		this.host.ip("address", "add", "192.0.2.7/24", "dev", "eth0");
		this.host.ip("link", "set", "eth0", "up");
	}

	@AfterEach
	void takeHostAway() {
		if (this.host != null) {
			this.host.close();
		}
	}

	static Stream<Arguments> guests() {
		return Stream.of(NATIVE, NO_NATIVE)
			.flatMap((option) -> Stream.of(Stacks.JAVA, Stacks.GO).map((stack) -> Arguments.of(option, stack)));
	}

	private StartedPeer listen(String option, List<String> listen) {
		return StartedPeer.start(Stacks.launch(Stacks.JAVA, this.host, option),
				Map.of("transports", TRANSPORTS, "listen", listen));
	}

	private StartedPeer guest(String stack) {
		return StartedPeer.start(Stacks.launch(stack, this.host),
				Map.of("transports", List.of("tcp", "quic-v1"), "listen", List.of()));
	}

	/** Everybody's IPv6 host: its addresses come from the JDK with their interface. */
	@ParameterizedTest
	@MethodSource("guests")
	void everyAddressOfAHostIsToldWithoutItsInterface(String option, String stack) {
		this.host.ip("address", "add", "fd00::7/64", "dev", "eth0", "nodad");
		try (StartedPeer listening = listen(option, List.of("/ip6/::/tcp/0", "/ip6/::/tcp/0/ws",
				"/ip6/::/udp/0/quic-v1", "/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/tcp/0/ws", "/ip4/0.0.0.0/udp/0/quic-v1"));
				StartedPeer guest = guest(stack)) {
			assertThat(listening.addresses()).hasSize(6);
			List<String> dialled = listening.addresses()
				.stream()
				.filter((address) -> !address.contains("/ws"))
				.toList();
			assertThat(dialled).hasSize(4)
				.allMatch((address) -> address.startsWith("/ip6/::/") || address.startsWith("/ip4/0.0.0.0/"));
			for (String address : dialled) {
				guest.dial(address.replace("/ip6/::/", "/ip6/fd00::7/").replace("/0.0.0.0/", "/192.0.2.7/"));
				List<String> told = told(guest, listening);
				assertThat(told).noneMatch((one) -> one.contains("%") || one.contains("fe80"));
				for (String bound : listening.addresses()) {
					String inner = bound.substring(bound.indexOf('/', 5), bound.indexOf("/p2p/"));
					assertThat(told).contains((bound.startsWith("/ip6") ? "/ip6/fd00::7" : "/ip4/192.0.2.7") + inner);
				}
				guest.call("hangup", Map.of("peer", listening.id()));
				guest.awaitNoConnection(listening);
			}
		}
	}

	static Stream<String> options() {
		return Stream.of(NATIVE, NO_NATIVE);
	}

	/** As in a container's default network. */
	@ParameterizedTest
	@MethodSource("options")
	void aHostWithoutIp6ListensOnWhatItHas(String option) {
		this.host.output("sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1");
		try (StartedPeer listening = listen(option, List.of("/ip4/0.0.0.0/tcp/4001", "/ip6/::/tcp/4001",
				"/ip4/0.0.0.0/udp/4001/quic-v1", "/ip6/::/udp/4001/quic-v1")); StartedPeer guest = guest(Stacks.JAVA)) {
			assertThat(listening.addresses()).hasSize(2).allMatch((address) -> address.startsWith("/ip4/0.0.0.0/"));
			guest.dial(listening.address().replace("/0.0.0.0/", "/192.0.2.7/"));
		}
		assertThatExceptionOfType(PeerFailure.class).isThrownBy(() -> listen(option, List.of("/ip6/::/tcp/4001")))
			.withMessageContaining("this host has no IPv6");
	}

	@ParameterizedTest
	@MethodSource("options")
	void aLinkLocalAddressKeepsItsZoneHereAndNotElsewhere(String option) {
		this.host.ip("address", "add", "fe80::7/64", "dev", "eth0", "nodad");
		List<String> listen = List.of("/ip6zone/eth0/ip6/fe80::7/tcp/0", "/ip6zone/eth0/ip6/fe80::7/tcp/0/ws",
				"/ip6zone/eth0/ip6/fe80::7/udp/0/quic-v1");
		try (StartedPeer listening = listen(option, listen); StartedPeer guest = guest(Stacks.JAVA)) {
			assertThat(listening.addresses()).hasSize(3)
				.allMatch((address) -> address.startsWith("/ip6zone/eth0/ip6/fe80::7/"));
			guest.dial(listening.address());
			assertThat(told(guest, listening)).noneMatch((address) -> address.contains("zone"));
		}
	}

	/** What a peer knows from identify. */
	private static List<String> told(StartedPeer by, StartedPeer about) {
		return PairSuite.ask(by, about, "peerInfo", Map.of())
			.path("addrs")
			.valueStream()
			.map(JsonNode::stringValue)
			.map((address) -> address.replaceFirst("/p2p/.*", ""))
			.toList();
	}

}
