package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.CallInterceptor;
import io.p2pboot.libp2p.spring.DatagramInterceptor;
import io.p2pboot.libp2p.spring.Libp2pAdvice;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MemoryNodes;
import io.p2pboot.libp2p.spring.PeerPrincipal;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(60)
class InterceptorsAndAdviceTest {

	private static AnnotationConfigApplicationContext app;

	private static Node peer;

	private static AddrInfo address;

	private static Libp2pTemplate template;

	@BeforeAll
	static void start() throws IOException {
		app = new AnnotationConfigApplicationContext(App.class);
		peer = MemoryNodes.peer();
		address = MemoryNodes.address(app);
		template = new Libp2pTemplate(peer, MessageCodec.withDefaults());
	}

	@AfterAll
	static void stop() throws Exception {
		peer.close();
		app.close();
	}

	@Test
	void aHandlerIsToldWhoCallsAsAPrincipal() throws IOException {
		assertThat(template.request(address, "/i/who/1", "x", String.class)).isEqualTo(peer.peerId().toString());
	}

	@Test
	void datagramsPassInterceptorsInTheirOrder() throws Exception {
		BlockingQueue<String> seen = app.getBean(Handlers.class).seen;
		template.sendDatagram(address, "/i/datagram/1", ByteBuffer.wrap(new byte[] { 'n', 'o' }));
		template.sendDatagram(address, "/i/datagram/1", ByteBuffer.wrap(new byte[] { 'a' }));
		List<String> all = new ArrayList<>();
		while (all.size() < 5) {
			all.add(seen.poll(30, TimeUnit.SECONDS));
		}
		assertThat(all).containsExactly("first /i/datagram/1", "second no", "first /i/datagram/1", "second a",
				"handled a for " + peer.peerId());
	}

	@Test
	void anAdviceAnswersWhatTheClassItselfDoesNot() {
		assertCode("/i/own/1", 1);
		assertCode("/i/advised/1", 2);
		assertCode("/i/ordered/1", 3);
	}

