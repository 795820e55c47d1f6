package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.handler.UnsupportedHandlerException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Takes one optional jar away at a time: the part that it brings is gone, and nothing
 * else.
 */
@Timeout(120)
class OptionalJarsTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class,
				Libp2pObservationAutoConfiguration.class, Libp2pHealthContributorAutoConfiguration.class,
				Libp2pEndpointAutoConfiguration.class, JacksonAutoConfiguration.class,
				ValidationAutoConfiguration.class, ObservationAutoConfiguration.class))
		.withPropertyValues("management.endpoints.web.exposure.include=libp2p",
				"management.endpoints.jmx.exposure.include=libp2p", "spring.jmx.enabled=true")
		.withUserConfiguration(Echoing.class);

	@Test
	void withAllOfThemThereIsEveryPart() {
		this.runner.withBean(SimpleMeterRegistry.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("libp2pMethodHandlers")
				.hasBean("libp2pJsonConverter")
				.hasBean("libp2pCborConverter")
				.hasBean("libp2pPayloadValidator")
				.hasBean("libp2pNodeMetrics")
				.hasBean("libp2pObservedCalls")
				.hasBean("libp2pHealthIndicator")
				.hasBean("libp2pEndpoint"));
	}

	@ParameterizedTest
	@CsvSource({ "org.springframework.messaging, libp2pMethodHandlers", "tools.jackson, libp2pJsonConverter",
			"tools.jackson.dataformat.cbor, libp2pCborConverter", "jakarta.validation, libp2pPayloadValidator",
			"io.micrometer.core, libp2pNodeMetrics", "io.micrometer.observation, libp2pObservedCalls",
			"org.springframework.boot.health.contributor, libp2pHealthIndicator",
			"org.springframework.boot.actuate, libp2pEndpoint" })
	void withoutOneOfThemTheNodeServesAndItsPartIsGone(String packageName, String bean) {
		this.runner.withClassLoader(new FilteredClassLoader(packageName)).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(bean).hasBean("libp2pTemplate");
			try (Node peer = MemoryApp.peer()) {
				assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "hello"))
					.isEqualTo("hello");
			}
		});
	}

	@Test
	void aMethodWithoutMessagingNamesTheJar() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.messaging"))
			.withUserConfiguration(Method.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.problem()).contains("spring-messaging");
					assertThat(failure.action()).contains("org.springframework:spring-messaging");
				}));
	}

	@Configuration(proxyBeanMethods = false)
	static class Echoing {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

	static class Method {

		@Libp2pProtocol("/method/1.0.0")
		void serve(Stream stream) {
		}

	}

}
