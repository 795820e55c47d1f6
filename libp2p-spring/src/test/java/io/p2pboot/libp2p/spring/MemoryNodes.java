package io.p2pboot.libp2p.spring;

import java.io.IOException;
import java.time.Duration;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;

import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * A node in memory as a bean, with a template, and peers of it.
 */
@Configuration(proxyBeanMethods = false)
public class MemoryNodes {

	public static Node peer() throws IOException {
		return builder().start();
	}

	public static AddrInfo address(ApplicationContext context) {
		Node node = context.getBean(Node.class);
		return new AddrInfo(node.peerId(), node.listenAddresses());
	}

	private static NodeBuilder builder() {
		return NodeBuilder.create().transport(new MemoryTransport()).listen("/memory/0").shutdownGrace(Duration.ZERO);
	}

	@Bean(initMethod = "start", destroyMethod = "close")
	Node node() {
		return builder().build();
	}

}