	@Test
	void advicesAreAskedInTheOrderOfTheirBeans() {
		for (Class<?> ordered : List.of(OrderedByMethod.class, OrderedByItself.class)) {
			try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(ordered)) {
				assertCode(MemoryNodes.address(context), "/i/ordered/1", 1);
			}
		}
	}

	private static void assertCode(String path, long code) {
		assertCode(address, path, code);
	}

	private static void assertCode(AddrInfo address, String path, long code) {
		assertThatExceptionOfType(StreamReset.class)
			.isThrownBy(() -> template.request(address, path, "x", String.class))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(code));
	}

	@Test
	void anAdviceAnswersWithAMessageToo() throws IOException {
		assertThat(template.request(address, "/i/answered/1", "x", String.class)).isEqualTo("instead of x");
	}

	@Test
	void anAdviceThatCannotAnswerFailsTheStart() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		context.register(App.class, BadAdvice.class);
		assertThatExceptionOfType(UnsupportedHandlerException.class).isThrownBy(context::refresh)
			.withMessageContaining("Libp2pAdvice")
			.withMessageContaining(BadAdvice.class.getName());
		context.close();
	}

	@Test
	void callsPassInterceptorsThatMayRefuseAndTryAgain() throws Exception {
		List<String> seen = new ArrayList<>();
		CallInterceptor first = (call, next) -> {
			seen.add("first " + call.operation() + " " + call.path());
			return next.proceed();
		};
		CallInterceptor again = (call, next) -> {
			try {
				return next.proceed();
			}
			catch (StreamReset ex) {
				seen.add("again");
				return next.proceed();
			}
		};
		Libp2pTemplate intercepted = template.withInterceptors(List.of(first, again));
		assertThat(intercepted.request(address, "/i/second-try/1", "x", String.class)).isEqualTo("x");
		intercepted.sendDatagram(address, "/i/other/1", ByteBuffer.allocate(1));
		assertThat(seen).containsExactly("first request /i/second-try/1", "again", "first datagram /i/other/1");
		Libp2pTemplate refusing = template.withInterceptors(List.of((call, next) -> {
			throw new IOException("not " + call.peer().id());
		}));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> refusing.openStream(address, "/i/who/1"))
			.withMessage("not " + address.id());
		assertThatIllegalStateException()
			.isThrownBy(() -> template.withInterceptors(List.of((call, next) -> null))
				.request(address, "/i/who/1", "x", String.class))
			.withMessageContaining("CallInterceptor");
	}

	static class Handlers {

		private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

		private volatile boolean tried;

		@Libp2pProtocol("/i/who/1")
		String who(Principal principal) {
			assertThat(principal).isInstanceOf(PeerPrincipal.class);
			return principal.getName();
		}

		@Libp2pProtocol("/i/datagram/1")
		void datagram(String text, Datagram datagram, PeerPrincipal from) {
			this.seen.add("handled " + text + " for " + from.id());
		}

		@Libp2pProtocol("/i/other/1")
		void other(Datagram datagram) {
		}

		@Libp2pProtocol("/i/second-try/1")
		String secondTry(String text) {
			if (!this.tried) {
				this.tried = true;
				throw new IllegalStateException("not yet");
			}
			return text;
		}

		@Libp2pProtocol("/i/own/1")
		String own(String text) {
			throw new IllegalArgumentException();
		}

		@Libp2pProtocol("/i/advised/1")
		String advised(String text) {
			throw new UnsupportedOperationException();
		}

		@Libp2pProtocol("/i/ordered/1")
		String ordered(String text) {
			throw new ArithmeticException();
		}

		@Libp2pProtocol("/i/answered/1")
		String answered(String text) {
			throw new NumberFormatExceptionOf(text);
		}

		@MessageExceptionHandler
		StreamReset own(IllegalArgumentException ex) {
			return StreamReset.local(1);
		}

	}

	static class NumberFormatExceptionOf extends RuntimeException {

		private static final long serialVersionUID = 1L;

		NumberFormatExceptionOf(String text) {
			super(text);
		}

	}

	@Libp2pAdvice
	@Order(2)
	static class Second {

		@MessageExceptionHandler
		StreamReset unsupported(UnsupportedOperationException ex, PeerId from) {
			return StreamReset.local(2);
		}

		@MessageExceptionHandler
		StreamReset arithmetic(ArithmeticException ex) {
			return StreamReset.local(2);
		}

		@MessageExceptionHandler
		StreamReset argument(IllegalArgumentException ex) {
			return StreamReset.local(2);
		}

	}

	@Libp2pAdvice
	@Order(1)
	static class First {

		@MessageExceptionHandler
		StreamReset arithmetic(ArithmeticException ex) {
			return StreamReset.local(3);
		}

		@MessageExceptionHandler
		String answer(NumberFormatExceptionOf ex) {
			return "instead of " + ex.getMessage();
		}

	}

	@Libp2pAdvice
	static class Coded {

		private final long code;

		Coded(long code) {
			this.code = code;
		}

		@MessageExceptionHandler
		StreamReset arithmetic(ArithmeticException ex) {
			return StreamReset.local(this.code);
		}

	}

	static class CodedAndOrdered extends Coded implements Ordered {

		CodedAndOrdered(long code) {
			super(code);
		}

		@Override
		public int getOrder() {
			return 1;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, Handlers.class })
	static class OrderedByMethod {

		@Bean
		@Order(2)
		Coded later() {
			return new Coded(2);
		}

		@Bean
		@Order(1)
		Coded sooner() {
			return new Coded(1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, Handlers.class })
	static class OrderedByItself {

		@Bean
		Coded later() {
			return new Coded(2);
		}

		@Bean
		CodedAndOrdered sooner() {
			return new CodedAndOrdered(1);
		}

	}

	@Libp2pAdvice
	static class BadAdvice {

		@MessageExceptionHandler
		StreamReset bad(IllegalArgumentException ex, Integer what) {
			return StreamReset.local(2);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, Handlers.class, Second.class, First.class })
	static class App {

		@Bean
		@Order(2)
		DatagramInterceptor second(Handlers handlers) {
			return (path, datagram, next) -> {
				String text = new String(bytes(datagram));
				handlers.seen.add("second " + text);
				if (!text.equals("no")) {
					next.handle(datagram);
				}
			};
		}

		@Bean
		@Order(1)
		DatagramInterceptor first(Handlers handlers) {
			return (path, datagram, next) -> {
				if (path.value().equals("/i/datagram/1")) {
					handlers.seen.add("first " + path);
					next.handle(datagram);
				}
			};
		}

		private static byte[] bytes(Datagram datagram) {
			byte[] bytes = new byte[datagram.payload().remaining()];
			datagram.payload().duplicate().get(bytes);
			return bytes;
		}

	}

}
