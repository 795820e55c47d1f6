package io.p2pboot.libp2p.node;

import java.io.IOException;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class ReconnectTest {

	private static final int ROUNDS = 20;

	@Test
	void connectingAfterADisconnectMakesANewConnection() throws IOException {
		try (Node server = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start();
				Node client = NodeBuilder.create().start()) {
			for (int i = 0; i < ROUNDS; i++) {
				client.connect(server.addrInfo());
				Connection first = client.connection(server.peerId()).orElseThrow();
				client.disconnect(server.peerId());
				assertThat(first.isOpen()).isFalse();
				client.connect(server.addrInfo());
				assertThat(client.connection(server.peerId())).get().isNotSameAs(first);
				client.disconnect(server.peerId());
			}
		}
	}

}
