package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * A handler that fails can be seen in the log, and a peer that misbehaves does not fill
 * it.
 */
@Timeout(60)
class FailureLoggingTest {

	private static final Logger logger = (Logger) LoggerFactory.getLogger("io.p2pboot.libp2p");

	private final List<ILoggingEvent> events = new java.util.concurrent.CopyOnWriteArrayList<>();

	private final Observer observer = new Observer();

	private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {

		@Override
		protected void append(ILoggingEvent event) {
			if (event.getThrowableProxy() != null || event.getFormattedMessage().contains("refused")) {
				FailureLoggingTest.this.events.add(event);
			}
		}

	};

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withUserConfiguration(Failing.class, Beans.class)
		.withBean("observer", NodeObserver.class, () -> this.observer);

	@BeforeEach
	void listen() {
		this.appender.setContext(logger.getLoggerContext());
		this.appender.start();
		logger.addAppender(this.appender);
		logger.setLevel(Level.DEBUG);
	}

	@AfterEach
	void stop() {
		logger.detachAppender(this.appender);
		logger.setLevel(null);
	}

	@Test
	void aFailureIsLoggedOnceWithTypeTextTracePathPeerAndBean() {
		calls((peer, app) -> {
			ask(peer, app, "/fails/checked");
			ILoggingEvent event = only(Level.WARN);
			assertThat(event.getFormattedMessage()).contains("CloneNotSupportedException: on purpose")
				.contains("/fails/checked")
				.contains(peer.peerId().toString())
				.contains("Method checked(String) of bean");
			assertThat(event.getThrowableProxy().getClassName()).isEqualTo("java.lang.CloneNotSupportedException");
			assertThat(
					event.getThrowableProxy().getStackTraceElementProxyArray()[0].getStackTraceElement().getClassName())
				.isEqualTo(Failing.class.getName());
			assertThat(this.observer.failure).isInstanceOf(CloneNotSupportedException.class);
		});
	}

	@Test
	void whatAFutureOrAProxyWrappedIsLoggedAsItself() {
		calls((peer, app) -> {
			for (String path : List.of("/fails/future", "/fails/join", "/fails/proxy", "/fails/bean")) {
				ask(peer, app, path);
				assertThat(only(Level.WARN).getThrowableProxy().getClassName()).as(path)
					.isEqualTo("java.lang.CloneNotSupportedException");
				assertThat(this.observer.failure).as(path).isInstanceOf(CloneNotSupportedException.class);
				this.events.clear();
			}
		});
	}

	@Test
	void datagramsInterceptorsAndExceptionHandlersAreLoggedAlike() {
		calls((peer, app) -> {
			ask(peer, app, "/fails/intercepted");
			assertThat(only(Level.WARN).getFormattedMessage()).contains("interceptor failed");
			this.events.clear();
			ask(peer, app, "/fails/answer");
			assertThat(only(Level.WARN).getThrowableProxy().getMessage()).isEqualTo("the answer fails");
			assertThat(only(Level.WARN).getThrowableProxy().getSuppressed()[0].getMessage()).isEqualTo("unsupported");
			this.events.clear();
			ask(peer, app, "/fails/beananswer");
			assertThat(only(Level.WARN).getThrowableProxy().getMessage()).isEqualTo("the bean fails");
			this.events.clear();
			for (String path : List.of("/fails/datagram", "/fails/datagrambean")) {
				peer.sendDatagram(MemoryApp.address(app), ProtocolPath.of(path), ByteBuffer.wrap(new byte[] { 'a' }));
				await().until(() -> !this.events.isEmpty());
				assertThat(only(Level.WARN).getFormattedMessage()).contains(path, peer.peerId().toString());
				assertThat(only(Level.WARN).getThrowableProxy().getClassName())
					.isEqualTo("java.lang.CloneNotSupportedException");
				this.events.clear();
			}
		});
	}

	@Test
	void whatAPeerCausedIsNoWarning() {
		calls((peer, app) -> {
			raw(peer, app, "/fails/checked", "\u0003x");
			raw(peer, app, "/fails/checked", "");
			raw(peer, app, "/fails/checked", "\u0001\u00ff");
			raw(peer, app, "/fails/checked", "\u00ff\u00ff\u00ff\u007f");
			ask(peer, app, "/refuses/interceptor");
			ask(peer, app, "/refuses/argument");
			ask(peer, app, "/refuses/reset");
			peer.sendDatagram(MemoryApp.address(app), ProtocolPath.of("/fails/datagram"),
					ByteBuffer.wrap(new byte[] { -1 }));
			await().until(() -> this.events.size() == 8);
			assertThat(this.events).allSatisfy((event) -> assertThat(event.getLevel()).isEqualTo(Level.DEBUG));
		});
	}

	@Test
	void aFailureThatIsAnsweredWithACodeOfItsOwnIsAWarningWithItsTrace() {
		calls((peer, app) -> {
			ask(peer, app, "/fails/mapped");
			assertThat(only(Level.WARN).getThrowableProxy().getCause().getMessage()).isEqualTo("the database is down");
		});
	}

