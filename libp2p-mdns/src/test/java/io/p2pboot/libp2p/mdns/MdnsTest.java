package io.p2pboot.libp2p.mdns;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Nodes that find each other by real packets, on the loopback and on a port of the test.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class MdnsTest {

	private final MulticastGroup group = new MulticastGroup(freePort());

	private static int freePort() {
		try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (SocketException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean isLoopback(NetworkInterface device) {
		try {
			return device.isLoopback();
		}
		catch (SocketException ex) {
			return false;
		}
	}

	private NettyNode node(Mdns.Builder mdns) throws IOException {
		return NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").service(mdns.build(this.group)).start();
	}

	private static Mdns.Builder onLoopback() {
		return Mdns.builder().interfaces(MdnsTest::isLoopback).queryInterval(Duration.ofSeconds(1));
	}

	@Test
	void twoNodesFindAndDialEachOtherWithoutAnyAddress() throws Exception {
		try (NettyNode one = node(onLoopback()); NettyNode two = node(onLoopback())) {
			awaitConnection(one, two);
			awaitConnection(two, one);
			assertThat(one.connections()).as("one of them dials").hasSize(1);
			assertThat(two.connections()).hasSize(1);
		}
	}

	@Test
	void whoOnlyWantsToKnowIsToldAndDialsNobody() throws Exception {
		BlockingQueue<AddrInfo> found = new LinkedBlockingQueue<>();
		try (NettyNode one = node(onLoopback().dial(false));
				NettyNode two = node(onLoopback().dial(false).listener(found::add))) {
			AddrInfo peer = found.poll(30, TimeUnit.SECONDS);
			assertThat(peer).isEqualTo(one.addrInfo());
			assertThat(two.peerStore().addresses(one.peerId())).isEqualTo(one.addrInfo().addresses());
			assertThat(two.connections()).isEmpty();
		}
	}

	@Test
	void nodesOfAnotherServiceAreNotFound() throws Exception {
		BlockingQueue<AddrInfo> found = new LinkedBlockingQueue<>();
		try (NettyNode one = node(onLoopback().service("_other._udp"));
				NettyNode two = node(onLoopback());
				NettyNode three = node(onLoopback().dial(false).listener(found::add))) {
			assertThat(found.poll(30, TimeUnit.SECONDS)).isEqualTo(two.addrInfo());
			assertThat(found).isEmpty();
			assertThat(three.peerStore().addresses(one.peerId())).isEmpty();
		}
	}

	@Test
	void aNodeThatStartsAgainIsFoundAgain() throws Exception {
		try (NettyNode one = node(onLoopback()); NettyNode two = node(onLoopback())) {
			awaitConnection(one, two);
			two.stop();
			assertThat(Thread.getAllStackTraces().keySet()).filteredOn((thread) -> thread.getName().contains("mdns"))
				.hasSize(1);
			two.start();
			awaitConnection(two, one);
		}
		assertThat(Thread.getAllStackTraces().keySet()).noneMatch((thread) -> thread.getName().contains("mdns"));
	}

	@Test
	void settingsOutOfRangeAreRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> Mdns.builder().service("p2p"));
		assertThatIllegalArgumentException().isThrownBy(() -> Mdns.builder().service("_" + "a".repeat(63) + "._udp"));
		assertThatIllegalArgumentException().isThrownBy(() -> Mdns.builder().queryInterval(Duration.ofMillis(999)));
		assertThatIllegalArgumentException().isThrownBy(() -> Mdns.builder().queryInterval(Duration.ofHours(2)));
		assertThat(Mdns.builder().service("_" + "a".repeat(62) + "._udp")).isNotNull();
	}

	private static void awaitConnection(Node from, Node to) {
		while (from.connection(to.peerId()).isEmpty()) {
			LockSupport.parkNanos(1_000_000);
		}
	}

}
