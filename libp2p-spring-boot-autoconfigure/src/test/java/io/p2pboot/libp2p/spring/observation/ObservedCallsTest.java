package io.p2pboot.libp2p.spring.observation;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class ObservedStreamsTest {

	private static final String NAME = "libp2p.stream.handler";

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final ApplicationContextRunner plain = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pObservationAutoConfiguration.class))
		.withUserConfiguration(Handlers.class);

	private final ApplicationContextRunner runner = this.plain.withBean("registry", ObservationRegistry.class,
			() -> this.registry);

	@Test
	void aStreamIsObservedWithItsPeerAsAKeyOfHighCardinalityOnly() {
		this.runner.run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "hi")).isEqualTo("hi");
				awaitObservation();
				TestObservationRegistryAssert.assertThat(this.registry)
					.hasObservationWithNameEqualTo(NAME)
					.that()
					.hasBeenStarted()
					.hasBeenStopped()
					.hasContextualNameEqualTo("libp2p /echo/1.0.0")
					.hasLowCardinalityKeyValue("libp2p.protocol", "/echo/1.0.0")
					.hasLowCardinalityKeyValue("libp2p.direction", "inbound")
					.hasLowCardinalityKeyValue("libp2p.transport", "memory")
					.hasLowCardinalityKeyValue("outcome", "SUCCESS")
					.hasLowCardinalityKeyValue("error", "none")
					.doesNotHaveLowCardinalityKeyValueWithKey("libp2p.peer.id")
					.hasHighCardinalityKeyValue("libp2p.peer.id", peer.peerId().toString())
					.hasHighCardinalityKeyValueWithKey("libp2p.peer.address");
			}
		});
	}

	@Test
	void aStreamThatAnInterceptorRefusesIsObservedToo() {
		this.runner.withBean("guard", StreamInterceptor.class, () -> (stream, next) -> {
			throw StreamReset.local(403, "not a friend");
		}).run((context) -> {
			try (Node peer = MemoryApp.peer();
					Stream stream = peer.openStream(MemoryApp.address(context), ProtocolPath.of("/echo/1.0.0"))) {
				assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read());
				awaitObservation();
				TestObservationRegistryAssert.assertThat(this.registry)
					.hasObservationWithNameEqualTo(NAME)
					.that()
					.hasError()
					.hasLowCardinalityKeyValue("outcome", "ERROR")
					.hasLowCardinalityKeyValue("error", "StreamReset");
			}
		});
	}

	@Test
	void theUsersConventionNamesIt() {
		this.runner.withBean("convention", StreamObservationConvention.class, Convention::new).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "hi");
				await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.registry)
					.hasObservationWithNameEqualTo("ours")
					.that()
					.hasLowCardinalityKeyValue("path", "/echo/1.0.0"));
			}
		});
	}

	@Test
	void observationsAreDoneWithoutWhereTheyAreNotWanted() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(ObservedStreams.class));
		this.runner.withPropertyValues("libp2p.observations.streams=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedStreams.class));
		this.plain.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedStreams.class));
		this.runner.withPropertyValues("libp2p.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedStreams.class));
		this.plain.withClassLoader(new FilteredClassLoader("io.micrometer.observation"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pObservedStreams"));
		this.runner.withBean("own", ObservedStreams.class, () -> new ObservedStreams(this.registry, null))
			.run((context) -> assertThat(context).getBean(ObservedStreams.class).isSameAs(context.getBean("own")));
	}

	private void awaitObservation() {
		await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.registry)
			.hasNumberOfObservationsWithNameEqualTo(NAME, 1)
			.hasObservationWithNameEqualTo(NAME)
			.that()
			.hasBeenStopped());
	}

	@Configuration(proxyBeanMethods = false)
	static class Handlers {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

	static class Convention implements StreamObservationConvention {

		@Override
		public String getName() {
			return "ours";
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(StreamObservationContext context) {
			return KeyValues.of("path", context.stream().protocol().value());
		}

	}

}
