package io.p2pboot.libp2p.test;

import java.io.IOException;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/**
 * The network of one application, and a peer on it.
 */
@Configuration(proxyBeanMethods = false)
class TestTransportConfiguration {

	@Bean
	MemoryNetwork testLibp2pNetwork() {
		return MemoryNetwork.create();
	}

	@Bean(destroyMethod = "close")
	@Lazy
	TestPeer testLibp2pPeer(Node node, MemoryNetwork network, MessageCodec codec) throws IOException {
		return TestPeer.create(node, network, codec);
	}

}
