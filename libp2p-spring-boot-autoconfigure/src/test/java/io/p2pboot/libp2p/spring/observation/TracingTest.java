package io.p2pboot.libp2p.spring.observation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

import brave.Tracing;
import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.brave.bridge.BraveCurrentTraceContext;
import io.micrometer.tracing.brave.bridge.BravePropagator;
import io.micrometer.tracing.brave.bridge.BraveTracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.micrometer.tracing.propagation.Propagator;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
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

	private final List<Seen> spans = new CopyOnWriteArrayList<>();

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
		try (Tracing tracing = Tracing.newBuilder().addSpanHandler(new SpanHandler() {

			@Override
			public boolean end(TraceContext context, MutableSpan span, Cause cause) {
				TracingTest.this.spans.add(new Seen(span.name(), span.traceId(), span.kind().name(),
						span.error() != null || span.tags().containsKey("error")));
				return true;
			}

		}).build()) {
			this.tracer = new BraveTracer(tracing.tracer(),
					new BraveCurrentTraceContext(tracing.currentTraceContext()));
			traces(new BravePropagator(tracing));
		}
	}

	@Test
	void openTelemetrySeesKindsAndFailures() {
		try (SdkTracerProvider provider = SdkTracerProvider.builder()
			.addSpanProcessor(SimpleSpanProcessor.create(new Exporter(this.spans)))
			.build()) {
			io.opentelemetry.api.trace.Tracer otel = provider.get("test");
			this.tracer = new OtelTracer(otel, new OtelCurrentTraceContext(), (event) -> {
			});
			traces(new OtelPropagator(ContextPropagators.create(W3CTraceContextPropagator.getInstance()), otel));
		}
	}

	private void traces(Propagator propagator) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig()
			.observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
					new PropagatingReceiverTracingObservationHandler<>(this.tracer, propagator),
					new PropagatingSenderTracingObservationHandler<>(this.tracer, propagator),
					new DefaultTracingObservationHandler(this.tracer)));
		runner(registry).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				peer.mountProtocol(ProtocolPath.of("/accepts/1.0.0"), StreamProtocol.create());
				MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "hi");
				assertThatExceptionOfType(IOException.class)
					.isThrownBy(() -> MemoryApp.exchange(peer, MemoryApp.address(context), "/fails/1.0.0", "hi"));
				peer.sendDatagram(MemoryApp.address(context), ProtocolPath.of("/measure/1.0.0"),
						ByteBuffer.wrap(new byte[1]));
				context.getBean(Libp2pTemplate.class).send(MemoryApp.address(peer), "/accepts/1.0.0", "hi");
				await().until(() -> this.spans.size() == 4);
			}
		});
		assertThat(span("/echo/1.0.0")).satisfies((span) -> {
			assertThat(span.kind()).isEqualTo("SERVER");
			assertThat(span.failed()).isFalse();
		});
		assertThat(span("/measure/1.0.0")).satisfies((span) -> {
			assertThat(span.kind()).isEqualTo("SERVER");
			assertThat(span.failed()).isFalse();
		});
		assertThat(span("/accepts/1.0.0")).satisfies((span) -> {
			assertThat(span.kind()).isEqualTo("CLIENT");
			assertThat(span.failed()).isFalse();
		});
		assertThat(span("/fails/1.0.0")).satisfies((span) -> {
			assertThat(span.kind()).isEqualTo("SERVER");
			assertThat(span.failed()).isTrue();
			assertThat(this.traceOfLog).containsExactly(span.traceId());
		});
	}

	private static ApplicationContextRunner runner(ObservationRegistry registry) {
		return MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pObservationAutoConfiguration.class))
			.withBean("registry", ObservationRegistry.class, () -> registry)
			.withUserConfiguration(Handlers.class);
	}

	private Seen span(String path) {
		Predicate<Seen> named = (span) -> span.name().contains(path);
		return this.spans.stream().filter(named).findFirst().orElseThrow();
	}

	/**
	 * A span of either bridge.
	 *
	 * @param name its name
	 * @param traceId its trace
	 * @param kind its kind
	 * @param failed whether it is marked as failed
	 */
	record Seen(String name, String traceId, String kind, boolean failed) {
	}

	record Exporter(List<Seen> spans) implements SpanExporter {

		@Override
		public CompletableResultCode export(Collection<SpanData> ended) {
			for (SpanData span : ended) {
				this.spans.add(new Seen(span.getName(), span.getTraceId(), span.getKind().name(),
						span.getStatus().getStatusCode() == StatusCode.ERROR));
			}
			return CompletableResultCode.ofSuccess();
		}

		@Override
		public CompletableResultCode flush() {
			return CompletableResultCode.ofSuccess();
		}

		@Override
		public CompletableResultCode shutdown() {
			return CompletableResultCode.ofSuccess();
		}

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
