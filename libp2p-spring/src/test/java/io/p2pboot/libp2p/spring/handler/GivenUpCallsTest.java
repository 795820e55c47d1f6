package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MemoryNodes;
import io.p2pboot.libp2p.spring.client.Libp2pClientFactory;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Calls that one side gives up while the other waits for something else.
 */
@Timeout(60)
class GivenUpCallsTest {

	private AnnotationConfigApplicationContext app;

	private Node peer;

	private AddrInfo address;

	private Libp2pTemplate template;

	private WaitingHandler handler;

	@BeforeEach
	void start() throws IOException {
		this.app = new AnnotationConfigApplicationContext(App.class);
		this.peer = MemoryNodes.peer();
		this.address = MemoryNodes.address(this.app);
		this.template = new Libp2pTemplate(this.peer, MessageCodec.withDefaults());
		this.handler = this.app.getBean(WaitingHandler.class);
	}

	@AfterEach
	void stop() throws Exception {
		this.peer.close();
		this.app.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/never/future/1.0.0", "/never/mono/1.0.0", "/never/flux/1.0.0" })
	void aPeerThatGivesUpEndsAReplyThatNeverComes(String path) throws Exception {
		try (io.p2pboot.libp2p.Stream stream = this.peer.openStream(this.address, ProtocolPath.of(path))) {
			stream.closeWrite();
			this.handler.begun.acquire();
			stream.reset(0);
		}
		assertThat(this.handler.ended.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void aHandlerThatHasClosedItsStreamIsStillWaitedFor() throws Exception {
		try (io.p2pboot.libp2p.Stream stream = this.peer.openStream(this.address,
				ProtocolPath.of("/never/closes/1.0.0"))) {
			assertThat(stream.inputStream().read()).isNegative();
		}
		assertThat(this.handler.closed).succeedsWithin(Duration.ofSeconds(20)).isEqualTo("done");
	}

	// The handler begins while the caller is about to learn that its stream is open.
	@RepeatedTest(5)
	void aCallThatItsOwnerGivesUpResetsItsStream() throws Exception {
		CompletableFuture<String> never = this.template.requestAsync(this.address, "/never/future/1.0.0", "",
				String.class);
		this.handler.begun.acquire();
		never.completeExceptionally(new TimeoutException());
		assertThat(this.handler.ended.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void withoutAThreadToSendOnAnExchangeFails() {
		Echoes full = new Libp2pClientFactory(this.template.withAsyncExecutor((task) -> {
			throw new RejectedExecutionException("full");
		})).createClient(Echoes.class);
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> {
			try (Stream<String> back = full.echo(Stream.of("a"), this.address)) {
				assertThat(back.toList()).isEmpty();
			}
		})
			.satisfies((failure) -> assertThat(failure.getCause().getSuppressed())
				.anyMatch(RejectedExecutionException.class::isInstance));
	}

	interface Echoes {

		@Libp2pProtocol("/never/echo/1.0.0")
		Stream<String> echo(Stream<String> texts, AddrInfo peer);

	}

	static class WaitingHandler {

		private final Semaphore begun = new Semaphore(0);

		private final Semaphore ended = new Semaphore(0);

		private final CompletableFuture<String> closed = new CompletableFuture<>();

		@Libp2pProtocol("/never/future/1.0.0")
		CompletableFuture<String> future() {
			CompletableFuture<String> never = new CompletableFuture<>();
			never.whenComplete((text, failure) -> this.ended.release());
			this.begun.release();
			return never;
		}

		@Libp2pProtocol("/never/mono/1.0.0")
		Mono<String> mono() {
			return flux().next();
		}

		@Libp2pProtocol("/never/flux/1.0.0")
		Flux<String> flux() {
			return Flux.<String>never()
				.doOnSubscribe((subscription) -> this.begun.release())
				.doOnCancel(this.ended::release);
		}

		@Libp2pProtocol("/never/closes/1.0.0")
		CompletableFuture<Void> closes(io.p2pboot.libp2p.Stream stream) throws IOException {
			stream.close();
			this.closed.completeOnTimeout("done", 1_500, TimeUnit.MILLISECONDS);
			return this.closed.thenAccept((done) -> {
			});
		}

		@Libp2pProtocol("/never/echo/1.0.0")
		Stream<String> echo(Stream<String> texts) {
			return texts;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, WaitingHandler.class })
	static class App {

	}

}
