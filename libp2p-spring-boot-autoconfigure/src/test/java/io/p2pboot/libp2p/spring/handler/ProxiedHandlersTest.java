package io.p2pboot.libp2p.spring.handler;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.pubsub.TopicMessage;
import io.p2pboot.libp2p.pubsub.TopicValidator;
import io.p2pboot.libp2p.pubsub.Validation;
import io.p2pboot.libp2p.spring.Libp2pAdvice;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTopicListener;
import io.p2pboot.libp2p.spring.Libp2pTopicValidator;
import io.p2pboot.libp2p.spring.payload.MessageReader;
import io.p2pboot.libp2p.spring.payload.MessageWriter;
import io.p2pboot.libp2p.spring.topic.TopicPeer;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.NameMatchMethodPointcutAdvisor;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Role;
import org.springframework.messaging.handler.annotation.MessageExceptionHandler;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Methods that a proxy does not pass on to the bean, or not before it returns.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class ProxiedHandlersTest {

	static Stream<Arguments> whatAClassProxyWouldRunItselfIsRefused() {
		return Stream.of(arguments(FinalMethod.class, "method serve(String)", "final"),
				arguments(PrivateMethod.class, "method serve(String)", "private"),
				arguments(FinalAnswer.class, "method refuse(IllegalStateException)", "final"),
				arguments(PrivateAdvice.class, "method refuse(IllegalStateException)", "private"),
				arguments(FinalHandler.class, "method handle(Stream)", "final"),
				arguments(FinalListener.class, "method listen(String)", "final"),
				arguments(FinalCheck.class, "method check(TopicMessage)", "final"));
	}

	@ParameterizedTest
	@MethodSource
	void whatAClassProxyWouldRunItselfIsRefused(Class<?> bean, String method, String modifier) {
		refused(bean, (failure) -> {
			assertThat(failure.handler()).contains(method);
			assertThat(failure.problem()).startsWith("it is " + modifier).contains("without the bean's fields");
			assertThat(failure.action()).isEqualTo("Remove " + modifier + " from the method.");
		});
	}

	@Test
	void withoutAProxyTheyServe() {
		MemoryApp.runner().withUserConfiguration(FinalMethod.class, PrivateMethod.class).run((context) -> {
			assertThat(exchange(context, "/final", "\u0001x")).isEqualTo("\u0006field ");
			assertThat(exchange(context, "/private", "\u0001x")).isEqualTo("\u0006field ");
		});
	}

	@Test
	void aProxyThatComesWithTheFirstCallIsSeenThen(CapturedOutput output) {
		MemoryApp.runner().withUserConfiguration(Proxies.class, LazyFinal.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(failure(context)).isTrue();
			await().until(() -> output.toString().contains("is final, and the proxy of the bean would run it"));
		});
	}

	static Stream<Arguments> whatEndsAfterItsStreamIsRefused() {
		return Stream.of(arguments(AsyncRaw.class, "its stream is closed as soon as it returns"),
				arguments(AsyncReader.class, "its stream is closed as soon as it returns"),
				arguments(AsyncWriter.class, "its stream is closed as soon as it returns"),
				arguments(AsyncClass.class, "its stream is closed as soon as it returns"),
				arguments(AsyncHandler.class, "its stream is closed as soon as it returns"),
				arguments(AsyncReply.class, "it is @Async, and returns a String"),
				arguments(AsyncAnswer.class, "it is @Async, and returns a StreamReset"),
				arguments(AsyncValidator.class, "it is @Async, and returns a boolean"),
				arguments(AsyncCheck.class, "it is @Async, which returns no answer"));
	}

	@ParameterizedTest
	@MethodSource
	void whatEndsAfterItsStreamIsRefused(Class<?> bean, String problem) {
		refused(bean, (failure) -> {
			assertThat(failure.handler()).contains(bean.getSimpleName());
			assertThat(failure.problem()).contains(problem);
			assertThat(failure.action()).contains("emove @Async").endsWith(".");
		});
	}

	@Test
	void anAsyncMethodServesUntilItsFutureEnds() {
		MemoryApp.runner().withUserConfiguration(Executing.class, AsyncFutures.class).run((context) -> {
			assertThat(exchange(context, "/async/raw", "hello")).isEqualTo("hello");
			assertThat(exchange(context, "/async/reply", "\u0001x")).isEqualTo("\u0002xx");
			assertThat(exchange(context, "/async/note", "\u0001x")).isEmpty();
		});
	}

	private static void refused(Class<?> bean, Consumer<UnsupportedHandlerException> refusal) {
		TopicPeer.runner()
			.withUserConfiguration(Proxies.class, bean)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, refusal));
	}

	private static String exchange(AssertableApplicationContext context, String path, String text) throws IOException {
		try (Node peer = MemoryApp.peer()) {
			return MemoryApp.exchange(peer, MemoryApp.address(context), path, text);
		}
	}

	private static boolean failure(AssertableApplicationContext context) throws IOException {
		try {
			exchange(context, "/final", "\u0001x");
			return false;
		}
		catch (StreamReset ex) {
			return ex.isRemote();
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Proxies {

		@Bean
		static DefaultAdvisorAutoProxyCreator proxies() {
			DefaultAdvisorAutoProxyCreator proxies = new DefaultAdvisorAutoProxyCreator();
			proxies.setProxyTargetClass(true);
			return proxies;
		}

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static NameMatchMethodPointcutAdvisor advisor() {
			NameMatchMethodPointcutAdvisor advisor = new NameMatchMethodPointcutAdvisor(
					(MethodInterceptor) (invocation) -> invocation.proceed());
			advisor.setMappedName("advised");
			advisor.setClassFilter((type) -> type.getEnclosingClass() == ProxiedHandlersTest.class);
			return advisor;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAsync
	static class Executing {

	}

	static class Advised {

		final String field = String.valueOf("field ");

		public void advised() {
		}

	}

	static class FinalMethod extends Advised {

		@Libp2pProtocol("/final")
		public final String serve(String message) {
			return this.field;
		}

	}

	static class PrivateMethod extends Advised {

		@Libp2pProtocol("/private")
		private String serve(String message) {
			return this.field;
		}

	}

	static class FinalAnswer extends Advised {

		@Libp2pProtocol("/answer")
		public String serve(String message) {
			throw new IllegalStateException("no");
		}

		@MessageExceptionHandler
		public final String refuse(IllegalStateException failure) {
			return this.field;
		}

	}

	@Libp2pAdvice
	static class PrivateAdvice extends Advised {

		@Libp2pProtocol("/answer")
		public String serve(String message) {
			throw new IllegalStateException("no");
		}

		@MessageExceptionHandler
		private String refuse(IllegalStateException failure) {
			return this.field;
		}

	}

	@Libp2pProtocol("/handler")
	static class FinalHandler extends Advised implements StreamHandler {

		@Override
		public final void handle(io.p2pboot.libp2p.Stream stream) {
		}

	}

	static class FinalListener extends Advised {

		@Libp2pTopicListener("news")
		public final void listen(String text) {
		}

	}

	@Libp2pTopicValidator("news")
	static class FinalCheck extends Advised implements TopicValidator {

		@Override
		public final Validation check(TopicMessage message) {
			return Validation.ACCEPT;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LazyFinal {

		@Bean
		@Lazy
		FinalMethod lazy() {
			return new FinalMethod();
		}

	}

	static class AsyncRaw {

		@Async
		@Libp2pProtocol("/async")
		public void serve(io.p2pboot.libp2p.Stream stream) {
		}

	}

	static class AsyncReader {

		@Async
		@Libp2pProtocol("/async")
		public void serve(MessageReader<String> messages) {
		}

	}

	static class AsyncWriter {

		@Async
		@Libp2pProtocol("/async")
		public void serve(String message, MessageWriter<String> replies) {
		}

	}

	@Async
	static class AsyncClass {

		@Libp2pProtocol("/async")
		public void serve(io.p2pboot.libp2p.Stream stream) {
		}

	}

	@Libp2pProtocol("/async")
	static class AsyncHandler implements StreamHandler {

		@Async
		@Override
		public void handle(io.p2pboot.libp2p.Stream stream) {
		}

	}

	static class AsyncReply {

		@Async
		@Libp2pProtocol("/async")
		public String serve(String message) {
			return message;
		}

	}

	@Async
	static class AsyncAnswer {

		@Libp2pProtocol("/async")
		public void serve(String message) {
		}

		@MessageExceptionHandler
		public StreamReset refuse(IllegalStateException failure) {
			return StreamReset.local(400, "no");
		}

	}

	static class AsyncValidator {

		@Async
		@Libp2pTopicValidator("news")
		public boolean check(String text) {
			return true;
		}

	}

	@Libp2pTopicValidator("news")
	static class AsyncCheck implements TopicValidator {

		@Async
		@Override
		public Validation check(TopicMessage message) {
			return Validation.ACCEPT;
		}

	}

	static class AsyncFutures {

		@Async
		@Libp2pProtocol("/async/raw")
		public CompletableFuture<Void> raw(io.p2pboot.libp2p.Stream stream) throws IOException {
			stream.inputStream().transferTo(stream.outputStream());
			return CompletableFuture.completedFuture(null);
		}

		@Async
		@Libp2pProtocol("/async/reply")
		public CompletableFuture<String> reply(String message) {
			return CompletableFuture.completedFuture(message + message);
		}

		@Async
		@Libp2pProtocol("/async/note")
		public void note(String message) {
		}

	}

}
