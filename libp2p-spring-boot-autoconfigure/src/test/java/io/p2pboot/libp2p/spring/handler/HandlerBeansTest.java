package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.NameMatchMethodPointcutAdvisor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Role;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handlers that the application wraps, scopes or puts off, as applications do.
 */
@Timeout(60)
class HandlerBeansTest {

	@Test
	void adviceRunsAroundAClassAndItsMethodsThroughClassProxies() {
		MemoryApp.runner()
			.withUserConfiguration(ClassAdvice.class, AdvisedClass.class, AdvisedMethods.class)
			.run((context) -> {
				assertThat(AopUtils.isCglibProxy(context.getBean(AdvisedClass.class))).isTrue();
				assertThat(AopUtils.isCglibProxy(context.getBean(AdvisedMethods.class))).isTrue();
				assertServed(context, "/advised/class", "/advised/method", "/advised/hidden");
				assertThat(context.getBean(Advice.class).advised).containsExactly("handle", "serve", "hidden");
			});
	}

	@Test
	void adviceRunsAroundAClassAndItsMethodsThroughInterfaceProxies() {
		MemoryApp.runner()
			.withUserConfiguration(InterfaceAdvice.class, AdvisedClass.class, AdvisedContract.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(AopUtils.isJdkDynamicProxy(context.getBean(Contract.class))).isTrue();
				assertServed(context, "/advised/class", "/advised/contract");
				assertThat(context.getBean(Advice.class).advised).containsExactly("handle", "serve");
			});
	}

	@Test
	void aMethodThatItsInterfaceProxyDoesNotHaveIsNamed() {
		MemoryApp.runner()
			.withUserConfiguration(InterfaceAdvice.class, BeyondContract.class)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.handler()).contains("method beyond(Stream)").contains("BeyondContract");
					assertThat(failure.problem()).contains("its proxy does not have the method");
					assertThat(failure.action()).contains("spring.aop.proxy-target-class=true");
				}));
	}

	@Test
	void aPrototypeIsMadeForEachStream() {
		Prototype.made.set(0);
		MemoryApp.runner().withUserConfiguration(Prototype.class).run((context) -> {
			assertThat(Prototype.made).hasValue(0);
			assertServed(context, "/prototype/class", "/prototype/method", "/prototype/class");
			assertThat(Prototype.made).hasValue(3);
		});
	}

	@Test
	void aLazyApplicationServesEveryKindOfHandlerBehindItsInterceptors() throws Exception {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(LazyApp.class)
			.web(WebApplicationType.NONE)
			.properties("spring.main.lazy-initialization=true", "libp2p.listen=/memory/0",
					"libp2p.transport.memory.enabled=true", "libp2p.transport.tcp.enabled=false")
			.run()) {
			assertServed(context, "/lazy/class", "/lazy/method", "/lazy/lambda");
			assertThat(context.getBean(LazyApp.class).intercepted).containsExactly("/lazy/class", "/lazy/method",
					"/lazy/lambda");
		}
	}

	@Test
	void severalApplicationsOfOneProcessAreStrangers() {
		MemoryApp.runner()
			.withUserConfiguration(Prototype.class)
			.run((first) -> MemoryApp.runner().withUserConfiguration(Prototype.class).run((second) -> {
				Node one = first.getBean(Node.class);
				Node two = second.getBean(Node.class);
				assertThat(one.peerId()).isNotEqualTo(two.peerId());
				assertThat(MemoryApp.exchange(one, MemoryApp.address(two), "/prototype/class", "hi")).isEqualTo("hi");
				second.close();
				assertThat(two.isRunning()).isFalse();
				assertServed(first, "/prototype/class");
			}));
	}

	private static void assertServed(ApplicationContext context, String... paths) throws IOException {
		try (Node peer = MemoryApp.peer()) {
			for (String path : paths) {
				assertThat(MemoryApp.exchange(peer, MemoryApp.address(context), path, "hello")).as(path)
					.isEqualTo("hello");
			}
		}
	}

	private static void echo(Stream stream) throws IOException {
		stream.inputStream().transferTo(stream.outputStream());
	}

	static class Advice {

		private final List<String> advised = new CopyOnWriteArrayList<>();

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		NameMatchMethodPointcutAdvisor advisor() {
			NameMatchMethodPointcutAdvisor advisor = new NameMatchMethodPointcutAdvisor(
					(MethodInterceptor) (invocation) -> {
						this.advised.add(invocation.getMethod().getName());
						return invocation.proceed();
					});
			advisor.setMappedNames("handle", "serve", "hidden");
			advisor.setClassFilter((type) -> type.getEnclosingClass() == HandlerBeansTest.class);
			return advisor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ClassAdvice extends Advice {

		@Bean
		static DefaultAdvisorAutoProxyCreator proxies() {
			DefaultAdvisorAutoProxyCreator proxies = new DefaultAdvisorAutoProxyCreator();
			proxies.setProxyTargetClass(true);
			return proxies;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class InterfaceAdvice extends Advice {

		@Bean
		static DefaultAdvisorAutoProxyCreator proxies() {
			return new DefaultAdvisorAutoProxyCreator();
		}

	}

	@Libp2pProtocol("/advised/class")
	static class AdvisedClass implements StreamHandler {

		@Override
		public void handle(Stream stream) throws IOException {
			echo(stream);
		}

	}

	static class AdvisedMethods {

		@Libp2pProtocol("/advised/method")
		public void serve(Stream stream) throws IOException {
			echo(stream);
		}

		@Libp2pProtocol("/advised/hidden")
		void hidden(Stream stream) throws IOException {
			echo(stream);
		}

	}

	interface Contract {

		void serve(Stream stream) throws IOException;

	}

	static class AdvisedContract implements Contract {

		@Override
		@Libp2pProtocol("/advised/contract")
		public void serve(Stream stream) throws IOException {
			echo(stream);
		}

	}

	static class BeyondContract implements Contract {

		@Override
		public void serve(Stream stream) {
		}

		@Libp2pProtocol("/beyond")
		public void beyond(Stream stream) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Prototype {

		static final AtomicInteger made = new AtomicInteger();

		@Bean
		@Scope("prototype")
		@Libp2pProtocol("/prototype/class")
		StreamHandler handler() {
			made.incrementAndGet();
			return HandlerBeansTest::echo;
		}

		@Bean
		@Scope("prototype")
		PrototypeMethods methods() {
			made.incrementAndGet();
			return new PrototypeMethods();
		}

	}

	static class PrototypeMethods {

		@Libp2pProtocol("/prototype/method")
		void serve(Stream stream) throws IOException {
			echo(stream);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ LazyClass.class, LazyMethods.class })
	static class LazyApp {

		private final List<String> intercepted = new ArrayList<>();

		@Bean
		StreamInterceptor interceptor() {
			return (stream, next) -> {
				this.intercepted.add(stream.protocol().value());
				next.handle(stream);
			};
		}

		@Bean
		@Libp2pProtocol("/lazy/lambda")
		StreamHandler lambda() {
			return HandlerBeansTest::echo;
		}

	}

	@Libp2pProtocol("/lazy/class")
	static class LazyClass extends AdvisedClass {

	}

	@Component
	static class LazyMethods {

		@Libp2pProtocol("/lazy/method")
		void serve(Stream stream) throws IOException {
			echo(stream);
		}

		@Libp2pProtocol("/lazy/datagrams")
		void serve(Datagram datagram) {
		}

	}

}
