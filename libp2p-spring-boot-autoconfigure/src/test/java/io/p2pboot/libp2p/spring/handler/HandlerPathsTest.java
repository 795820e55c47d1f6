package io.p2pboot.libp2p.spring.handler;

import java.util.List;
import java.util.stream.Stream;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.client.ImportLibp2pClients;
import io.p2pboot.libp2p.spring.client.InvalidClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Paths and other attributes of handlers that are worked out at the start.
 */
@Timeout(60)
class HandlerPathsTest {

	@Test
	void expressionsAreEvaluatedOnceTheirPlaceholdersAreResolved() {
		MemoryApp.runner()
			.withPropertyValues("app.version=3", "app.expression=#{'/of/' + 'property'}")
			.withBean("names", List.class, () -> List.of("bean"))
			.withUserConfiguration(Expressions.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(HandlerRegistrar.class).handlers()).extracting(MountedHandler::path)
					.extracting(ProtocolPath::value)
					.containsExactly("/sum/4", "/of/bean", "/of/property");
				assertThat(context.getBean(HandlerRegistrar.class).handlers()).extracting(MountedHandler::id)
					.containsOnly("id-6");
			});
	}

	static Stream<Arguments> whatIsNoSinglePathIsRefused() {
		return Stream.of(
				arguments(NoSense.class, "the expression in value = \"/a/#{no.sense(}\" cannot be evaluated: "),
				arguments(NoBean.class, "the expression in value = \"#{@nobody.path}\" cannot be evaluated: "),
				arguments(Several.class, "the expression in value = \"#{{'/a', '/b'}}\" gives several values"),
				arguments(Twice.class, "it names the path /twice twice"));
	}

	@ParameterizedTest
	@MethodSource
	void whatIsNoSinglePathIsRefused(Class<?> handler, String problem) {
		MemoryApp.runner()
			.withUserConfiguration(handler)
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(UnsupportedHandlerException.class, (failure) -> {
					assertThat(failure.handler()).contains("method serve").contains(handler.getSimpleName());
					assertThat(failure.problem()).startsWith(problem).doesNotEndWith("null");
					assertThat(failure.action()).endsWith(".");
				}));
	}

	@Test
	void pathsOfClientsAreEvaluatedToo() {
		MemoryApp.runner()
			.withUserConfiguration(Clients.class)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(Client.class));
		MemoryApp.runner()
			.withUserConfiguration(BadClients.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidClientException.class,
						(failure) -> assertThat(failure).hasMessageContaining("#{@nobody.path}")
							.hasMessageContaining("nobody")));
	}

	static class Expressions {

		@Libp2pProtocol(value = { "/sum/#{1 + ${app.version}}", "/of/#{@names[0]}", "${app.expression}" },
				id = "id-#{2 * 3}")
		void serve(String message) {
		}

	}

	static class NoSense {

		@Libp2pProtocol("/a/#{no.sense(}")
		void serve(String message) {
		}

	}

	static class NoBean {

		@Libp2pProtocol("#{@nobody.path}")
		void serve(String message) {
		}

	}

	static class Several {

		@Libp2pProtocol("#{{'/a', '/b'}}")
		void serve(String message) {
		}

	}

	static class Twice {

		@Libp2pProtocol({ "/twice", "/twice" })
		void serve(String message) {
		}

	}

	interface Client {

		/** Refused if it is taken as it is: a path begins with a slash. */
		@Libp2pProtocol("#{'/client/' + 1}")
		String call(AddrInfo peer, String message);

	}

	interface BadClient {

		@Libp2pProtocol("#{@nobody.path}")
		String call(AddrInfo peer, String message);

	}

	@Configuration(proxyBeanMethods = false)
	@ImportLibp2pClients(Client.class)
	static class Clients {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportLibp2pClients(BadClient.class)
	static class BadClients {

	}

}
