package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MemoryNodes;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What the annotation of a handler says beside its paths.
 */
@Timeout(60)
class HandlerSettingsTest {

	private AnnotationConfigApplicationContext app;

	private Node peer;

	private AddrInfo address;

	private Libp2pTemplate template;

	@BeforeEach
	void start() throws IOException {
		this.app = new AnnotationConfigApplicationContext();
		this.app.getEnvironment()
			.getPropertySources()
			.addFirst(new MapPropertySource("test", Map.of("most", "2", "start", "false")));
		this.app.register(App.class);
		this.app.refresh();
		this.peer = MemoryNodes.peer();
		this.address = MemoryNodes.address(this.app);
		// Longer than any message that is sent here.
		this.template = new Libp2pTemplate(this.peer, MessageCodec.withDefaults().limitedTo(16 << 20));
	}

	@AfterEach
	void stop() throws Exception {
		this.peer.close();
		this.app.close();
	}

	private Libp2pHandlerRegistry registry() {
		return this.app.getBean(Libp2pHandlerRegistry.class);
	}

	@Test
	void handlersAreStoppedAndStartedById() throws Exception {
		Libp2pHandlerRegistry registry = registry();
		assertThat(registry.ids()).containsExactlyInAnyOrder("handlers.held", "handlers.slow", "handlers.small",
				"handlers.large", "two", "handlers.late", "raw");
		assertThat(registry.isRunning("two")).isTrue();
		assertThat(registry.handlers("two")).extracting(MountedHandler::path)
			.containsExactly(ProtocolPath.of("/h/two/1"), ProtocolPath.of("/h/two/2"));
		assertThat(this.template.request(this.address, "/h/two/2", "x", String.class)).isEqualTo("x");
		registry.stop("two");
		registry.stop("two");
		assertThat(registry.isRunning("two")).isFalse();
		for (String path : List.of("/h/two/1", "/h/two/2")) {
			assertThatExceptionOfType(ProtocolUnsupported.class)
				.isThrownBy(() -> this.template.request(this.address, path, "x", String.class));
		}
		registry.start("two");
		registry.start("two");
		assertThat(this.app.getBean(Node.class).protocols()).contains(ProtocolPath.of("/h/two/1"),
				ProtocolPath.of("/h/two/2"));
		assertThatIllegalArgumentException().isThrownBy(() -> registry.stop("none"))
			.withMessageContaining("none")
			.withMessageContaining("two");
	}

	@Test
	void aHandlerOfWhichOnePathIsTakenIsMountedAtNone() throws Exception {
		ProtocolPath first = ProtocolPath.of("/h/two/1");
		ProtocolPath second = ProtocolPath.of("/h/two/2");
		Node node = this.app.getBean(Node.class);
		registry().stop("two");
		node.mountProtocol(second, StreamProtocol.create());
		assertThatIllegalStateException().isThrownBy(() -> registry().start("two"))
			.withMessageContaining(second.value());
		assertThat(registry().isRunning("two")).isFalse();
		assertThat(node.protocols()).contains(second).doesNotContain(first);
		node.unmountProtocol(second);
		registry().start("two");
		assertThat(this.template.request(this.address, first.value(), "x", String.class)).isEqualTo("x");
	}

	@Test
	void whatDoesNotStartByItselfIsMountedOnceItIsStarted() throws Exception {
		assertThat(registry().isRunning("handlers.late")).isFalse();
		assertThat(this.app.getBean(Node.class).protocols()).doesNotContain(ProtocolPath.of("/h/late/1"));
		registry().start("handlers.late");
		assertThat(this.template.request(this.address, "/h/late/1", "x", String.class)).isEqualTo("late x");
	}

