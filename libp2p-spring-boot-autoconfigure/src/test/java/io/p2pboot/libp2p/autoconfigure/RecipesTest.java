package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.CallInterceptor;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What {@code docs/recipes.md} shows, as it is written there.
 */
@Timeout(60)
class RecipesTest {

	@Test
	void onlyMembersMayCall() throws IOException {
		try (Node friend = MemoryApp.peer(); Node stranger = MemoryApp.peer()) {
			MemoryApp.runner()
				.withUserConfiguration(OnlyMembers.class, Handlers.class)
				.withPropertyValues("app.members=" + friend.peerId())
				.run((context) -> {
					AddrInfo app = MemoryApp.address(context);
					assertThat(template(friend).request(app, "/old/1.0.0", "hi", String.class)).isEqualTo("old hi");
					assertThatExceptionOfType(StreamReset.class)
						.isThrownBy(() -> template(stranger).request(app, "/old/1.0.0", "hi", String.class))
						.satisfies((reset) -> assertThat(reset.code()).hasValue(403));
				});
		}
	}

	@Test
	void aCallerOfTwoVersionsTakesTheOneThatIsThere() {
		MemoryApp.runner().withUserConfiguration(Handlers.class).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				AddrInfo app = MemoryApp.address(context);
				assertThat(newest(template(peer), app, "/old", "hi")).isEqualTo("old hi");
				assertThat(newest(template(peer), app, "/both", "hi")).isEqualTo("both hi");
			}
		});
	}

	private static String newest(Libp2pTemplate template, AddrInfo peer, String name, String body) throws IOException {
		try {
			return template.request(peer, name + "/2.0.0", body, String.class);
		}
		catch (ProtocolUnsupported ex) {
			return template.request(peer, name + "/1.0.0", body, String.class);
		}
	}

	@Test
	void aCallThatFailedIsMadeAgain() {
		MemoryApp.runner()
			.withUserConfiguration(Handlers.class)
			.run((serving) -> MemoryApp.runner().withUserConfiguration(Retries.class).run((calling) -> {
				Libp2pTemplate template = calling.getBean(Libp2pTemplate.class);
				AddrInfo app = MemoryApp.address(serving);
				assertThat(template.request(app, "/third/1.0.0", "hi", String.class)).isEqualTo("hi");
				assertThat(serving.getBean(Handlers.class).calls).hasValue(3);
				assertThatExceptionOfType(StreamReset.class)
					.isThrownBy(() -> template.request(app, "/never/1.0.0", "hi", String.class))
					.satisfies((reset) -> assertThat(reset.code()).hasValue(503));
			}));
	}

	private static Libp2pTemplate template(Node node) {
		return new Libp2pTemplate(node, MessageCodec.withDefaults());
	}

	/**
	 * Not {@code @ConfigurationProperties}, whose metadata would hide that of the module.
	 *
	 * @param members who may call
	 */
	record Members(Set<PeerId> members) {
	}

	@Configuration(proxyBeanMethods = false)
	static class OnlyMembers {

		@Bean
		Members members(Environment environment) {
			return new Members(Set.of(PeerId.parse(environment.getRequiredProperty("app.members"))));
		}

		@Bean
		StreamInterceptor onlyMembers(Members members) {
			return (stream, next) -> {
				if (!members.members().contains(stream.remotePeer().id())) {
					throw StreamReset.local(403, "not a member");
				}
				next.handle(stream);
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Retries {

		@Bean
		RetryTemplate retryTemplate() {
			return new RetryTemplate(RetryPolicy.builder().maxRetries(2).delay(Duration.ofMillis(1)).build());
		}

		@Bean
		CallInterceptor retries(RetryTemplate retries) {
			return (call, next) -> {
				try {
					return retries.execute(next::proceed);
				}
				catch (RetryException ex) {
					throw (ex.getCause() instanceof IOException failure) ? failure : new IOException(ex.getCause());
				}
			};
		}

	}

	static class Handlers {

		private final AtomicInteger calls = new AtomicInteger();

		@Libp2pProtocol("/old/1.0.0")
		String old(String text) {
			return "old " + text;
		}

		@Libp2pProtocol({ "/both/2.0.0", "/both/1.0.0" })
		String both(String text) {
			return "both " + text;
		}

		@Libp2pProtocol("/third/1.0.0")
		String third(String text) throws StreamReset {
			if (this.calls.incrementAndGet() < 3) {
				throw StreamReset.local(503, "later");
			}
			return text;
		}

		@Libp2pProtocol("/never/1.0.0")
		String never(String text) throws StreamReset {
			throw StreamReset.local(503, "later");
		}

	}

}
