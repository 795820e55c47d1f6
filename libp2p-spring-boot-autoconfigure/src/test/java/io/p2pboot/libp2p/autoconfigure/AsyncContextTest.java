package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.spring.CallInterceptor;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.client.Libp2pClientFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.task.TaskDecorator;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What belongs to a thread goes along with its asynchronous calls as it does with those
 * of Boot's own executors.
 */
@Timeout(60)
class AsyncContextTest {

	private static final String MDC_KEY = "order";

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class));

	@BeforeEach
	void enter() {
		ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor(MDC_KEY));
		MDC.put(MDC_KEY, "4711");
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("alice", "none"));
	}

	@AfterEach
	void leave() {
		ContextRegistry.getInstance().removeThreadLocalAccessor("cp.slf4j." + MDC_KEY);
		ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		MDC.clear();
		SecurityContextHolder.clearContext();
	}

	@Test
	void theMdcAndTheSecurityContextGoAlongWhereBootIsToldTo() {
		this.runner.withPropertyValues("spring.task.execution.propagate-context=true").run((context) -> {
			assertThat(call(context, () -> MDC.get(MDC_KEY))).isEqualTo("4711");
			assertThat(call(context, AsyncContextTest::user)).isEqualTo("alice");
			MDC.remove(MDC_KEY);
			SecurityContextHolder.clearContext();
			assertThat(call(context, () -> String.valueOf(MDC.get(MDC_KEY)))).isEqualTo("null");
			assertThat(call(context, AsyncContextTest::user)).isEqualTo("nobody");
		});
	}

	@Test
	void aClientThatReturnsAFutureCallsInTheContextOfItsCaller() {
		List<String> seen = new CopyOnWriteArrayList<>();
		this.runner.withPropertyValues("spring.task.execution.propagate-context=true")
			.withBean(CallInterceptor.class, () -> (call, next) -> {
				seen.add(MDC.get(MDC_KEY) + " " + user() + " calls " + call.path());
				throw new IOException("seen");
			})
			.run((context) -> {
				Greetings greetings = new Libp2pClientFactory(context.getBean(Libp2pTemplate.class))
					.createClient(Greetings.class);
				assertThat(greetings.greet(MemoryApp.address(context), "Bob")).failsWithin(Duration.ofSeconds(30))
					.withThrowableOfType(ExecutionException.class)
					.withMessageContaining("seen");
				assertThat(seen).containsExactly("4711 alice calls /greet/1.0.0");
			});
	}

	@Test
	void withoutThatNothingGoesAlong() {
		this.runner.run((context) -> {
			assertThat(call(context, () -> String.valueOf(MDC.get(MDC_KEY)))).isEqualTo("null");
			assertThat(call(context, AsyncContextTest::user)).isEqualTo("nobody");
		});
	}

	@Test
	void theUsersDecoratorsAreAppliedInTheirOrderToCallsOnOtherThreadsToo() {
		List<String> seen = new CopyOnWriteArrayList<>();
		this.runner.withBean("seen", List.class, () -> seen).withUserConfiguration(Decorators.class).run((context) -> {
			call(context, () -> seen.add("call"));
			assertThat(seen).containsExactly("outer", "inner", "call");
			seen.clear();
			Libp2pTemplate template = context.getBean(Libp2pTemplate.class).withAsyncExecutor(Runnable::run);
			template.async(() -> seen.add("call")).get();
			assertThat(seen).containsExactly("outer", "inner", "call");
		});
	}

	@Test
	void aDecoratorThatFailsFailsTheCallOnWhicheverThread() {
		TaskDecorator onCall = (task) -> {
			throw new IllegalStateException("no tenant");
		};
		TaskDecorator onThread = (task) -> () -> {
			throw new IllegalStateException("no tenant");
		};
		for (TaskDecorator decorator : List.of(onCall, onThread)) {
			this.runner.withBean(TaskDecorator.class, () -> decorator)
				.run((context) -> assertThat(context.getBean(Libp2pTemplate.class).async(() -> "called"))
					.failsWithin(Duration.ofSeconds(30))
					.withThrowableOfType(ExecutionException.class)
					.withCauseInstanceOf(IllegalStateException.class)
					.withMessageContaining("no tenant"));
		}
	}

	private static <T> T call(ApplicationContext context, Callable<T> call) throws Exception {
		return context.getBean(Libp2pTemplate.class).async(call).get();
	}

	private static String user() {
		Authentication user = SecurityContextHolder.getContext().getAuthentication();
		return (user != null) ? user.getName() : "nobody";
	}

	interface Greetings {

		@Libp2pProtocol("/greet/1.0.0")
		CompletableFuture<String> greet(AddrInfo peer, String name);

	}

	@Configuration(proxyBeanMethods = false)
	static class Decorators {

		@Bean
		@Order(1)
		TaskDecorator inner(List<String> seen) {
			return saying(seen, "inner");
		}

		@Bean
		@Order(2)
		TaskDecorator outer(List<String> seen) {
			return saying(seen, "outer");
		}

		private static TaskDecorator saying(List<String> seen, String name) {
			return (task) -> () -> {
				seen.add(name);
				task.run();
			};
		}

	}

}
