package io.p2pboot.libp2p.spring.observation;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import brave.Tracing;
import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;
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

/**
 * A tracer of either bridge, with the spans that have ended.
 *
 * @param tracer the tracer
 * @param registry where observations become its spans
 * @param spans the spans
 */
record TestTracing(Tracer tracer, ObservationRegistry registry, List<Span> spans) {

	/** Runs with Brave. */
	static void withBrave(Consumer<TestTracing> test) {
		List<Span> spans = new CopyOnWriteArrayList<>();
		try (Tracing tracing = Tracing.newBuilder().addSpanHandler(new SpanHandler() {

			@Override
			public boolean end(TraceContext context, MutableSpan span, Cause cause) {
				spans.add(new Span(span.name(), span.traceId(), span.id(), String.valueOf(span.parentId()),
						String.valueOf(span.kind()), span.error() != null || span.tags().containsKey("error")));
				return true;
			}

		}).build()) {
			Tracer tracer = new BraveTracer(tracing.tracer(),
					new BraveCurrentTraceContext(tracing.currentTraceContext()));
			test.accept(of(tracer, new BravePropagator(tracing), spans));
		}
	}

	/** Runs with OpenTelemetry. */
	static void withOpenTelemetry(Consumer<TestTracing> test) {
		List<Span> spans = new CopyOnWriteArrayList<>();
		try (SdkTracerProvider provider = SdkTracerProvider.builder()
			.addSpanProcessor(SimpleSpanProcessor.create(new Exporter(spans)))
			.build()) {
			io.opentelemetry.api.trace.Tracer otel = provider.get("test");
			Tracer tracer = new OtelTracer(otel, new OtelCurrentTraceContext(), (event) -> {
			});
			test.accept(of(tracer,
					new OtelPropagator(ContextPropagators.create(W3CTraceContextPropagator.getInstance()), otel),
					spans));
		}
	}

	private static TestTracing of(Tracer tracer, Propagator propagator, List<Span> spans) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig()
			.observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
					new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
					new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
					new DefaultTracingObservationHandler(tracer)));
		return new TestTracing(tracer, registry, spans);
	}

	/** The only span of a kind whose name contains something. */
	Span span(String kind, String name) {
		List<Span> found = this.spans.stream()
			.filter((span) -> span.kind().equals(kind) && span.name().contains(name))
			.toList();
		if (found.size() != 1) {
			throw new AssertionError("Not one span " + kind + " " + name + " among " + this.spans);
		}
		return found.get(0);
	}

	/**
	 * A span of either bridge.
	 *
	 * @param name its name
	 * @param traceId its trace
	 * @param id its id
	 * @param parentId the id of its parent
	 * @param kind its kind
	 * @param failed whether it is marked as failed
	 */
	record Span(String name, String traceId, String id, String parentId, String kind, boolean failed) {
	}

	private record Exporter(List<Span> spans) implements SpanExporter {

		@Override
		public CompletableResultCode export(Collection<SpanData> ended) {
			for (SpanData span : ended) {
				this.spans.add(new Span(span.getName(), span.getTraceId(), span.getSpanId(), span.getParentSpanId(),
						span.getKind().name(), span.getStatus().getStatusCode() == StatusCode.ERROR));
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

}
