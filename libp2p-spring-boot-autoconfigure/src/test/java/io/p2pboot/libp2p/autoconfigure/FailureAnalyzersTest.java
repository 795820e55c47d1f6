package io.p2pboot.libp2p.autoconfigure;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.client.ImportLibp2pClients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class FailureAnalyzersTest {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class));

	@Test
	void anAddressInUseIsNamed() throws Exception {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			String address = "/ip4/127.0.0.1/tcp/" + taken.getLocalPort();
			FailureAnalysis analysis = analyze("libp2p.listen=" + address);
			assertThat(analysis.getDescription()).contains("Could not listen on " + address);
			assertThat(analysis.getAction()).contains("libp2p.listen").contains("port 0");
		}
	}

	@Test
	void anAddressInUseOverQuicIsNamed() throws Exception {
		try (DatagramSocket taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
			String address = "/ip4/127.0.0.1/udp/" + taken.getLocalPort() + "/quic-v1";
			FailureAnalysis analysis = analyze("libp2p.listen=" + address);
			assertThat(analysis.getDescription()).contains("Could not listen on " + address);
			assertThat(analysis.getAction()).contains("libp2p.listen").contains("port 0");
		}
	}

	@Test
	void bootstrapPeersThatCannotBeConnectedAreNamed() {
		String peer = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWCAbQULjg96zaG5GRoJrLQFv7rPrzmSYncofekQTdmjkj";
		FailureAnalysis analysis = analyze("libp2p.bootstrap.peers=" + peer, "libp2p.bootstrap.fail-fast=true");
		assertThat(analysis.getDescription()).contains("None of the bootstrap peers")
			.contains("/ip4/127.0.0.1/tcp/1")
			.contains("refused");
		assertThat(analysis.getAction()).contains("libp2p.bootstrap.fail-fast=false");
	}

	@Test
	void anAddressOfAnotherMachineIsNamed() {
		FailureAnalysis analysis = analyze("libp2p.listen=/ip4/192.0.2.1/tcp/0");
		assertThat(analysis.getDescription()).contains("/ip4/192.0.2.1/tcp/0");
		assertThat(analysis.getAction()).contains("0.0.0.0");
	}

	@Test
	void anAddressWithoutATransportNamesTheProperty() {
		assertThat(analyze("libp2p.listen=/ip4/127.0.0.1/tcp/0/ws").getAction())
			.contains("libp2p.transport.websocket.enabled=true");
		assertThat(analyze("libp2p.listen=/ip4/127.0.0.1/udp/0/quic-v1", "libp2p.transport.quic.enabled=false")
			.getAction()).contains("libp2p.transport.quic.enabled=true");
		assertThat(analyze("libp2p.listen=/memory/1").getAction()).contains("libp2p.transport.memory.enabled=true");
	}

	@Test
	void aNameIsToldFromAnAddress() {
		assertThat(analyze("libp2p.listen=/dns4/localhost/tcp/0").getAction()).contains("IP address")
			.contains("libp2p.announce");
	}

	@Test
	void aSecureWebSocketWithoutACertificateNamesTheBundle() {
		assertThat(analyze("libp2p.listen=/ip4/127.0.0.1/tcp/0/tls/ws", "libp2p.transport.websocket.enabled=true")
			.getAction()).contains("libp2p.transport.websocket.ssl.bundle");
	}

	@Test
	void anInvalidMultiaddrIsNamedWithItsProperty() {
		FailureAnalysis analysis = analyze("libp2p.listen[0]=/ip4/127.0.0.1/tcp/0", "libp2p.listen[1]=/ip4/999/tcp/1");
		assertThat(analysis.getDescription()).contains("'/ip4/999/tcp/1'").contains("libp2p.listen[1]");
		assertThat(analysis.getAction()).contains("/ip4/0.0.0.0/tcp/4001");
	}

	@Test
	void anInvalidBootstrapPeerIsNamedWithItsProperty() {
		FailureAnalysis analysis = analyze("libp2p.bootstrap.peers[0]=/ip4/127.0.0.1/tcp/1");
		assertThat(analysis.getDescription()).contains("libp2p.bootstrap.peers[0]").contains("/p2p/");
	}

	@Test
	void bothHandlersOfOnePathAreNamed() {
		FailureAnalysis analysis = analyze(Duplicates.class);
		assertThat(analysis.getDescription()).contains("/echo/1.0.0").contains("'one'").contains("'two'");
		assertThat(analysis.getAction()).contains("@Libp2pProtocol");
	}

	@Test
	void aSignatureThatCannotBeServedIsNamed() {
		FailureAnalysis analysis = analyze(BadSignature.class);
		assertThat(analysis.getDescription()).contains("method serve(String, String)").contains("BadSignature");
		assertThat(analysis.getAction()).contains("one parameter");
	}

	@Test
	void anInterfaceThatCannotCallIsNamed() {
		FailureAnalysis analysis = analyze(BadClient.class);
		assertThat(analysis.getDescription()).contains("method call(String)").contains("Nobody");
		assertThat(analysis.getAction()).contains("AddrInfo");
	}

	@Test
	void anIdentityFileNamesItsRemedy(@TempDir Path folder) throws Exception {
		Path file = folder.resolve("peer.key");
		Files.write(file, new byte[] { 1, 2, 3 });
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
		FailureAnalysis readable = analyze("libp2p.identity.location=file:" + file);
		assertThat(readable.getDescription()).contains(file.toString()).contains("0644");
		assertThat(readable.getAction()).isEqualTo("Run: chmod 600 " + file);
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
		FailureAnalysis noKey = analyze("libp2p.identity.location=file:" + file);
		assertThat(noKey.getDescription()).contains("no libp2p private key").contains("libp2p.identity.location");
		assertThat(noKey.getAction()).startsWith("Restore it");
		assertThat(analyze("libp2p.identity.location=file:" + folder).getDescription()).contains("is a directory");
		assertThat(analyze("libp2p.identity.location=classpath:nowhere.key").getAction())
			.contains("libp2p.identity.location=./");
	}

	private FailureAnalysis analyze(String... properties) {
		return FailureAnalyses.of(this.runner.withPropertyValues(properties));
	}

	private FailureAnalysis analyze(Class<?> configuration) {
		return FailureAnalyses.of(this.runner.withUserConfiguration(configuration));
	}

	@Configuration(proxyBeanMethods = false)
	static class Duplicates {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler one() {
			return Stream::close;
		}

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler two() {
			return Stream::close;
		}

	}

	static class BadSignature {

		@Libp2pProtocol("/bad/1.0.0")
		String serve(String one, String two) {
			return one + two;
		}

	}

	interface Nobody {

		@Libp2pProtocol("/nobody/1.0.0")
		String call(String text);

	}

	@Configuration(proxyBeanMethods = false)
	@ImportLibp2pClients(Nobody.class)
	static class BadClient {

	}

}