	@Test
	void theLevelIsAProperty() {
		this.runner.withPropertyValues("libp2p.handlers.failure-log-level=error").run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				ask(peer, context.getBean(Node.class), "/fails/checked");
				assertThat(only(Level.ERROR).getThrowableProxy()).isNotNull();
				this.events.clear();
			}
		});
		this.runner.withPropertyValues("libp2p.handlers.failure-log-level=off").run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				ask(peer, context.getBean(Node.class), "/fails/checked");
				assertThat(this.events).isEmpty();
			}
		});
	}

	private ILoggingEvent only(Level level) {
		assertThat(this.events).singleElement().satisfies((event) -> assertThat(event.getLevel()).isEqualTo(level));
		return this.events.get(0);
	}

	private void calls(Calls calls) {
		this.runner.run((context) -> {
			assertThat(context).hasNotFailed();
			try (Node peer = MemoryApp.peer()) {
				calls.make(peer, context.getBean(Node.class));
			}
		});
	}

	private static void ask(Node peer, Node app, String path) {
		raw(peer, app, path, "\u0001a");
	}

	/** The reset comes after the line of the log. */
	private static void raw(Node peer, Node app, String path, String bytes) {
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
			try (Stream stream = peer.openStream(MemoryApp.address(app), ProtocolPath.of(path))) {
				stream.outputStream().write(bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
				stream.closeWrite();
				stream.inputStream().readAllBytes();
			}
		});
	}

	@FunctionalInterface
	interface Calls {

		void make(Node peer, Node app) throws Exception;

	}

	static class Observer implements NodeObserver {

		private volatile Throwable failure;

		@Override
		public void handlerFailed(Stream stream, Throwable failure) {
			this.failure = failure;
		}

	}

	static class Failing {

		@Libp2pProtocol("/fails/checked")
		void checked(String ask) throws Exception {
			throw new CloneNotSupportedException("on purpose");
		}

		@Libp2pProtocol("/fails/future")
		String future(String ask) throws InterruptedException, ExecutionException {
			return CompletableFuture.<String>failedFuture(new CloneNotSupportedException("on purpose")).get();
		}

		@Libp2pProtocol("/fails/join")
		String join(String ask) {
			throw new CompletionException(
					new java.lang.reflect.InvocationTargetException(new CloneNotSupportedException("on purpose")));
		}

		@Libp2pProtocol("/fails/proxy")
		String proxy(String ask) {
			throw new java.lang.reflect.UndeclaredThrowableException(new CloneNotSupportedException("on purpose"));
		}

		@Libp2pProtocol("/fails/answer")
		String answered(String ask) {
			throw new UnsupportedOperationException("unsupported");
		}

		@Libp2pProtocol("/fails/beananswer")
		String beanAnswered(String ask) throws IOException {
			throw new IOException("bean answer");
		}

		@Libp2pProtocol("/fails/mapped")
		String mapped(String ask) {
			throw new IllegalStateException("the database is down");
		}

		@Libp2pProtocol("/fails/intercepted")
		String intercepted(String ask) {
			return ask;
		}

		@Libp2pProtocol("/refuses/interceptor")
		String refused(String ask) {
			return ask;
		}

		@Libp2pProtocol("/refuses/argument")
		String argument(String ask) {
			throw new IllegalArgumentException("no such deal");
		}

		@Libp2pProtocol("/refuses/reset")
		StreamReset reset(String ask) {
			return StreamReset.local(7, "not today");
		}

		@Libp2pProtocol("/fails/datagram")
		void datagram(io.p2pboot.libp2p.Datagram datagram, String text) throws Exception {
			throw new CloneNotSupportedException("on purpose");
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex) {
			return StreamReset.local(404, "no such deal");
		}

		@MessageExceptionHandler
		StreamReset unavailable(IllegalStateException ex) {
			return StreamReset.local(503, "later");
		}

		@MessageExceptionHandler
		void fail(UnsupportedOperationException ex) {
			throw new IllegalStateException("the answer fails");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		@Libp2pProtocol("/fails/bean")
		StreamHandler bean() {
			return (stream) -> Failures.rethrow(new CloneNotSupportedException("on purpose"));
		}

		@Bean
		@Libp2pProtocol("/fails/datagrambean")
		DatagramHandler datagramBean() {
			return (datagram) -> Failures.rethrow(new CloneNotSupportedException("on purpose"));
		}

		@Bean
		StreamInterceptor interceptor() {
			Predicate<Stream> refuses = (stream) -> stream.protocol().value().equals("/refuses/interceptor");
			return (stream, next) -> {
				if (refuses.test(stream)) {
					throw StreamReset.local(403, "not a friend");
				}
				if (stream.protocol().value().equals("/fails/intercepted")) {
					throw new IllegalStateException("interceptor failed");
				}
				next.handle(stream);
			};
		}

		@Bean
		Libp2pExceptionHandler broken() {
			return (stream, failure) -> {
				if ("bean answer".equals(failure.getMessage())) {
					throw new IllegalStateException("the bean fails");
				}
				return Optional.empty();
			};
		}

	}

}
