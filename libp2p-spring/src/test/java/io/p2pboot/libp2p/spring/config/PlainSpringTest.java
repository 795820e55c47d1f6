package io.p2pboot.libp2p.spring.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import io.p2pboot.libp2p.spring.payload.BytesConverter;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The library in an application that has no Spring Boot.
 */
@Timeout(60)
class PlainSpringTest {

	private static final CountDownLatch interrupted = new CountDownLatch(1);

	@Test
	void thereIsNoSpringBootHere() {
		assertThat(ClassUtils.isPresent("org.springframework.boot.SpringApplication", null)).isFalse();
		assertThat(ClassUtils.isPresent("org.springframework.boot.autoconfigure.AutoConfiguration", null)).isFalse();
	}

	@Test
	void beansAndMethodsServeAndTheTemplateCallsThem() throws Exception {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(App.class);
				Node peer = peer()) {
			AddrInfo app = address(context);
			Libp2pTemplate template = new Libp2pTemplate(peer, MessageCodec.withDefaults());
			assertThat(template.request(app, "/deals/1.0.0", new Proposal("bread", 2), Reply.class))
				.isEqualTo(new Reply("2 of bread for " + peer.peerId()));
			try (Stream stream = peer.openStream(app, ProtocolPath.of("/echo/1.0.0"))) {
				stream.outputStream().write("hello".getBytes(StandardCharsets.UTF_8));
				stream.closeWrite();
				assertThat(stream.inputStream().readAllBytes()).asString().isEqualTo("hello");
			}
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> template.request(app, "/deals/1.0.0", new Proposal("", 1), Reply.class))
				.satisfies((reset) -> assertThat(reset.code()).hasValue(422));
			assertThat(context.getBean(HandlerRegistrar.class).handlers()).hasSize(3);
		}
	}

	@Test
	void interceptorsAmongTheBeansStandBeforeHandlers() throws Exception {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(App.class,
				Closed.class); Node peer = peer()) {
			Libp2pTemplate template = new Libp2pTemplate(peer, MessageCodec.withDefaults());
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> template.request(address(context), "/deals/1.0.0", new Proposal("a", 1), Reply.class))
				.satisfies((reset) -> assertThat(reset.code()).hasValue(403));
		}
	}

	@Test
	void beansTakeThePlaceOfTheDefaults() throws Exception {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Short.class);
				Node peer = peer()) {
			Libp2pTemplate template = new Libp2pTemplate(peer, MessageCodec.withDefaults());
			assertThat(template.request(address(context), "/thread/1.0.0", "1234", String.class)).isEqualTo("own");
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> template.request(address(context), "/thread/1.0.0", "12345", String.class))
				.satisfies((reset) -> assertThat(reset.code()).hasValue(MessageCodec.TOO_LARGE_RESET_CODE));
		}
	}

	@Test
	void closingTheContextEndsTheHandlersThatRun() throws Exception {
		try (Node peer = peer()) {
			AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(App.class);
			Stream stream = peer.openStream(address(context), ProtocolPath.of("/hang/1.0.0"));
			stream.outputStream().write(1);
			assertThat(stream.inputStream().read()).isEqualTo(1);
			context.close();
			assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
		}
	}

	private static AddrInfo address(AnnotationConfigApplicationContext context) {
		Node node = context.getBean(Node.class);
		return new AddrInfo(node.peerId(), node.listenAddresses());
	}

	private static Node peer() throws IOException {
		return NodeBuilder.create().transport(new MemoryTransport()).listen("/memory/0").start();
	}

	record Proposal(String item, int count) {
	}

	record Reply(String text) {
	}

	@Configuration(proxyBeanMethods = false)
	static class Nodes {

		@Bean(initMethod = "start", destroyMethod = "close")
		Node node() {
			return NodeBuilder.create()
				.transport(new MemoryTransport())
				.listen("/memory/0")
				.shutdownGrace(Duration.ZERO)
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ Nodes.class, Deals.class })
	static class App {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

		@Bean
		@Libp2pProtocol("/hang/1.0.0")
		StreamHandler hang() {
			return (stream) -> {
				stream.outputStream().write(stream.inputStream().read());
				try {
					new CountDownLatch(1).await();
				}
				catch (InterruptedException ex) {
					interrupted.countDown();
				}
			};
		}

	}

	static class Deals {

		@Libp2pProtocol("/deals/1.0.0")
		Reply propose(Proposal proposal, PeerId from) {
			if (proposal.item().isEmpty()) {
				throw new IllegalArgumentException("nothing to deal with");
			}
			return new Reply(proposal.count() + " of " + proposal.item() + " for " + from);
		}

		@MessageExceptionHandler
		StreamReset refuse(IllegalArgumentException ex) {
			return StreamReset.local(422, ex.getMessage());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Closed {

		@Bean
		StreamInterceptor nobody() {
			return (stream, next) -> {
				throw StreamReset.local(403, "closed");
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ Nodes.class, Threads.class })
	static class Short {

		@Bean
		MessageCodec codec() {
			return new MessageCodec(List.of(new BytesConverter()), PayloadFormat.JSON, 4, Duration.ofSeconds(10));
		}

		@Bean
		HandlerExecutor executor() {
			return new HandlerExecutor((task) -> new Thread(task, "own").start(), () -> {
			});
		}

	}

	static class Threads {

		@Libp2pProtocol("/thread/1.0.0")
		String thread(String text) {
			return Thread.currentThread().getName();
		}

	}

}
