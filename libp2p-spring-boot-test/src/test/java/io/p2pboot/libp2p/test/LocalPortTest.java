package io.p2pboot.libp2p.test;

import io.p2pboot.libp2p.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
@SpringBootTest(properties = "libp2p.listen=/ip4/127.0.0.1/tcp/0")
class LocalPortTest {

	@Autowired
	private Node node;

	@LocalLibp2pPort
	private int port;

	@Test
	void thePortOfASocketIsInjected() throws Exception {
		assertThat(this.node.listenAddresses())
			.containsExactly(io.p2pboot.libp2p.multiformats.Multiaddr.parse("/ip4/127.0.0.1/tcp/" + this.port));
		try (TestPeer peer = TestPeer.create(this.node)) {
			peer.connect();
			assertThat(peer.node().connection(this.node.peerId())).isPresent();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
