package io.p2pboot.libp2p.autoconfigure;

import java.nio.charset.StandardCharsets;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class HandlerThreadsTest {

	private final ApplicationContextRunner runner = MemoryApp.runner().withUserConfiguration(Telling.class);

	@Test
	void handlersRunOnPlatformThreadsUnlessTheApplicationHasVirtualOnes() {
		this.runner.run((context) -> {
			assertThat(context).hasBean("libp2pPlatformHandlerExecutor")
				.doesNotHaveBean("libp2pVirtualHandlerExecutor");
			assertThat(thread(context)).isEqualTo("platform " + HandlerExecutors.THREAD_NAME_PREFIX + "1");
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void handlersRunOnVirtualThreadsWhereTheApplicationDoes() {
		this.runner.withPropertyValues("spring.threads.virtual.enabled=true").run((context) -> {
			assertThat(context).hasBean("libp2pVirtualHandlerExecutor")
				.doesNotHaveBean("libp2pPlatformHandlerExecutor");
			assertThat(thread(context)).startsWith("virtual " + HandlerExecutors.THREAD_NAME_PREFIX);
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

}
