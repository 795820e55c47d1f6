package io.p2pboot.libp2p.spring.observation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The spans of both bridges: what went well is no failure, what failed is one, the kinds
 * are right, and the log line of a failure lies within its span.
 */
@Timeout(60)
class TracingTest {

	private static final Logger logger = (Logger) LoggerFactory.getLogger("io.p2pboot.libp2p.spring");

	private final List<String> traceOfLog = new CopyOnWriteArrayList<>();

	private Tracer tracer;

	private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {

		@Override
		protected void append(ILoggingEvent event) {
			if (event.getThrowableProxy() != null) {
				TracingTest.this.traceOfLog.add(TracingTest.this.tracer.currentTraceContext().context().traceId());
			}
		}

	};

	@BeforeEach
	void listen() {
		this.appender.setContext(logger.getLoggerContext());
		this.appender.start();
		logger.addAppender(this.appender);
	}

	@AfterEach
	void stop() {
		logger.detachAppender(this.appender);
	}

	@Test
	void braveSeesKindsAndFailures() {
		TestTracing.withBrave(this::traces);
	}

	@Test
	void openTelemetrySeesKindsAndFailures() {
		TestTracing.withOpenTelemetry(this::traces);
	}

	private void traces(TestTracing tracing) {
		this.tracer = tracing.tracer();
		runner(tracing.registry()).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				StreamProtocol accepts = peer.mountProtocol(ProtocolPath.of("/accepts/1.0.0"), StreamProtocol.create());
				MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "hi");
				assertThatExceptionOfType(IOException.class)
					.isThrownBy(() -> MemoryApp.exchange(peer, MemoryApp.address(context), "/fails/1.0.0", "hi"));
				peer.sendDatagram(MemoryApp.address(context), ProtocolPath.of("/measure/1.0.0"),
						ByteBuffer.wrap(new byte[1]));
				context.getBean(Libp2pTemplate.class).send(MemoryApp.address(peer), "/accepts/1.0.0", "hi");
				accepts.acceptStream().close();
				await().until(() -> tracing.spans().size() == 4);
			}
		});
		assertThat(tracing.span("SERVER", "/echo/1.0.0").failed()).isFalse();
		assertThat(tracing.span("SERVER", "/measure/1.0.0").failed()).isFalse();
		assertThat(tracing.span("CLIENT", "/accepts/1.0.0").failed()).isFalse();
		TestTracing.Span failed = tracing.span("SERVER", "/fails/1.0.0");
		assertThat(failed.failed()).isTrue();
		assertThat(this.traceOfLog).containsExactly(failed.traceId());
	}

	private static ApplicationContextRunner runner(ObservationRegistry registry) {
		return MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pObservationAutoConfiguration.class))
			.withBean("registry", ObservationRegistry.class, () -> registry)
			.withUserConfiguration(Handlers.class);
	}

	@Configuration(proxyBeanMethods = false)
	static class Handlers {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

		@Bean
		@Libp2pProtocol("/fails/1.0.0")
		StreamHandler fails() {
			return (stream) -> {
				throw new IllegalStateException("on purpose");
			};
		}

		@Bean
		@Libp2pProtocol("/measure/1.0.0")
		DatagramHandler measure() {
			return (datagram) -> {
			};
		}

	}

}
