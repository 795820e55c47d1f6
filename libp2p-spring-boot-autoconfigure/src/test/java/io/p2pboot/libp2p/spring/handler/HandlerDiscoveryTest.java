package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramHandler;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class HandlerDiscoveryTest {

	@Test
	void findsAnAnnotatedClass() {
		serves(AnnotatedClass.class, "/class/1.0.0");
	}

	@Test
	void findsAnAnnotatedClassBehindAnInterface() {
		serves(ReturnsInterface.class, "/class/1.0.0");
	}

	@Test
	void findsAnAnnotatedBeanMethod() {
		serves(BeanMethod.class, "/lambda/1.0.0");
	}

	@Test
	void findsALazyClassAndALazyBeanMethod() {
		serves(LazyBeans.class, "/class/1.0.0", "/lambda/1.0.0");
	}

	@Test
	void findsAScopedProxy() {
		serves(Scoped.class, "/class/1.0.0");
	}

	@Test
	void findsAScopedProxyOfAnAnnotatedBeanMethod() {
		serves(ScopedBeanMethod.class, "/lambda/1.0.0");
	}

	@Test
	void findsTheProductOfAFactoryBean() {
		serves(Factory.class, "/class/1.0.0");
	}

	@Test
	void findsAClassProxy() {
		serves(ClassProxy.class, "/class/1.0.0");
	}

	@Test
	void findsAnInterfaceProxy() {
		serves(InterfaceProxy.class, "/class/1.0.0");
	}

	@Test
	void findsAHandlerThatIsNoAopProxyByItsBeanMethod() {
		serves(PlainProxy.class, "/lambda/1.0.0");
	}

	@Test
	void warnsOfALazyInterfaceWhoseClassCannotBeSeen(CapturedOutput output) {
		MemoryApp.runner().withUserConfiguration(LazyInterface.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(HandlerRegistrar.class).handlers()).isEmpty();
			assertThat(output).contains("bean 'hidden' is lazy").contains("@Bean method");
		});
	}

	@Test
	void findsHandlersOfALazyApplication() {
		MemoryApp.runner()
			.withUserConfiguration(ReturnsInterface.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				assertThat(context.getBean(HandlerRegistrar.class).handlers()).hasSize(1);
				assertThat(context.getBean(Node.class).isRunning()).isTrue();
			});
	}

	@Test
	void oneBeanServesSeveralVersionsAndResolvesPlaceholders() {
		MemoryApp.runner()
			.withUserConfiguration(Versions.class)
			.withPropertyValues("echo.path=/echo/2.0.0")
			.run((context) -> {
				try (Node peer = MemoryApp.peer()) {
					AddrInfo app = MemoryApp.address(context);
					assertThat(MemoryApp.exchange(peer, app, "/echo/1.0.0", "one")).isEqualTo("one");
					assertThat(MemoryApp.exchange(peer, app, "/echo/2.0.0", "two")).isEqualTo("two");
				}
			});
	}

	@Test
	void aBeanIsCreatedWithTheFirstStreamOnly() {
		Counting.created = 0;
		MemoryApp.runner().withUserConfiguration(Counting.class).run((context) -> {
			assertThat(Counting.created).isZero();
			try (Node peer = MemoryApp.peer()) {
				MemoryApp.exchange(peer, MemoryApp.address(context), "/class/1.0.0", "x");
				MemoryApp.exchange(peer, MemoryApp.address(context), "/class/1.0.0", "x");
			}
			assertThat(Counting.created).isOne();
		});
	}

	@Test
	void datagramsReachTheirHandler() {
		MemoryApp.runner().withUserConfiguration(Telemetry.class).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				AddrInfo app = MemoryApp.address(context);
				peer.sendDatagram(app, ProtocolPath.of("/telemetry/1.0.0"), bytes("21 C"));
				Telemetry telemetry = context.getBean(Telemetry.class);
				Datagram datagram = telemetry.received.poll(20, TimeUnit.SECONDS);
				assertThat(StandardCharsets.UTF_8.decode(datagram.payload()).toString()).isEqualTo("21 C");
				assertThat(datagram.peer().id()).isEqualTo(peer.peerId());
				MountedHandler mounted = context.getBean(HandlerRegistrar.class).handlers().get(0);
				assertThat(mounted.kind()).isEqualTo(HandlerKind.DATAGRAM);
			}
		});
	}

	@Test
	void twoBeansOnOnePathStopTheStart() {
		MemoryApp.runner()
			.withUserConfiguration(AnnotatedClass.class, Duplicate.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(DuplicateProtocolException.class, (failure) -> {
					assertThat(failure.path()).hasToString("/class/1.0.0");
					assertThat(failure.first() + failure.second()).contains("HandlerDiscoveryTest$Echo")
						.contains("'second'");
				}));
	}

	@Test
	void aClassThatIsNoHandlerStopsTheStart() {
		MemoryApp.runner()
			.withUserConfiguration(NoHandler.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class,
						(failure) -> assertThat(failure.handler()).contains("NoHandler")));
	}

	@Test
	void aClassThatIsBothKindsStopsTheStart() {
		MemoryApp.runner()
			.withUserConfiguration(Both.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(UnsupportedHandlerException.class)
				.hasMessageContaining("a StreamHandler and a DatagramHandler"));
	}

	@Test
	void aPathThatIsNoneStopsTheStart() {
		MemoryApp.runner()
			.withUserConfiguration(BadPath.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(UnsupportedHandlerException.class)
				.hasMessageContaining("'echo'"));
	}

	private static void serves(Class<?> configuration, String... paths) {
		MemoryApp.runner().withUserConfiguration(configuration).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(HandlerRegistrar.class).handlers())
				.extracting((handler) -> handler.path().value())
				.containsExactlyInAnyOrder(paths);
			try (Node peer = MemoryApp.peer()) {
				for (String path : paths) {
					assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), path, "hello")).isEqualTo("hello");
				}
			}
		});
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	static void echo(Stream stream) throws IOException {
		stream.inputStream().transferTo(stream.outputStream());
	}

	@Libp2pProtocol("/class/1.0.0")
	static class Echo implements StreamHandler {

		@Override
		public void handle(Stream stream) throws IOException {
			echo(stream);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Echo.class)
	static class AnnotatedClass {

	}

	@Configuration(proxyBeanMethods = false)
	static class ReturnsInterface {

		@Bean
		StreamHandler echo() {
			return new Echo();
		}

	}

	@Configuration
	static class BeanMethod {

		@Bean
		@Libp2pProtocol("/lambda/1.0.0")
		StreamHandler tail() {
			return HandlerDiscoveryTest::echo;
		}

	}

	@Configuration
	static class LazyBeans {

		@Bean
		@Lazy
		Echo lazyEcho() {
			return new Echo();
		}

		@Bean
		@Lazy
		@Libp2pProtocol("/lambda/1.0.0")
		StreamHandler lazyTail() {
			return HandlerDiscoveryTest::echo;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Scoped {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.TARGET_CLASS)
		Echo scopedEcho() {
			return new Echo();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ScopedBeanMethod {

		@Bean
		@Scope(scopeName = "prototype", proxyMode = ScopedProxyMode.INTERFACES)
		@Libp2pProtocol("/lambda/1.0.0")
		StreamHandler scopedTail() {
			return HandlerDiscoveryTest::echo;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Factory {

		@Bean
		FactoryBean<Echo> echo() {
			return new FactoryBean<>() {

				@Override
				public Echo getObject() {
					return new Echo();
				}

				@Override
				public Class<?> getObjectType() {
					return Echo.class;
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ClassProxy {

		@Bean
		Echo echo() {
			ProxyFactory factory = new ProxyFactory(new Echo());
			factory.setProxyTargetClass(true);
			return (Echo) factory.getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InterfaceProxy {

		@Bean
		StreamHandler echo() {
			return (StreamHandler) new ProxyFactory(new Echo()).getProxy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PlainProxy {

		@Bean
		@Libp2pProtocol("/lambda/1.0.0")
		StreamHandler echo() {
			return (StreamHandler) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { StreamHandler.class }, (proxy, method, arguments) -> {
						if (method.getName().equals("handle")) {
							HandlerDiscoveryTest.echo((Stream) arguments[0]);
						}
						return null;
					});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyInterface {

		@Bean
		@Lazy
		StreamHandler hidden() {
			return new Echo();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Versions {

		@Bean
		@Libp2pProtocol({ "/echo/1.0.0", "${echo.path}" })
		StreamHandler echo() {
			return HandlerDiscoveryTest::echo;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Counting {

		private static int created;

		@Bean
		@Lazy
		Echo echo() {
			created++;
			return new Echo();
		}

	}

	@Libp2pProtocol("/telemetry/1.0.0")
	static class Telemetry implements DatagramHandler {

		private final BlockingQueue<Datagram> received = new LinkedBlockingQueue<>();

		@Override
		public void handle(Datagram datagram) {
			this.received.add(datagram);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Duplicate {

		@Bean
		@Libp2pProtocol("/class/1.0.0")
		StreamHandler second() {
			return HandlerDiscoveryTest::echo;
		}

	}

	@Libp2pProtocol("/none/1.0.0")
	static class NoHandler implements Supplier<String> {

		@Override
		public String get() {
			return "";
		}

	}

	@Libp2pProtocol("/both/1.0.0")
	static class Both implements StreamHandler, DatagramHandler {

		@Override
		public void handle(Stream stream) {
		}

		@Override
		public void handle(Datagram datagram) {
		}

	}

	@Libp2pProtocol("echo")
	static class BadPath extends Echo {

	}

}
