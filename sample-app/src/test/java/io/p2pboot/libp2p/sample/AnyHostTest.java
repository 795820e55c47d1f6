package io.p2pboot.libp2p.sample;

import java.net.Inet6Address;
import java.net.NetworkInterface;
import java.nio.file.Path;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The program on every address of its host.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class AnyHostTest {

	@TempDir
	Path data;

	@ParameterizedTest
	@ValueSource(strings = { "/ip4/0.0.0.0", "/ip6/::" })
	void startsAndTellsAddressesThatCanBeDialled(String host, CapturedOutput output) throws Exception {
		assumeThat(host.startsWith("/ip4") || hasIp6()).as("this host has IPv6").isTrue();
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SampleApplication.class).run(
				"--server.port=0",
				"--libp2p.listen=" + host + "/tcp/0," + host + "/tcp/0/ws," + host + "/udp/0/quic-v1",
				"--libp2p.transport.websocket.enabled=true",
				"--libp2p.identity.location=file:" + this.data.resolve("peer.key"),
				"--sample.files.folder=" + this.data.resolve("files")); Node peer = NodeBuilder.create().start()) {
			AddrInfo told = context.getBean(Node.class).addrInfo();
			assertThat(told.addresses()).hasSizeGreaterThanOrEqualTo(3).allSatisfy((address) -> {
				assertThat(address.toString()).startsWith(host.substring(0, 5));
				assertThat(output).contains("Others reach this node at " + address + "/p2p/" + told.id());
			});
			peer.connect(told);
		}
	}

	private static boolean hasIp6() throws Exception {
		return NetworkInterface.networkInterfaces()
			.flatMap(NetworkInterface::inetAddresses)
			.anyMatch((address) -> address instanceof Inet6Address && !address.isLinkLocalAddress());
	}

}
