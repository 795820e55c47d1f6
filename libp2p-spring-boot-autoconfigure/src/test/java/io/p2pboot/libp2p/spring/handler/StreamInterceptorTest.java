package io.p2pboot.libp2p.spring.handler;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.autoconfigure.MemoryApp;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.StreamInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class StreamInterceptorTest {

	@Test
	void refusesAStreamBeforeItsFirstByte() {
		MemoryApp.runner().withUserConfiguration(Refusing.class).run((context) -> {
			Refusing refusing = context.getBean(Refusing.class);
			try (Node peer = MemoryApp.peer(); Node friend = MemoryApp.peer()) {
				refusing.friends.add(friend);
				// Nothing is ever sent, so the refusal cannot depend on a byte.
				try (Stream stream = peer.openStream(MemoryApp.address(context), ProtocolPath.of("/guarded/1.0.0"))) {
					assertThatThrownBy(() -> stream.inputStream().read()).isInstanceOfSatisfying(StreamReset.class,
							(reset) -> assertThat(reset.code()).hasValue(403));
				}
				assertThat(refusing.handled).hasValue(0);
				assertThat(peer.connections()).hasSize(1);
				assertThat(MemoryApp.exchange(friend, MemoryApp.address(context), "/guarded/1.0.0", "hi"))
					.isEqualTo("hi");
				assertThat(refusing.handled).hasValue(1);
			}
		});
	}

	@Test
	void interceptorsStandInTheirOrder() {
		MemoryApp.runner().withUserConfiguration(Ordered.class).run((context) -> {
			try (Node peer = MemoryApp.peer()) {
				MemoryApp.exchange(peer, MemoryApp.address(context), "/guarded/1.0.0", "hi");
			}
			assertThat(context.getBean(Ordered.class).seen).startsWith("first", "second");
		});
	}

	@Configuration(proxyBeanMethods = false)
	static class Refusing {

		private final List<Node> friends = new CopyOnWriteArrayList<>();

		private final AtomicInteger handled = new AtomicInteger();

		@Bean
		StreamInterceptor onlyFriends() {
			return (stream, next) -> {
				if (this.friends.stream().noneMatch((node) -> node.peerId().equals(stream.remotePeer().id()))) {
					throw StreamReset.local(403, "not a friend");
				}
				next.handle(stream);
			};
		}

		@Bean
		@Libp2pProtocol("/guarded/1.0.0")
		StreamHandler guarded() {
			return (stream) -> {
				this.handled.incrementAndGet();
				stream.inputStream().transferTo(stream.outputStream());
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Ordered {

		private final List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());

		@Bean
		@Order(2)
		StreamInterceptor second() {
			return (stream, next) -> {
				this.seen.add("second");
				next.handle(stream);
			};
		}

		@Bean
		@Order(1)
		StreamInterceptor first() {
			return (stream, next) -> {
				this.seen.add("first");
				next.handle(stream);
			};
		}

		@Bean
		@Libp2pProtocol("/guarded/1.0.0")
		StreamHandler guarded() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

}
