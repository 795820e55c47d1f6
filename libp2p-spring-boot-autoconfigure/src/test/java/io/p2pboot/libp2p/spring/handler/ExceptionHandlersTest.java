package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class ExceptionHandlersTest {

	private final ApplicationContextRunner runner = MemoryApp.runner().withUserConfiguration(Failing.class);

	@Test
	void theOwnHandlerIsAskedFirstThenTheBeansInTheirOrderUntilOneAnswers() {
		this.runner.run((context) -> {
			Failing failing = context.getBean(Failing.class);
			try (Node peer = MemoryApp.peer()) {
				Node app = context.getBean(Node.class);
				assertThat(code(peer, app, "/fails/own")).isEqualTo(1);
				assertThat(failing.asked).containsExactly("first", "second");
				failing.asked.clear();
				assertThat(code(peer, app, "/fails/state")).isEqualTo(2);
				assertThat(failing.asked).containsExactly("first", "second");
				failing.asked.clear();
				assertThat(code(peer, app, "/fails/io")).isEqualTo(3);
				assertThat(failing.asked).containsExactly("first", "second", "third");
				failing.asked.clear();
				assertThat(code(peer, app, "/fails/other")).isEqualTo(StreamProtocol.HANDLER_FAILED);
				assertThat(failing.asked).containsExactly("first", "second", "third");
				assertThat(peer.connections()).hasSize(1);
			}
		});
	}

	@Test
	void aRefusalOfAnInterceptorAndAFailingExceptionHandlerResetTheStreamOnly() {
		this.runner.withUserConfiguration(Broken.class).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				Node app = context.getBean(Node.class);
				assertThat(code(peer, app, "/fails/io")).isEqualTo(StreamProtocol.HANDLER_FAILED);
				assertThat(code(peer, app, "/fails/guarded")).isEqualTo(403);
				assertThat(peer.connections()).hasSize(1);
			}
		});
	}

	@Test
	void whateverAHandlerThrowsResetsItsStreamNeverTheConnectionAndIsCounted() {
		this.runner
			.withConfiguration(AutoConfigurations.of(Libp2pObservationAutoConfiguration.class,
					ObservationAutoConfiguration.class, MetricsAutoConfiguration.class))
			.withBean(SimpleMeterRegistry.class)
			.run((context) -> {
				SimpleMeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
				try (Node peer = MemoryApp.peer()) {
					Node app = context.getBean(Node.class);
					assertThat(code(peer, app, "/fails/error")).isEqualTo(StreamProtocol.HANDLER_FAILED);
					assertThat(code(peer, app, "/fails/other")).isEqualTo(StreamProtocol.HANDLER_FAILED);
					await().untilAsserted(() -> {
						assertThat(failures(registry, "/fails/error", "StackOverflowError")).isOne();
						assertThat(failures(registry, "/fails/other", "UnsupportedOperationException")).isOne();
					});
					assertThat(context.getBean(HandlerRegistrar.class).handlers())
						.allSatisfy((handler) -> assertThat(handler.active()).isZero());
					assertThat(peer.connections()).hasSize(1);
					assertThat(MemoryApp.exchange(peer, MemoryApp.address(app), "/works", "hi")).isEqualTo("hi");
				}
			});
	}

	private static long failures(SimpleMeterRegistry registry, String path, String error) {
		Timer timer = registry.find("libp2p.stream.handler")
			.tags("libp2p.protocol", path, "outcome", "ERROR", "error", error)
			.timer();
		return (timer != null) ? timer.count() : 0;
	}

	private static long code(Node peer, Node app, String path) throws IOException {
		StreamReset[] seen = new StreamReset[1];
		try (Stream stream = peer.openStream(MemoryApp.address(app), ProtocolPath.of(path))) {
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.inputStream().read())
				.satisfies((reset) -> seen[0] = reset);
		}
		return seen[0].code().orElseThrow();
	}

	@Configuration(proxyBeanMethods = false)
	static class Failing {

		private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

		@Bean
		@Order(3)
		Libp2pExceptionHandler third() {
			return (stream, failure) -> answer("third", failure instanceof IOException, 3);
		}

		@Bean
		@Order(1)
		Libp2pExceptionHandler first() {
			return (stream, failure) -> answer("first", false, 0);
		}

		@Bean
		@Order(2)
		Libp2pExceptionHandler second() {
			return (stream, failure) -> {
				if (failure instanceof StreamReset reset) {
					return answer("second", true, reset.code().orElseThrow());
				}
				return answer("second", failure instanceof IllegalStateException, 2);
			};
		}

		private Optional<StreamReset> answer(String name, boolean answers, long code) {
			this.asked.add(name);
			return answers ? Optional.of(StreamReset.local(code, name)) : Optional.empty();
		}

		@Bean
		Methods methods() {
			return new Methods();
		}

	}

	static class Methods {

		@Libp2pProtocol("/fails/own")
		void own(Stream stream) {
			throw new IllegalArgumentException("on purpose");
		}

		@Libp2pProtocol("/fails/state")
		void state(Stream stream) {
			throw new IllegalStateException("on purpose");
		}

		@Libp2pProtocol("/fails/io")
		void io(Stream stream) throws IOException {
			throw new IOException("on purpose");
		}

		@Libp2pProtocol("/fails/other")
		void other(Stream stream) {
			throw new UnsupportedOperationException("on purpose");
		}

		@Libp2pProtocol("/fails/error")
		void error(Stream stream) {
			throw new StackOverflowError("on purpose");
		}

		@Libp2pProtocol("/works")
		void works(Stream stream) throws IOException {
			stream.inputStream().transferTo(stream.outputStream());
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex) {
			return StreamReset.local(1, "own");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Broken {

		@Bean
		@Order(0)
		Libp2pExceptionHandler broken() {
			return (stream, failure) -> {
				if (failure instanceof StreamReset) {
					return Optional.empty();
				}
				throw new IllegalStateException("the handler of failures fails itself");
			};
		}

		@Bean
		StreamInterceptor guard() {
			return (stream, next) -> {
				if (stream.protocol().value().equals("/fails/guarded")) {
					throw StreamReset.local(403, "not a friend");
				}
				next.handle(stream);
			};
		}

		@Bean
		@Libp2pProtocol("/fails/guarded")
		StreamHandler guarded() {
			return Stream::close;
		}

	}

}
