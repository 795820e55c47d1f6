package io.p2pboot.libp2p.autoconfigure;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import io.p2pboot.libp2p.spring.metrics.NodeMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class HandlerThreadsTest {

	private final ApplicationContextRunner runner = MemoryApp.runner().withUserConfiguration(Telling.class);

	@Test
	void handlersRunOnPlatformThreadsUnlessTheApplicationHasVirtualOnes() {
		this.runner.run((context) -> {
			assertThat(context).hasBean("libp2pPlatformHandlerExecutor")
				.doesNotHaveBean("libp2pVirtualHandlerExecutor");
			assertThat(thread(context)).isEqualTo("platform " + HandlerExecutor.THREAD_NAME_PREFIX + "1");
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void handlersRunOnVirtualThreadsWhereTheApplicationDoes() {
		this.runner.withPropertyValues("spring.threads.virtual.enabled=true").run((context) -> {
			assertThat(context).hasBean("libp2pVirtualHandlerExecutor")
				.doesNotHaveBean("libp2pPlatformHandlerExecutor");
			assertThat(thread(context)).startsWith("virtual " + HandlerExecutor.THREAD_NAME_PREFIX);
		});
		this.runner.withPropertyValues("spring.threads.virtual.enabled=true", "libp2p.handlers.threading=platform")
			.run((context) -> assertThat(thread(context)).startsWith("platform "));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsCanBeAskedForAlone() {
		this.runner.withPropertyValues("libp2p.handlers.threading=VIRTUAL")
			.run((context) -> assertThat(thread(context)).startsWith("virtual "));
	}

	@Test
	void theUsersExecutorReplacesOurs() {
		this.runner.withBean("own", HandlerExecutor.class,
				() -> new HandlerExecutor((task) -> new Thread(task, "own").start(), () -> {
				}))
			.run((context) -> {
				assertThat(context).hasSingleBean(HandlerExecutor.class);
				assertThat(thread(context)).isEqualTo("platform own");
			});
	}

	@Test
	void whatNoThreadIsFreeForIsCountedAndToldAndDatagramsComeLater(CapturedOutput output) {
		Blocking blocking = new Blocking();
		this.runner.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class))
			.withPropertyValues("libp2p.handlers.max-concurrent=1")
			.withBean(SimpleMeterRegistry.class)
			.withBean(Blocking.class, () -> blocking)
			.run((context) -> {
				SimpleMeterRegistry registry = context.getBean(SimpleMeterRegistry.class);
				context.getBean(NodeMetrics.class).bindTo(registry);
				try (Node peer = MemoryApp.peer()) {
					Stream first = peer.openStream(MemoryApp.address(context), ProtocolPath.of("/blocks/1.0.0"));
					first.outputStream().write(1);
					blocking.begun.await();
					assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> thread(context));
					await().untilAsserted(() -> assertThat(
							registry.get("libp2p.streams.refused").tag("protocol", "/thread/1.0.0").counter().count())
						.isOne());
					peer.sendDatagram(MemoryApp.address(context), ProtocolPath.of("/measure/1.0.0"),
							ByteBuffer.wrap(new byte[1]));
					await().until(() -> registry.find("libp2p.datagrams").tag("dir", "inbound").counter() != null);
					assertThat(blocking.datagrams.getCount()).isOne();
					blocking.released.countDown();
					assertThat(blocking.datagrams.await(20, TimeUnit.SECONDS)).isTrue();
				}
			});
		assertThat(output).contains("A stream of /thread/1.0.0 from ")
			.contains("is refused: as many handlers run as libp2p.handlers.max-concurrent allows");
	}

	@Test
	void threeHundredStreamsOfOnePeerThatSaysNothingKeepNobodyOut(CapturedOutput output) {
		silenceKeepsNobodyOut("platform", output);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void norDoTheyOnVirtualThreads(CapturedOutput output) {
		silenceKeepsNobodyOut("virtual", output);
	}

	private void silenceKeepsNobodyOut(String threading, CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.handlers.max-concurrent=16", "libp2p.handlers.threading=" + threading)
			.withUserConfiguration(Echoing.class)
			.run((context) -> {
				try (Node greedy = MemoryApp.peer(); Node greedier = MemoryApp.peer()) {
					for (int i = 0; i < 300; i++) {
						(i < 150 ? greedy : greedier).openStream(MemoryApp.address(context),
								ProtocolPath.of("/echo/1.0.0"));
					}
					for (int i = 0; i < 10; i++) {
						try (Node other = MemoryApp.peer()) {
							assertThat(
									MemoryApp.exchange(other, MemoryApp.address(context), "/echo/1.0.0", "hello " + i))
								.isEqualTo("hello " + i);
						}
					}
				}
			});
		assertThat(output).contains("All 16 handler threads are taken: a stream of /echo/1.0.0 that waits for ");
	}

	@Test
	void aHandlerWaitsForTheFirstByteAsLongAsThePropertySays(CapturedOutput output) {
		this.runner.withPropertyValues("libp2p.streams.first-byte-timeout=50ms")
			.withUserConfiguration(Echoing.class)
			.run((context) -> {
				try (Node peer = MemoryApp.peer()) {
					Stream silent = peer.openStream(MemoryApp.address(context), ProtocolPath.of("/echo/1.0.0"));
					assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> silent.inputStream().read())
						.satisfies((reset) -> assertThat(reset.code()).hasValue(ErrorCode.GARBAGE_COLLECTED.stream()));
					assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), "/echo/1.0.0", "said"))
						.isEqualTo("said");
				}
			});
		assertThat(output).doesNotContain("failed to serve");
	}

	private static String thread(org.springframework.context.ApplicationContext context) throws Exception {
		try (Node peer = MemoryApp.peer()) {
			return MemoryApp.exchange(peer, MemoryApp.address(context), "/thread/1.0.0", "");
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Telling {

		@Bean
		@Libp2pProtocol("/thread/1.0.0")
		StreamHandler telling() {
			return (stream) -> stream.outputStream()
				.write((kind(Thread.currentThread()) + " " + Thread.currentThread().getName())
					.getBytes(StandardCharsets.UTF_8));
		}

		/** Java 17 does not know {@code Thread.isVirtual()}. */
		private static String kind(Thread thread) {
			return thread.getClass().getName().contains("Virtual") ? "virtual" : "platform";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Echoing {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echoing() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

	static class Blocking {

		private final CountDownLatch begun = new CountDownLatch(1);

		private final CountDownLatch released = new CountDownLatch(1);

		private final CountDownLatch datagrams = new CountDownLatch(1);

		@Libp2pProtocol("/blocks/1.0.0")
		void block(Stream stream) throws InterruptedException {
			this.begun.countDown();
			this.released.await();
		}

		@Libp2pProtocol("/measure/1.0.0")
		void measure(Datagram datagram) {
			this.datagrams.countDown();
		}

	}

}
