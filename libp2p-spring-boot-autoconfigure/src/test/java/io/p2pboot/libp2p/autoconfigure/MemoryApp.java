package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/**
 * An application whose node listens in memory, and peers that call it.
 */
public final class MemoryApp {

	private MemoryApp() {
	}

	public static ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class))
			.withPropertyValues("libp2p.listen=/memory/0", "libp2p.transport.tcp.enabled=false",
					"libp2p.transport.memory.enabled=true");
	}

	public static NettyNode peer() throws IOException {
		return NodeBuilder.create().transport(new MemoryTransport()).listen("/memory/0").start();
	}

	public static AddrInfo address(ApplicationContext context) {
		return address(context.getBean(Node.class));
	}

	public static AddrInfo address(Node node) {
		return new AddrInfo(node.peerId(), node.listenAddresses());
	}

	/** Opens a stream, sends text, ends our side and reads to the end. */
	public static String exchange(Node peer, AddrInfo app, String path, String text) throws IOException {
		try (Stream stream = peer.openStream(app, ProtocolPath.of(path))) {
			stream.outputStream().write(text.getBytes(StandardCharsets.UTF_8));
			stream.closeWrite();
			return new String(stream.inputStream().readAllBytes(), StandardCharsets.UTF_8);
		}
	}

}
