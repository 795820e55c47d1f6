package io.p2pboot.libp2p.test;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.spring.kad.KademliaCustomizer;
import io.p2pboot.libp2p.spring.kad.Libp2pRecords;
import io.p2pboot.libp2p.transport.memory.MemoryNetwork;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The servers of a Kademlia network, which know the values that the application knows.
 */
@Configuration(proxyBeanMethods = false)
class TestKadNetworkConfiguration {

	static final String NODES = "libp2p.test.kad.nodes";

	@Bean(destroyMethod = "close")
	TestKadNetwork testLibp2pKadNetwork(MemoryNetwork network, ListableBeanFactory beans,
			@Value("${libp2p.kad.protocol}") String protocol, @Value("${" + NODES + "}") int nodes) throws IOException {
		Map<String, RecordValidator> validators = new HashMap<>();
		for (String name : beans.getBeanNamesForType(RecordValidator.class, true, false)) {
			Libp2pRecords records = beans.findAnnotationOnBean(name, Libp2pRecords.class, false);
			if (records != null) {
				validators.put(records.value(), beans.getBean(name, RecordValidator.class));
			}
		}
		return TestKadNetwork.create(network, protocol, nodes, validators);
	}

	@Bean
	KademliaCustomizer testLibp2pKadBootstrap(TestKadNetwork servers) {
		return (builder) -> builder.bootstrap(servers.bootstrapPeers());
	}

}
