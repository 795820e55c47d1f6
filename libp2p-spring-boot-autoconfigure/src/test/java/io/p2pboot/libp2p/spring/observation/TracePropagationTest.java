package io.p2pboot.libp2p.spring.observation;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.Libp2pObservationAutoConfiguration;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MessageExchange;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.handler.Libp2pHandlerRegistry;
import io.p2pboot.libp2p.spring.payload.ErrorBodies;
import io.p2pboot.libp2p.spring.payload.Libp2pRemoteException;
import io.p2pboot.libp2p.spring.payload.TraceContexts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * One trace over two nodes, where both ask for it, and no trace of it where one does not.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class TracePropagationTest {

	private static final String CALLER = "libp2p.template.trace-context=true";

	private static final String SERVER = "libp2p.handlers.trace-context=true";

	/** Paths that interceptors saw. */
	private final List<String> seen = new CopyOnWriteArrayList<>();

	private static ApplicationContextRunner app(ObservationRegistry registry, String... properties) {
		return MemoryApp.runner()
			.withConfiguration(AutoConfigurations.of(Libp2pObservationAutoConfiguration.class))
			.withBean("registry", ObservationRegistry.class, () -> registry)
			.withPropertyValues(properties);
	}

	private void run(TestTracing tracing, List<String> server, List<String> caller, Scenario scenario) {
		StreamInterceptor noting = (stream, next) -> {
			this.seen.add(stream.protocol().value());
			next.handle(stream);
		};
		app(tracing.registry(), server.toArray(String[]::new)).withUserConfiguration(Handlers.class)
			.withBean("noting", StreamInterceptor.class, () -> noting)
			.withBean("tracing", TestTracing.class, () -> tracing)
			.run((serving) -> app(tracing.registry(), caller.toArray(String[]::new)).run((calling) -> scenario
				.play(calling.getBean(Libp2pTemplate.class), MemoryApp.address(serving), serving)));
	}

	/** Calls within an observation, which the calls belong to. */
	private static void within(TestTracing tracing, Observation.CheckedRunnable<Exception> calls) throws Exception {
		Observation.createNotStarted("outer", tracing.registry()).observeChecked(calls);
	}

	private static void assertOneTrace(TestTracing tracing, String path) {
		await().until(() -> tracing.spans().size() >= 3);
		TestTracing.Span client = tracing.span("CLIENT", path);
		TestTracing.Span server = tracing.span("SERVER", path);
		assertThat(server.traceId()).isEqualTo(client.traceId());
		assertThat(server.parentId()).isEqualTo(client.id());
		assertThat(tracing.spans()).anySatisfy((outer) -> {
			assertThat(outer.name()).isEqualTo("outer");
			assertThat(outer.traceId()).isEqualTo(client.traceId());
			assertThat(client.parentId()).isEqualTo(outer.id());
		});
		tracing.spans().clear();
	}

	@Test
	void aCallIsOneTraceWithBrave() {
		TestTracing.withBrave(this::callsAreOneTrace);
	}

	@Test
	void aCallIsOneTraceWithOpenTelemetry() {
		TestTracing.withOpenTelemetry(this::callsAreOneTrace);
	}

	private void callsAreOneTrace(TestTracing tracing) {
		run(tracing, List.of(SERVER), List.of(CALLER), (template, peer, serving) -> {
			within(tracing, () -> assertThat(template.request(peer, "/t/trace/1", "hello", String.class))
				.isEqualTo("hello in " + tracing.tracer().currentSpan().context().traceId()));
			assertOneTrace(tracing, "/t/trace/1");
			within(tracing, () -> template.request(peer, "/t/quiet/1", "hello", Void.class));
			assertOneTrace(tracing, "/t/quiet/1");
			within(tracing, () -> template.send(peer, "/t/quiet/1", "hello"));
			assertOneTrace(tracing, "/t/quiet/1");
			within(tracing,
					() -> template.requestAsync(peer, "/t/trace/1", "hello", String.class).get(30, TimeUnit.SECONDS));
			assertOneTrace(tracing, "/t/trace/1");
			within(tracing, () -> {
				try (MessageExchange<String, String> exchange = template.exchange(peer, "/t/trace/1", String.class,
						String.class)) {
					exchange.writer().write("more");
					exchange.writer().close();
					assertThat(exchange.reader().read()).isPresent();
					assertThat(exchange.reader().read()).isEmpty();
				}
			});
			assertOneTrace(tracing, "/t/trace/1");
		});
		assertThat(this.seen).hasSize(5).noneMatch((path) -> path.contains("+"));
	}

	@Test
	void withErrorBodiesTooAFailureHasItsTextAndItsTrace() {
		TestTracing.withBrave((tracing) -> run(tracing, List.of(SERVER, "libp2p.handlers.error-bodies=true"),
				List.of(CALLER, "libp2p.template.error-bodies=true"), (template, peer, serving) -> {
					within(tracing,
							() -> assertThatExceptionOfType(Libp2pRemoteException.class)
								.isThrownBy(() -> template.request(peer, "/t/refusing/1", "no", String.class))
								.satisfies((failure) -> assertThat(failure.text()).isEqualTo("because: no")));
					assertOneTrace(tracing, "/t/refusing/1");
					ProtocolPath path = ProtocolPath.of("/t/refusing/1");
					assertThat(serving.getBean(Node.class).protocols()).contains(path, TraceContexts.with(path),
							ErrorBodies.with(path), ErrorBodies.with(TraceContexts.with(path)));
					Libp2pHandlerRegistry registry = serving.getBean(Libp2pHandlerRegistry.class);
					registry.ids().forEach(registry::stop);
					assertThat(serving.getBean(Node.class).protocols())
						.noneMatch((left) -> left.value().startsWith("/t/"));
				}));
	}

	@Test
	void whereOneSideDoesNotAskEachHasATraceOfItsOwn() {
		TestTracing.withBrave((tracing) -> {
			run(tracing, List.of(), List.of(CALLER),
					(template, peer, serving) -> assertTwoTraces(tracing, template, peer, serving, 0));
			run(tracing, List.of(SERVER), List.of(),
					(template, peer, serving) -> assertTwoTraces(tracing, template, peer, serving, 4));
		});
	}

	private static void assertTwoTraces(TestTracing tracing, Libp2pTemplate template, AddrInfo peer,
			ApplicationContext serving, int envelopes) throws Exception {
		tracing.spans().clear();
		within(tracing, () -> template.request(peer, "/t/trace/1", "hello", String.class));
		await().until(() -> tracing.spans().size() == 3);
		assertThat(tracing.span("SERVER", "/t/trace/1").traceId())
			.isNotEqualTo(tracing.span("CLIENT", "/t/trace/1").traceId());
		assertThat(serving.getBean(Node.class).protocols())
			.filteredOn((path) -> path.value().contains(TraceContexts.SUFFIX))
			.hasSize(envelopes);
	}

	@Test
	void aCallWithoutAnObservationOrATracerTakesThePlainPath() {
		ObservationRegistry none = ObservationRegistry.create();
		app(none, SERVER).withUserConfiguration(Handlers.class).run((serving) -> app(none, CALLER).run((calling) -> {
			Libp2pTemplate template = calling.getBean(Libp2pTemplate.class);
			assertThat(template.request(MemoryApp.address(serving), "/t/plain/1", "hello", String.class))
				.isEqualTo("hello");
		}));
	}

	@Test
	void thatNothingIsObservedIsSaid(CapturedOutput output) {
		MemoryApp.runner()
			.withPropertyValues(SERVER, CALLER)
			.run((context) -> assertThat(output).contains("libp2p.handlers.trace-context has no effect")
				.contains("libp2p.template.trace-context has no effect"));
	}

	@Test
	void thatNothingIsWantedOrAllIsObservedIsNotSaid(CapturedOutput output) {
		MemoryApp.runner().run((context) -> assertThat(context).hasNotFailed());
		app(ObservationRegistry.create(), SERVER, CALLER).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("has no effect");
		app(ObservationRegistry.create(), CALLER, "libp2p.observations.calls=false")
			.run((context) -> assertThat(output).contains("libp2p.template.trace-context has no effect"));
	}

	@Test
	void whatIsNoTraceContextIsThePeersFault() {
		TestTracing.withBrave((tracing) -> run(tracing, List.of(SERVER), List.of(), (template, peer, serving) -> {
			try (Node stranger = MemoryApp.peer()) {
				assertThat(reset(stranger, peer, new byte[] { 3, 1, 'a', 9 })).isEqualTo(400);
				assertThat(reset(stranger, peer, new byte[] { 1, 1 })).isEqualTo(400);
				assertThat(reset(stranger, peer, new byte[] { (byte) 0x81, 0x20 })).isEqualTo(413);
				assertThat(reset(stranger, peer, new byte[] { 5 })).isEqualTo(400);
			}
			assertThat(this.seen).isEmpty();
			assertThat(tracing.spans()).isEmpty();
			assertThat(template.request(peer, "/t/plain/1", "hello", String.class)).isEqualTo("hello");
		}));
	}

	/**
	 * Sends bytes where a trace context is expected, and returns with which code that
	 * ends.
	 */
	private static long reset(Node stranger, AddrInfo peer, byte[] bytes) throws IOException {
		try (Stream stream = stranger.openStream(peer, TraceContexts.with(ProtocolPath.of("/t/trace/1")))) {
			stream.outputStream().write(bytes);
			stream.closeWrite();
			stream.inputStream().read();
			throw new AssertionError("The stream was not reset");
		}
		catch (StreamReset ex) {
			return ex.code().orElseThrow();
		}
	}

	@FunctionalInterface
	private interface Scenario {

		void play(Libp2pTemplate template, AddrInfo peer, ApplicationContext serving) throws Exception;

	}

	static class Handlers {

		private final TestTracing tracing;

		Handlers(ObjectProvider<TestTracing> tracing) {
			this.tracing = tracing.getIfAvailable();
		}

		@Libp2pProtocol("/t/trace/1")
		String trace(String text) {
			return text + " in " + this.tracing.tracer().currentSpan().context().traceId();
		}

		@Libp2pProtocol("/t/plain/1")
		String plain(String text) {
			return text;
		}

		@Libp2pProtocol("/t/quiet/1")
		void quiet(String text) {
		}

		@Libp2pProtocol("/t/refusing/1")
		String refusing(String text) throws IOException {
			throw StreamReset.local(422, "because: " + text);
		}

	}

}
