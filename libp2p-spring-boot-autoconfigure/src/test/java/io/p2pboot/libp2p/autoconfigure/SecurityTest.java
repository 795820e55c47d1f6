package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.Libp2pExceptionHandler;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.security.PeerAuthorities;
import io.p2pboot.libp2p.spring.security.PeerSecurity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.security.core.context.SecurityContextImpl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

/**
 * Handlers with Spring Security.
 */
@Timeout(120)
class SecurityTest {

	private final ApplicationContextRunner runner = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pSecurityAutoConfiguration.class));

	@Test
	void aPeerMayDoWhatItsAuthoritiesAllow() {
		try (Node friend = MemoryApp.peer(); Node stranger = MemoryApp.peer()) {
			PeerAuthorities authorities = (peer) -> peer.equals(friend.peerId())
					? List.of(new SimpleGrantedAuthority("ROLE_FRIEND")) : List.of();
			this.runner.withUserConfiguration(Secured.class)
				.withBean(Guarded.class)
				.withBean(PeerAuthorities.class, () -> authorities)
				.run((context) -> {
					AddrInfo app = MemoryApp.address(context);
					assertThat(call(friend, app, "/s/friends/1")).isEqualTo("hello " + friend.peerId());
					assertDenied(stranger, app, 403);
					assertThat(call(stranger, app, "/s/anybody/1")).isEqualTo("hello " + stranger.peerId());
				});
		}
		catch (Exception ex) {
			throw new AssertionError(ex);
		}
	}

	@Test
	void theAuthenticationIsWhereTheApplicationKeepsIt() throws Exception {
		try (Node friend = MemoryApp.peer()) {
			this.runner.withUserConfiguration(Secured.class)
				.withBean(Friendly.class)
				.withBean(SecurityContextHolderStrategy.class, OwnStrategy::new)
				.withBean(PeerAuthorities.class, () -> (peer) -> List.of(new SimpleGrantedAuthority("ROLE_FRIEND")))
				.run((context) -> assertThat(call(friend, MemoryApp.address(context), "/s/friendly/1"))
					.isEqualTo("hello"));
		}
	}

	@Test
	void theApplicationAnswersWhatIsDeniedFirst() throws Exception {
		try (Node stranger = MemoryApp.peer()) {
			this.runner.withUserConfiguration(Secured.class)
				.withBean(Guarded.class)
				.withBean(Libp2pExceptionHandler.class, () -> (stream, failure) -> Optional.of(StreamReset.local(418)))
				.run((context) -> assertDenied(stranger, MemoryApp.address(context), 418));
		}
	}

	@Test
	void datagramsAreHandledAsTheirPeerAndNothingIsLeftBehind() throws Exception {
		try (Node peer = MemoryApp.peer()) {
			this.runner.withBean(Guarded.class).run((context) -> {
				Libp2pTemplate template = new Libp2pTemplate(peer, MessageCodec.withDefaults());
				template.sendDatagram(MemoryApp.address(context), "/s/datagram/1", ByteBuffer.allocate(1));
				assertThat(context.getBean(Guarded.class).seen.poll(30, TimeUnit.SECONDS))
					.isEqualTo(peer.peerId().toString());
			});
		}
		Datagram datagram = new Datagram(ByteBuffer.allocate(1), new AddrInfo(PeerId.parse(PEER), List.of()), mock());
		new PeerSecurity((peer) -> List.of()).intercept(ProtocolPath.of("/s/1"), datagram,
				(each) -> assertThat(SecurityContextHolder.getContext().getAuthentication().getName()).isEqualTo(PEER));
		assertThat(SecurityContextHolder.getContext().getAuthentication()).isNull();
	}

	@Test
	void withoutSpringSecurityThereIsNone() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.security"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean("libp2pPeerSecurity")
				.hasBean("libp2pTemplate"));
	}

	@Test
	void anotherSecurityTakesItsPlace() {
		PeerSecurity own = new PeerSecurity((peer) -> List.of());
		this.runner.withBean("own", PeerSecurity.class, () -> own)
			.run((context) -> assertThat(context).getBean(PeerSecurity.class).isSameAs(own));
	}

	private static final String PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

	private static void assertDenied(Node peer, AddrInfo app, long code) {
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> call(peer, app, "/s/friends/1"))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(code));
	}

	private static String call(Node peer, AddrInfo app, String path) throws IOException {
		return new Libp2pTemplate(peer, MessageCodec.withDefaults()).request(app, path, "x", String.class);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class Secured {

	}

	static class Friendly {

		@PreAuthorize("hasRole('FRIEND')")
		@Libp2pProtocol("/s/friendly/1")
		public String friendly(String text) {
			return "hello";
		}

	}

	static class OwnStrategy implements SecurityContextHolderStrategy {

		private final ThreadLocal<SecurityContext> contexts = ThreadLocal.withInitial(SecurityContextImpl::new);

		@Override
		public void clearContext() {
			this.contexts.remove();
		}

		@Override
		public SecurityContext getContext() {
			return this.contexts.get();
		}

		@Override
		public void setContext(SecurityContext context) {
			this.contexts.set(context);
		}

		@Override
		public SecurityContext createEmptyContext() {
			return new SecurityContextImpl();
		}

	}

	static class Guarded {

		private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();

		@PreAuthorize("hasRole('FRIEND')")
		@Libp2pProtocol("/s/friends/1")
		public String friends(String text) {
			return "hello " + SecurityContextHolder.getContext().getAuthentication().getName();
		}

		@Libp2pProtocol("/s/anybody/1")
		public String anybody(String text) {
			return "hello " + SecurityContextHolder.getContext().getAuthentication().getName();
		}

		@Libp2pProtocol("/s/datagram/1")
		public void datagram(Datagram datagram) {
			this.seen.add(SecurityContextHolder.getContext().getAuthentication().getName());
		}

	}

}
