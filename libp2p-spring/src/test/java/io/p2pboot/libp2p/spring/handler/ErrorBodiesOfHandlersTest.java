package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.CallObserver;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MemoryNodes;
import io.p2pboot.libp2p.spring.MessageExchange;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.payload.ErrorBodies;
import io.p2pboot.libp2p.spring.payload.Libp2pRemoteException;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.UnreadableMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.event.Level;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a peer is told of a failure, with error bodies on both sides, on one, and on none.
 */
@Timeout(60)
class ErrorBodiesOfHandlersTest {

	private static final int MAX = 64;

	private Node peer;

	private Libp2pTemplate plain;

	private Libp2pTemplate asking;

	@BeforeEach
	void start() throws IOException {
		this.peer = MemoryNodes.peer();
		this.plain = new Libp2pTemplate(this.peer, codec());
		this.asking = this.plain.withErrorBodies();
	}

	@AfterEach
	void stop() throws Exception {
		this.peer.close();
	}

	private static MessageCodec codec() {
		MessageCodec defaults = MessageCodec.withDefaults();
		return new MessageCodec(defaults.converters(), defaults.format(), MAX, Duration.ofSeconds(30));
	}

	@Test
	void twoThatHaveThemTellCodeAndText() {
		run(App.class, (app, address) -> {
			assertThatExceptionOfType(Libp2pRemoteException.class)
				.isThrownBy(() -> this.asking.request(address, "/e/refusing/1", "x", String.class))
				.satisfies((error) -> assertThat(error.code()).isEqualTo(422))
				.satisfies((error) -> assertThat(error.text()).isEqualTo("no such item: x"));
			assertThatExceptionOfType(Libp2pRemoteException.class)
				.isThrownBy(() -> this.asking.request(address, "/e/acknowledged/1", "x", Void.class))
				.satisfies((error) -> assertThat(error.code()).isEqualTo(422));
			assertThatExceptionOfType(Libp2pRemoteException.class)
				.isThrownBy(() -> this.asking.request(address, "/e/closed/1", "x", String.class))
				.satisfies((error) -> assertThat(error.code()).isEqualTo(403))
				.satisfies((error) -> assertThat(error.text()).isEqualTo("closed"));
			assertThatExceptionOfType(Libp2pRemoteException.class)
				.isThrownBy(() -> this.asking.request(address, "/e/number/1", "x", String.class))
				.satisfies((error) -> assertThat(error.code()).isEqualTo(UnreadableMessage.RESET_CODE));
		});
	}

	@Test
	void withThemMessagesAreAsTheyAreWithout() {
		run(App.class, (app, address) -> {
			assertThat(this.asking.request(address, "/e/echo/1", "hello", String.class)).isEqualTo("hello");
			String longest = "x".repeat(MAX);
			assertThat(this.asking.request(address, "/e/echo/1", longest, String.class)).isEqualTo(longest);
			assertThat(this.asking.request(address, "/e/quiet/1", "x", Void.class)).isNull();
			try (MessageExchange<String, String> exchange = this.asking.exchange(address, "/e/some/1", String.class,
					String.class)) {
				exchange.writer().write("x");
				exchange.writer().close();
				assertThat(exchange.reader().read()).contains("one");
				assertThat(exchange.reader().read()).contains("two");
				assertThatExceptionOfType(Libp2pRemoteException.class).isThrownBy(() -> exchange.reader().read())
					.satisfies((error) -> assertThat(error.text()).isEqualTo("no such item: three"));
			}
		});
	}

	@Test
	void whoeverHasNotSeesTheCodeAlone() {
		run(App.class,
				(app, address) -> assertThatExceptionOfType(StreamReset.class)
					.isThrownBy(() -> this.plain.request(address, "/e/refusing/1", "x", String.class))
					.satisfies((reset) -> assertThat(reset.code()).hasValue(422)));
		run(Plain.class, (app, address) -> {
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> this.asking.request(address, "/e/refusing/1", "x", String.class))
				.satisfies((reset) -> assertThat(reset.code()).hasValue(422));
			assertThat(this.asking.request(address, "/e/echo/1", "hello", String.class)).isEqualTo("hello");
		});
	}

	@Test
	void aFailureWithoutAnAnswerShowsNothingOfThisApplication() {
		run(App.class,
				(app, address) -> assertThatExceptionOfType(StreamReset.class)
					.isThrownBy(() -> this.asking.request(address, "/e/failing/1", "x", String.class))
					.satisfies((reset) -> assertThat(reset.code()).hasValue(StreamProtocol.HANDLER_FAILED)));
	}

	@Test
	void onlyMethodsWithMessagesHaveASecondPathAndOnlyWhereAsked() {
		run(App.class,
				(app, address) -> assertThat(app.getBean(Node.class).protocols())
					.contains(ErrorBodies.with(ProtocolPath.of("/e/echo/1")))
					.doesNotContain(ErrorBodies.with(ProtocolPath.of("/e/raw/1"))));
		run(Plain.class, (app, address) -> assertThat(app.getBean(Node.class).protocols())
			.noneMatch((path) -> path.value().contains(ErrorBodies.SUFFIX)));
	}

	private static void run(Class<?> configuration, Check check) {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(configuration)) {
			check.check(app, MemoryNodes.address(app));
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private interface Check {

		void check(AnnotationConfigApplicationContext app, AddrInfo address) throws IOException;

	}

	static class Handlers {

		@Libp2pProtocol("/e/echo/1")
		String echo(String text) {
			return text;
		}

		@Libp2pProtocol("/e/quiet/1")
		void quiet(String text) {
		}

		@Libp2pProtocol("/e/refusing/1")
		String refusing(String text) {
			throw new IllegalArgumentException(text);
		}

		@Libp2pProtocol("/e/acknowledged/1")
		void acknowledged(String text) {
			throw new IllegalArgumentException(text);
		}

		@Libp2pProtocol("/e/closed/1")
		String closed(String text) {
			return text;
		}

		@Libp2pProtocol("/e/number/1")
		String number(int number) {
			return "" + number;
		}

		@Libp2pProtocol("/e/some/1")
		Stream<String> some(String text) {
			return Stream.of("one", "two", "three").peek((each) -> {
				if (each.equals("three")) {
					throw new IllegalArgumentException(each);
				}
			});
		}

		@Libp2pProtocol("/e/failing/1")
		String failing(String text) {
			throw new IllegalStateException("inside");
		}

		@Libp2pProtocol("/e/raw/1")
		void raw(io.p2pboot.libp2p.Stream stream) {
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex) {
			return StreamReset.local(422, "no such item: " + ex.getMessage());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, Handlers.class })
	static class Plain {

		@Bean
		MessageCodec codec() {
			return ErrorBodiesOfHandlersTest.codec();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class App extends Plain {

		@Bean
		HandlerChain chain() {
			// Decides by the path of the handler.
			StreamInterceptor closed = (stream, next) -> {
				if (stream.protocol().value().equals("/e/closed/1")) {
					throw StreamReset.local(403, "closed");
				}
				next.handle(stream);
			};
			return new HandlerChain(List.of(closed), List.of(), CallObserver.NONE, Level.WARN).withErrorBodies();
		}

	}

}
