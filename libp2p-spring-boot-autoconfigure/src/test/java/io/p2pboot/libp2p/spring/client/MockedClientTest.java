package io.p2pboot.libp2p.spring.client;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.autoconfigure.Libp2pAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.Libp2pHandlerAutoConfiguration;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mockingDetails;

/**
 * A test that mocks a client, of which the application serves the interface too.
 */
@Timeout(60)
@SpringJUnitConfig
@TestPropertySource(properties = { "libp2p.listen=/memory/0", "libp2p.transport.memory.enabled=true" })
class MockedClientTest {

	@MockitoBean
	private Deals deals;

	@Test
	void theMockIsNotMountedAsAHandler(@Autowired HandlerRegistrar registrar) {
		assertThat(mockingDetails(this.deals).isMock()).isTrue();
		assertThat(registrar.handlers()).singleElement()
			.satisfies((handler) -> assertThat(handler.beanName()).isEqualTo("dealsHandler"));
	}

	interface Deals {

		@Libp2pProtocol("/deals/count/1.0.0")
		String count(AddrInfo peer);

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class })
	@ImportLibp2pClients(Deals.class)
	static class App {

		@Bean
		DealsHandler dealsHandler() {
			return new DealsHandler();
		}

	}

	static class DealsHandler implements Deals {

		@Override
		public String count(AddrInfo peer) {
			return "1";
		}

	}

}
