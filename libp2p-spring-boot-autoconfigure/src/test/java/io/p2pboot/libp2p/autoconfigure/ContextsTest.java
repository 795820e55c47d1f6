package io.p2pboot.libp2p.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamHandler;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import io.p2pboot.libp2p.spring.handler.UnsupportedHandlerException;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.transport.memory.MemoryTransport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;

/**
 * Parents, children, several nodes, and mocks of a node.
 */
@Timeout(60)
class ContextsTest {

	private static final ProtocolPath ECHO = ProtocolPath.of("/echo/1.0.0");

	@Test
	void handlersOfAChildContextWithoutANodeAreRefused() {
		MemoryApp.runner().run((parent) -> {
			AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
			child.setParent(parent.getSourceApplicationContext());
			child.register(Echo.class);
			assertThatExceptionOfType(UnsupportedHandlerException.class).isThrownBy(child::refresh)
				.withMessageContaining("'echo'")
				.withMessageContaining("a child of the one that has the node")
				.satisfies((failure) -> assertThat(failure.action()).contains("enable auto-configuration"));
			assertThat(child.isActive()).isFalse();
			assertThat(parent.getBean(Node.class).isRunning()).isTrue();
		});
	}

	@Test
	void aChildContextWithoutHandlersIsOfNoConcern() {
		MemoryApp.runner().run((parent) -> {
			try (AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext()) {
				child.setParent(parent.getSourceApplicationContext());
				child.refresh();
				assertThat(child.getBean(Node.class)).isSameAs(parent.getBean(Node.class));
			}
			assertThat(parent.getBean(Node.class).isRunning()).isTrue();
		});
	}

