package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.kad.Libp2pRecords;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@Timeout(60)
@SpringBootTest
@KadNetwork(nodes = 5)
class KadNetworkTest {

	private static final Multihash CONTENT = Multihash.sha256(ByteBuffer.allocate(5));

	private static final ByteBuffer KEY = ByteBuffer.wrap("/app/key".getBytes(StandardCharsets.US_ASCII));

	@Autowired
	private TestKadNetwork network;

	@Autowired
	private Kademlia kad;

	@Autowired
	private Node node;

	@Autowired
	private Libp2pTemplate template;

	@BeforeEach
	void fillTable() throws IOException {
		this.kad.refresh();
	}

	@Test
	void applicationFindsEveryServerByItsIdAlone() throws IOException {
		assertThat(this.network.nodes()).hasSize(5);
		for (Node server : this.network.nodes()) {
			this.template.connect(AddrInfo.of(server.peerId()));
			assertThat(this.node.connection(server.peerId())).isPresent();
		}
	}

	@Test
	void whatTheApplicationProvidesTheServersFind() throws IOException {
		assertThat(this.kad.provide(CONTENT).peers()).isEqualTo(5);
		for (Kademlia server : this.network.instances()) {
			try (Search<AddrInfo> search = server.findProviders(CONTENT, 1)) {
				assertThat(search.next().map(AddrInfo::id)).contains(this.node.peerId());
			}
		}
	}

	@Test
	void serversKnowTheValuesThatTheApplicationKnows() throws IOException {
		this.network.instances().get(4).putValue(KEY, ByteBuffer.wrap(new byte[] { 1 }));
		assertThat(this.kad.getValue(KEY, 1)).isEqualTo(Optional.of(ByteBuffer.wrap(new byte[] { 1 })));
	}

	@Test
	void numberOfServersHasABound() {
		for (int nodes : new int[] { 0, 101 }) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> TestKadNetwork.create(MemoryNetwork.create(), "/t/kad/1.0.0", nodes, Map.of()));
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		@Libp2pRecords("app")
		RecordValidator appRecords() {
			return new RecordValidator() {

				@Override
				public void validate(ByteBuffer key, ByteBuffer value) {
					// Every value will do.
				}

				@Override
				public int select(ByteBuffer key, List<ByteBuffer> values) {
					return 0;
				}

			};
		}

	}

}
