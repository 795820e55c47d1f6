package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.Libp2pException;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.NodeStartedEvent;
import io.p2pboot.libp2p.spring.handler.HandlerExecutor;
import io.p2pboot.libp2p.spring.metrics.NodeMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class LifecycleTest {

	private static final ProtocolPath HOLD = ProtocolPath.of("/hold/1.0.0");

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(Libp2pAutoConfiguration.class, Libp2pHandlerAutoConfiguration.class))
		.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0");

	@Test
	void closingWaitsForHandlersAndRefusesNewStreams() {
		this.runner.withUserConfiguration(Holding.class).run((context) -> {
			Holding holding = context.getBean(Holding.class);
			Node node = context.getBean(Node.class);
			try (Node peer = NodeBuilder.create().start()) {
				Stream held = peer.openStream(node.addrInfo(), HOLD);
				held.closeWrite();
				assertThat(holding.entered.await(20, TimeUnit.SECONDS)).isTrue();
				CompletableFuture<Void> closing = close(context);
				await().until(node::isDraining);
				assertThatThrownBy(() -> peer.openStream(node.addrInfo(), HOLD).inputStream().read())
					.isInstanceOf(IOException.class);
				assertThat(closing).isNotDone();
				holding.release.countDown();
				assertThat(held.inputStream().read()).isEqualTo('!');
				closing.get(20, TimeUnit.SECONDS);
				assertThat(node.isRunning()).isFalse();
			}
		});
	}

	@Test
	void handlersThatOutlastTheGracePeriodAreReset() {
		this.runner.withPropertyValues("libp2p.shutdown.grace-period=50ms")
			.withUserConfiguration(Holding.class)
			.run((context) -> {
				Holding holding = context.getBean(Holding.class);
				try (Node peer = NodeBuilder.create().start()) {
					Stream held = peer.openStream(context.getBean(Node.class).addrInfo(), HOLD);
					held.closeWrite();
					assertThat(holding.entered.await(20, TimeUnit.SECONDS)).isTrue();
					CompletableFuture<Void> closing = close(context);
					assertThatThrownBy(() -> held.inputStream().read()).isInstanceOfSatisfying(StreamReset.class,
							(reset) -> assertThat(reset.errorCode()).hasValue(ErrorCode.SHUTDOWN));
					holding.release.countDown();
					closing.get(20, TimeUnit.SECONDS);
				}
			});
	}

	@Test
	void aGracePeriodThatTheContextDoesNotWaitForIsSaidToBeTooLong(CapturedOutput output) {
		ApplicationContextRunner phases = this.runner
			.withConfiguration(AutoConfigurations.of(LifecycleAutoConfiguration.class));
		String warning = "libp2p.shutdown.grace-period is";
		phases.withPropertyValues("libp2p.shutdown.grace-period=30s")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain(warning);
		phases.withPropertyValues("libp2p.shutdown.grace-period=40s", "spring.lifecycle.timeout-per-shutdown-phase=35s")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).containsOnlyOnce(warning)
			.contains("PT40S", "spring.lifecycle.timeout-per-shutdown-phase is PT35S");
	}

	@Test
	void theHandlersDrainBeforeTheNodeStopsAndWithTheWebServer() {
		this.runner.run((context) -> {
			int webServerGraceful = Integer.MAX_VALUE - 1024;
			int webServer = Integer.MAX_VALUE - 2048;
			assertThat(context.getBean(Libp2pGracefulShutdownLifecycle.class).getPhase()).isEqualTo(webServerGraceful);
			assertThat(context.getBean(Libp2pNodeLifecycle.class).getPhase()).isLessThan(webServer);
			assertThat(context.getBean(Libp2pNodeLifecycle.class).isPauseable()).isFalse();
		});
	}

	@Test
	void moreHandlersThanAllowedAreRefused() {
		this.runner.withPropertyValues("libp2p.handlers.max-concurrent=1", "libp2p.handlers.threading=platform")
			.withUserConfiguration(Holding.class)
			.run((context) -> {
				Holding holding = context.getBean(Holding.class);
				Node node = context.getBean(Node.class);
				try (Node peer = NodeBuilder.create().start()) {
					Stream held = peer.openStream(node.addrInfo(), HOLD);
					assertThat(holding.entered.await(20, TimeUnit.SECONDS)).isTrue();
					assertThatThrownBy(() -> peer.openStream(node.addrInfo(), HOLD).inputStream().read())
						.isInstanceOf(Libp2pException.class);
					holding.release.countDown();
					assertThat(held.inputStream().read()).isEqualTo('!');
					assertThat(holding.thread).startsWith(HandlerExecutor.THREAD_NAME_PREFIX);
				}
			});
	}

	@Test
	void fiftyContextsLeaveNoThreadSocketOrMeterBehind() throws Exception {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		refresh(registry);
		int meters = registry.getMeters().size();
		long descriptors = descriptors();
		for (int round = 0; round < 50; round++) {
			Multiaddr listened = refresh(registry);
			assertThatThrownBy(() -> new Socket().connect(listened.ipSocketAddress().orElseThrow(), 1000))
				.isInstanceOf(IOException.class);
		}
		assertThat(registry.getMeters()).hasSize(meters);
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			assertThat(threads()).isEmpty();
			// The JVM opens a jar now and then; fifty contexts would leave hundreds.
			assertThat(descriptors()).isLessThan(descriptors + 10);
		});
	}

	@Test
	void aContextThatIsClosedIsForgotten() throws Exception {
		List<WeakReference<Node>> nodes = new ArrayList<>();
		for (int round = 0; round < 5; round++) {
			this.runner.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0,/ip4/127.0.0.1/udp/0/quic-v1")
				.withUserConfiguration(Holding.class)
				.run((context) -> {
					context.getBean(Holding.class).release.countDown();
					Node node = context.getBean(Node.class);
					nodes.add(new WeakReference<>(node));
					try (Node peer = NodeBuilder.create().start();
							Stream stream = peer.openStream(node.addrInfo(), HOLD)) {
						assertThat(stream.inputStream().read()).isEqualTo('!');
					}
				});
		}
		// The last one may still be on the stack of a thread that waits for work.
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
			System.gc();
			assertThat(nodes.stream().filter((node) -> node.get() != null)).hasSizeLessThan(2);
		});
	}

	private static long descriptors() {
		return ManagementFactory
			.getOperatingSystemMXBean() instanceof com.sun.management.UnixOperatingSystemMXBean system
					? system.getOpenFileDescriptorCount() : 0;
	}

	@Test
	void aListenerOfTheStartThatFailsLeavesNothingBehind() {
		this.runner.withUserConfiguration(FailingListener.class)
			.run((context) -> assertThat(context).getFailure().hasStackTraceContaining("not on this address"));
		await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(threads()).isEmpty());
	}

	private Multiaddr refresh(SimpleMeterRegistry registry) throws IOException {
		Multiaddr[] listened = new Multiaddr[1];
		this.runner.withConfiguration(AutoConfigurations.of(Libp2pMetricsAutoConfiguration.class))
			.withPropertyValues("libp2p.listen=/ip4/127.0.0.1/tcp/0,/ip4/127.0.0.1/udp/0/quic-v1")
			.withUserConfiguration(Holding.class)
			.withBean("registry", SimpleMeterRegistry.class, () -> registry,
					(definition) -> ((AbstractBeanDefinition) definition).setDestroyMethodName(""))
			.run((context) -> {
				context.getBean(NodeMetrics.class).bindTo(registry);
				context.getBean(Holding.class).release.countDown();
				Node node = context.getBean(Node.class);
				listened[0] = node.listenAddresses().get(0);
				try (Node peer = NodeBuilder.create().start(); Stream stream = peer.openStream(node.addrInfo(), HOLD)) {
					assertThat(stream.inputStream().read()).isEqualTo('!');
				}
				assertThat(registry.getMeters()).isNotEmpty();
			});
		return listened[0];
	}

	/** Ours and Netty's; pools of the JDK come and go as they like. */
	private static Set<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("libp2p"))
			.collect(Collectors.toSet());
	}

	private static CompletableFuture<Void> close(ConfigurableApplicationContext context) {
		return CompletableFuture.runAsync(context::close, (task) -> new Thread(task, "closing").start());
	}

	static class FailingListener {

		@EventListener
		void started(NodeStartedEvent event) {
			throw new IllegalStateException("not on this address: " + event.addresses());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Holding {

		private final CountDownLatch entered = new CountDownLatch(1);

		private final CountDownLatch release = new CountDownLatch(1);

		private volatile String thread;

		@Bean
		@Libp2pProtocol("/hold/1.0.0")
		StreamHandler hold() {
			return (stream) -> {
				this.thread = Thread.currentThread().getName();
				this.entered.countDown();
				try {
					this.release.await();
				}
				catch (InterruptedException ex) {
					throw new IOException(ex);
				}
				stream.outputStream().write('!');
			};
		}

	}

}
