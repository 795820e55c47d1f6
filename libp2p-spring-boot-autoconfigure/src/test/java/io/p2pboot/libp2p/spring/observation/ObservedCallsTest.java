package io.p2pboot.libp2p.spring.observation;

import java.io.IOException;
import java.nio.ByteBuffer;

import io.micrometer.common.KeyValues;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
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
class ObservedCallsTest {

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
					.doesNotHaveLowCardinalityKeyValueWithKey("error")
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
					.hasLowCardinalityKeyValue("outcome", "ERROR");
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
	void datagramsAndCallsOfTheTemplateAreObserved() {
		this.runner.run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				AddrInfo address = MemoryApp.address(peer);
				peer.mountProtocol(ProtocolPath.of("/serves/1.0.0"), StreamProtocol.create());
				peer.sendDatagram(MemoryApp.address(context), ProtocolPath.of("/measure/1.0.0"),
						ByteBuffer.wrap(new byte[1]));
				Libp2pTemplate template = context.getBean(Libp2pTemplate.class);
				assertThatExceptionOfType(IOException.class)
					.isThrownBy(() -> template.request(address, "/nobody/1.0.0", "hi", String.class));
				template.openStream(MemoryApp.address(peer), "/serves/1.0.0").close();
				await().untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.registry)
					.hasObservationWithNameEqualTo("libp2p.datagram.handler")
					.that()
					.hasBeenStopped()
					.hasLowCardinalityKeyValue("libp2p.protocol", "/measure/1.0.0")
					.hasLowCardinalityKeyValue("outcome", "SUCCESS")
					.hasHighCardinalityKeyValue("libp2p.peer.id", peer.peerId().toString()));
				TestObservationRegistryAssert.assertThat(this.registry)
					.hasNumberOfObservationsWithNameEqualTo("libp2p.template", 2)
					.hasAnObservationWithAKeyValue("libp2p.operation", "request")
					.hasAnObservationWithAKeyValue("libp2p.operation", "open")
					.hasAnObservationWithAKeyValue("libp2p.protocol", "/nobody/1.0.0")
					.hasAnObservationWithAKeyValue("libp2p.peer.id", peer.peerId().toString());
			}
		});
	}

	@Test
	void whatIsNotWantedIsNotObserved() {
		this.runner
			.withPropertyValues("libp2p.observations.streams=false", "libp2p.observations.datagrams=false",
					"libp2p.observations.calls=false")
			.run((context) -> {
				try (Node peer = MemoryApp.peer()) {
					MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "hi");
					context.getBean(Libp2pTemplate.class)
						.sendDatagram(MemoryApp.address(peer), "/none", ByteBuffer.wrap(new byte[1]));
				}
				catch (IOException ex) {
					// The peer serves none.
				}
				TestObservationRegistryAssert.assertThat(this.registry).doesNotHaveAnyObservation();
			});
	}

	@Test
	void observationsAreDoneWithoutWhereThereIsNoRegistry() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(ObservedCalls.class));
		this.plain.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedCalls.class));
		this.runner.withPropertyValues("libp2p.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedCalls.class));
		this.plain.withClassLoader(new FilteredClassLoader("io.micrometer.observation"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pObservedCalls"));
		this.runner.withBean("own", CallObserver.class, () -> CallObserver.NONE)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservedCalls.class));
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

		@Bean
		@Libp2pProtocol("/measure/1.0.0")
		DatagramHandler measure() {
			return (datagram) -> {
			};
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