	@Test
	void handlersOfAParentContextWithoutANodeAreRefused() {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext(Echo.class)) {
			MemoryApp.runner()
				.withParent(parent)
				.run((context) -> assertThat(context).getFailure()
					.isInstanceOf(UnsupportedHandlerException.class)
					.hasMessageContaining("a parent of the one that has the node"));
		}
	}

	@Test
	void aContextAndItsChildHaveANodeEach() {
		String[] memory = { "--libp2p.listen=/memory/0", "--libp2p.transport.memory.enabled=true" };
		try (ConfigurableApplicationContext parent = new SpringApplicationBuilder(App.class, Echo.class)
			.web(WebApplicationType.NONE)
			.run(memory);
				ConfigurableApplicationContext child = new SpringApplicationBuilder(App.class, Shout.class)
					.web(WebApplicationType.NONE)
					.parent(parent)
					.run(memory)) {
			Node first = parent.getBean(Node.class);
			Node second = child.getBean(Node.class);
			assertThat(first.peerId()).isNotEqualTo(second.peerId());
			assertThat(first.isRunning()).isTrue();
			assertThat(second.isRunning()).isTrue();
			assertThat(parent.getBean(HandlerRegistrar.class).handlers()).singleElement()
				.satisfies((handler) -> assertThat(handler.path()).isEqualTo(ECHO));
			assertThat(first.protocols()).contains(ECHO).doesNotContain(ProtocolPath.of("/shout/1.0.0"));
			assertThat(second.protocols()).contains(ProtocolPath.of("/shout/1.0.0")).doesNotContain(ECHO);
		}
	}

	@Test
	void oneSetOfMetersCountsTheNodesOfAContextAndItsChild() throws Exception {
		String[] memory = { "--libp2p.listen=/memory/0", "--libp2p.transport.memory.enabled=true" };
		try (ConfigurableApplicationContext parent = new SpringApplicationBuilder(App.class, Echo.class)
			.web(WebApplicationType.NONE)
			.run(memory);
				ConfigurableApplicationContext child = new SpringApplicationBuilder(App.class, Shout.class)
					.web(WebApplicationType.NONE)
					.parent(parent)
					.run(memory);
				Node peer = MemoryApp.peer()) {
			peer.connect(MemoryApp.address(parent));
			peer.connect(MemoryApp.address(child));
			peer.openStream(MemoryApp.address(child), ProtocolPath.of("/shout/1.0.0")).close();
			MeterRegistry meters = parent.getBean(MeterRegistry.class);
			assertThat(child.getBean(MeterRegistry.class)).isSameAs(meters);
			await().until(() -> meters.get("libp2p.swarm.connections.opened").counter().count() == 2);
			await().until(() -> meters.find("libp2p.network.io").tag("protocol", "other").meter() != null
					|| meters.find("libp2p.rcmgr.streams").tag("protocol", "other").meter() != null);
		}
	}

	@Test
	void theNodeOfAChildIsMeasuredWhereTheParentHasTheRegistryAlone() throws Exception {
		try (ConfigurableApplicationContext parent = new SpringApplicationBuilder(App.class)
			.web(WebApplicationType.NONE)
			.run("--libp2p.enabled=false");
				ConfigurableApplicationContext child = new SpringApplicationBuilder(App.class, Shout.class)
					.web(WebApplicationType.NONE)
					.parent(parent)
					.run("--libp2p.listen=/memory/0", "--libp2p.transport.memory.enabled=true",
							"--libp2p.enabled=true");
				Node peer = MemoryApp.peer()) {
			peer.connect(MemoryApp.address(child));
			MeterRegistry meters = parent.getBean(MeterRegistry.class);
			assertThat(child.getBean(MeterRegistry.class)).isSameAs(meters);
			await().until(() -> meters.find("libp2p.swarm.connections.opened").counter() != null);
		}
	}

	@Test
	void aRoutingOfAParentIsOnTheNodeOfTheParentAlone() {
		String[] memory = { "--libp2p.listen=/memory/0", "--libp2p.transport.memory.enabled=true" };
		try (ConfigurableApplicationContext parent = new SpringApplicationBuilder(App.class, Routing.class)
			.web(WebApplicationType.NONE)
			.run(memory);
				ConfigurableApplicationContext child = new SpringApplicationBuilder(App.class)
					.web(WebApplicationType.NONE)
					.parent(parent)
					.run(memory)) {
			ProtocolPath path = parent.getBean(Kademlia.class).protocol();
			assertThat(parent.getBean(Node.class).protocols()).contains(path);
			assertThat(child.getBean(Node.class).protocols()).doesNotContain(path);
		}
	}

	@Test
	void aRoutingOfAParentWithoutANodeIsOnThatOfTheChild() {
		try (AnnotationConfigApplicationContext parent = new AnnotationConfigApplicationContext(Routing.class)) {
			MemoryApp.runner()
				.withParent(parent)
				.run((context) -> assertThat(context.getBean(Node.class).protocols())
					.contains(parent.getBean(Kademlia.class).protocol()));
		}
	}

	@Test
	void aSecondNodeIsABeanThatIsNoDefaultCandidate() {
		MemoryApp.runner().withUserConfiguration(Echo.class, SecondNode.class).run((context) -> {
			Node first = context.getBean("libp2pNode", Node.class);
			Node second = context.getBean("secondNode", Node.class);
			assertThat(first).isNotSameAs(second);
			assertThat(second.isRunning()).isTrue();
			assertThat(first.protocols()).contains(ECHO);
			assertThat(second.protocols()).doesNotContain(ECHO).contains(ProtocolPath.of("/second/1.0.0"));
			Libp2pTemplate template = context.getBean("secondTemplate", Libp2pTemplate.class);
			try (Stream stream = template.openStream(MemoryApp.address(first), "/echo/1.0.0")) {
				assertThat(stream.remotePeer().id()).isEqualTo(first.peerId());
			}
		});
	}

	@Test
	void anApplicationStartsWithAMockOfTheNode() {
		Node node = mock(Node.class);
		MemoryApp.runner().withUserConfiguration(Echo.class).withBean(Node.class, () -> node).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(HandlerRegistrar.class).handlers()).hasSize(1);
			verify(node).start();
		});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	@Configuration(proxyBeanMethods = false)
	static class Echo {

		@Bean
		@Libp2pProtocol("/echo/1.0.0")
		StreamHandler echo() {
			return (stream) -> stream.inputStream().transferTo(stream.outputStream());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Routing {

		@Bean(destroyMethod = "close")
		Kademlia ownKademlia() {
			return Kademlia.builder("/own/kad/1.0.0").build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Shout {

		@Bean
		@Libp2pProtocol("/shout/1.0.0")
		StreamHandler shout() {
			return Stream::close;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondNode {

		@Bean(initMethod = "start", destroyMethod = "close", defaultCandidate = false)
		NettyNode secondNode() {
			NettyNode node = NodeBuilder.create().transport(new MemoryTransport()).listen("/memory/0").build();
			node.mountProtocol(ProtocolPath.of("/second/1.0.0"), StreamProtocol.create())
				.serve(Runnable::run, Stream::close);
			return node;
		}

		@Bean(defaultCandidate = false)
		Libp2pTemplate secondTemplate(@Qualifier("secondNode") Node node, MessageCodec codec) {
			return new Libp2pTemplate(node, codec);
		}

	}

}