	@Test
	void oneMoreStreamThanTheConcurrencyIsReset() throws Exception {
		Handlers handlers = this.app.getBean(Handlers.class);
		List<Stream> held = new ArrayList<>();
		for (int count = 0; count < 2; count++) {
			Stream stream = this.peer.openStream(this.address, ProtocolPath.of("/h/held/1"));
			stream.outputStream().write(1);
			assertThat(stream.inputStream().read()).isEqualTo(1);
			held.add(stream);
		}
		try (Stream more = this.peer.openStream(this.address, ProtocolPath.of("/h/held/1"))) {
			more.outputStream().write(1);
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> more.inputStream().read())
				.satisfies((reset) -> assertThat(reset.errorCode()).contains(ErrorCode.RESOURCE_LIMIT_EXCEEDED));
		}
		handlers.release.release(2);
		for (Stream stream : held) {
			assertThat(stream.inputStream().read()).isEqualTo(-1);
		}
		handlers.release.release(1);
		try (Stream next = this.peer.openStream(this.address, ProtocolPath.of("/h/held/1"))) {
			next.outputStream().write(2);
			assertThat(next.inputStream().read()).isEqualTo(2);
			assertThat(next.inputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void aHandlerThatTakesTooLongIsInterruptedAndItsStreamReset() throws Exception {
		assertThatExceptionOfType(StreamReset.class)
			.isThrownBy(() -> this.template.request(this.address, "/h/slow/1", "x", String.class))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(HandlerDeadline.RESET_CODE));
		assertThat(this.app.getBean(Handlers.class).interrupted.await(30, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void messagesAreAsLongAsTheHandlerTakes() throws Exception {
		assertThat(this.template.request(this.address, "/h/small/1", "12345678", String.class)).isEqualTo("12345678");
		assertThatExceptionOfType(StreamReset.class)
			.isThrownBy(() -> this.template.request(this.address, "/h/small/1", "123456789", String.class))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(MessageCodec.TOO_LARGE_RESET_CODE));
		String large = "x".repeat(MessageCodec.DEFAULT_MAX_MESSAGE_BYTES + 1);
		assertThat(this.template.request(this.address, "/h/large/1", List.of(large), Integer.class))
			.isEqualTo(large.length());
	}

	@ParameterizedTest
	@ValueSource(classes = { NoNumber.class, Zero.class, NoSize.class, NoTime.class, Maybe.class, OfDatagrams.class,
			SizeOfBytes.class, SizeOfBean.class, Twice.class })
	void whatHasNoMeaningFailsTheStart(Class<?> handler) {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(Bad.class, handler);
		assertThatExceptionOfType(UnsupportedHandlerException.class).isThrownBy(context::refresh)
			.withMessageContaining(handler.getName());
		context.close();
	}

	static class Handlers {

		private final Semaphore release = new Semaphore(0);

		private final CountDownLatch interrupted = new CountDownLatch(1);

		@Libp2pProtocol(value = "/h/held/1", concurrency = "${most}")
		void held(Stream stream) throws Exception {
			stream.outputStream().write(stream.inputStream().read());
			this.release.acquire();
		}

		@Libp2pProtocol(value = "/h/slow/1", timeout = "50ms")
		String slow(String text) throws InterruptedException {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				this.interrupted.countDown();
				throw ex;
			}
			return text;
		}

		@Libp2pProtocol(value = "/h/small/1", maxMessageSize = "8B")
		String small(String text) {
			return text;
		}

		@Libp2pProtocol(value = "/h/large/1", maxMessageSize = "8MB")
		int large(List<String> texts) {
			return texts.get(0).length();
		}

		@Libp2pProtocol(value = { "/h/two/1", "/h/two/2" }, id = "two")
		String two(String text) {
			return text;
		}

		@Libp2pProtocol(value = "/h/late/1", autoStartup = "${start}")
		String late(String text) {
			return "late " + text;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import(MemoryNodes.class)
	static class App {

		@Bean
		Handlers handlers() {
			return new Handlers();
		}

		@Bean
		@Libp2pProtocol("/h/raw/1")
		StreamHandler raw() {
			return Stream::close;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import(MemoryNodes.class)
	static class Bad {

	}

	static class NoNumber {

		@Libp2pProtocol(value = "/b/1", concurrency = "many")
		void serve(String text) {
		}

	}

	static class Zero {

		@Libp2pProtocol(value = "/b/1", concurrency = "0")
		void serve(String text) {
		}

	}

	static class NoSize {

		@Libp2pProtocol(value = "/b/1", maxMessageSize = "0B")
		void serve(String text) {
		}

	}

	static class NoTime {

		@Libp2pProtocol(value = "/b/1", timeout = "soon")
		void serve(String text) {
		}

	}

	static class Maybe {

		@Libp2pProtocol(value = "/b/1", autoStartup = "maybe")
		void serve(String text) {
		}

	}

	static class OfDatagrams {

		@Libp2pProtocol(value = "/b/1", concurrency = "2")
		void serve(Datagram datagram) {
		}

	}

	static class SizeOfBytes {

		@Libp2pProtocol(value = "/b/1", maxMessageSize = "1MB")
		void serve(Stream stream) {
		}

	}

	@Libp2pProtocol(value = "/b/1", maxMessageSize = "1MB")
	static class SizeOfBean implements StreamHandler {

		@Override
		public void handle(Stream stream) {
		}

	}

	static class Twice {

		@Libp2pProtocol(value = "/b/1", id = "same")
		void serve(String text) {
		}

		@Libp2pProtocol(value = "/b/2", id = "same")
		void other(String text) {
		}

	}

}
