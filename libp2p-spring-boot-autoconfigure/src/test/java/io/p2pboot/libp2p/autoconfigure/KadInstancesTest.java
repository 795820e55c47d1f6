package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.ContentRouting;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ValueStore;
import io.p2pboot.libp2p.autoconfigure.actuate.KadHealthIndicator;
import io.p2pboot.libp2p.autoconfigure.actuate.KadSection;
import io.p2pboot.libp2p.kad.DualKademlia;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.kad.Kademlia.Mode;
import io.p2pboot.libp2p.kad.KademliaBuilder;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.spring.kad.KademliaCustomizer;
import io.p2pboot.libp2p.spring.metrics.KadMetrics;
import io.p2pboot.libp2p.spring.topic.TopicPeer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several Kademlia instances in one application.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class KadInstancesTest {

	private static final String FIRST = "/first/kad/1.0.0";

	private static final String LAN = "/first/lan/kad/1.0.0";

	private NettyNode peer;

	private Kademlia first;

	private Kademlia lan;

	private final ApplicationContextRunner bare = MemoryApp.runner()
		.withConfiguration(
				AutoConfigurations.of(Libp2pKadAutoConfiguration.class, Libp2pKadActuatorAutoConfiguration.class));

	private ApplicationContextRunner runner = this.bare;

	@BeforeEach
	void start() throws IOException {
		this.peer = MemoryApp.peer();
		this.first = this.peer.mountRouting(Kademlia.builder(FIRST).build());
		this.lan = this.peer.mountRouting(Kademlia.builder(LAN).build());
		this.runner = this.bare.withPropertyValues("libp2p.kad.protocol=" + FIRST,
				"libp2p.bootstrap.peers=" + this.peer.listenAddresses().get(0) + "/p2p/" + this.peer.peerId(),
				"libp2p.kad.instances.lan.protocol=" + LAN);
	}

	@AfterEach
	void stop() {
		this.first.close();
		this.lan.close();
		this.peer.close();
	}

	private void awaitTable(Kademlia kad) {
		TopicPeer.await(() -> {
			try {
				return kad.routingTable().contains(this.peer.peerId());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
	}

	@Test
	void eachIsABeanOfItsNameWithATableOfItsOwn() {
		this.runner.withBean(SimpleMeterRegistry.class).run((context) -> {
			assertThat(context.getBeansOfType(Kademlia.class)).containsOnlyKeys("libp2pKademlia", "lanKademlia");
			Kademlia named = context.getBean("lanKademlia", Kademlia.class);
			assertThat(named.protocol().value()).isEqualTo(LAN);
			awaitTable(named);
			awaitTable(context.getBean("libp2pKademlia", Kademlia.class));
			assertThat(context.getBean(Node.class).protocols()).contains(ProtocolPath.of(FIRST), ProtocolPath.of(LAN));
			context.getBean(KadMetrics.class).bindTo(context.getBean(MeterRegistry.class));
			for (String protocol : List.of(FIRST, LAN)) {
				assertThat(context.getBean(MeterRegistry.class)
					.get("libp2p.kad.routing.table.size")
					.tag("dht", protocol)
					.gauge()
					.value()).isPositive();
			}
		});
	}

	@Test
	void whoeverWantsAnyGetsTheFirst() {
		this.runner.run((context) -> {
			assertThat(context.getBean(Kademlia.class)).isSameAs(context.getBean("libp2pKademlia"));
			assertThat(context.getBean(ContentRouting.class)).isSameAs(context.getBean("libp2pKademlia"));
			assertThat(context).hasSingleBean(KadHealthIndicator.class);
		});
		this.bare.withPropertyValues("libp2p.kad.instances.lan.protocol=" + LAN)
			.run((context) -> assertThat(context.getBean(ContentRouting.class))
				.isSameAs(context.getBean("lanKademlia")));
	}

	@Test
	void bothMayBecomeOne() {
		this.runner.withUserConfiguration(Both.class).run((context) -> {
			assertThat(context.getBean(ContentRouting.class)).isInstanceOf(DualKademlia.class);
			assertThat(context.getBean(ValueStore.class)).isInstanceOf(DualKademlia.class);
			awaitTable(context.getBean("libp2pKademlia", Kademlia.class));
			Multihash content = Multihash.sha256(ByteBuffer.allocate(1));
			assertThat(context.getBean(ContentRouting.class).provide(content).peers()).isOne();
		});
	}

	@Test
	void theEndpointShowsAll() {
		this.runner.withConfiguration(AutoConfigurations.of(Libp2pEndpointAutoConfiguration.class))
			.withPropertyValues("management.endpoints.jmx.exposure.include=libp2p", "spring.jmx.enabled=true")
			.run((context) -> assertThat(context.getBean(KadSection.class).describe().instances())
				.extracting(KadSection.InstanceDescriptor::protocol)
				.containsExactlyInAnyOrder(FIRST, LAN));
	}

	@Test
	void eachHasSettingsOfItsOwn(@TempDir Path folder) {
		Path file = folder.resolve("lan.db");
		this.runner
			.withPropertyValues("libp2p.kad.instances.lan.scope=private-network",
					"libp2p.kad.instances.lan.peers-within=private-network", "libp2p.kad.instances.lan.mode=client",
					"libp2p.kad.instances.lan.store.location=" + file)
			.run((context) -> {
				Kademlia named = context.getBean("lanKademlia", Kademlia.class);
				assertThat(named.isServer()).isFalse();
				assertThat(named).extracting("config.filter.least").isEqualTo(AddressScope.PRIVATE_NETWORK);
				assertThat(named).extracting("config.filter.farthest").isEqualTo(AddressScope.PRIVATE_NETWORK);
				assertThat(context.getBean("libp2pKademlia", Kademlia.class).isServer()).isTrue();
			});
		// It was closed with its instance.
		assertThat(file).exists();
		this.bare.withPropertyValues("libp2p.kad.protocol=" + LAN, "libp2p.kad.store.location=" + file)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void eachHasALeastSizeOfItsTableForItsHealth() {
		this.runner.withPropertyValues("libp2p.kad.instances.lan.health.min-table-size=1").run((context) -> {
			awaitTable(context.getBean("lanKademlia", Kademlia.class));
			Health health = context.getBean(KadHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails().get("instances")).asInstanceOf(InstanceOfAssertFactories.LIST)
				.extracting("protocol")
				.containsExactlyInAnyOrder(FIRST, LAN);
		});
		this.runner.withPropertyValues("libp2p.kad.instances.lan.health.min-table-size=100").run((context) -> {
			Health health = context.getBean(KadHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails().get("instances")).asInstanceOf(InstanceOfAssertFactories.LIST)
				.anySatisfy((instance) -> assertThat(instance)
					.asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
					.containsEntry("protocol", LAN)
					.containsEntry("reason", "the routing table holds fewer than 100 peers"));
		});
		this.runner.withPropertyValues("libp2p.kad.instances.lan.health.min-table-size=-1")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("libp2p.kad.instances.lan.health.min-table-size"));
	}

	@Test
	void customizersChangeTheInstancesThatTheySupport() {
		this.runner.withBean("ofTheFirst", KademliaCustomizer.class, () -> (builder) -> builder.mode(Mode.CLIENT))
			.withPropertyValues("libp2p.kad.instances.other.protocol=/other/kad/1.0.0")
			.withBean("ofTheLan", KademliaCustomizer.class, () -> new KademliaCustomizer() {

				@Override
				public void customize(KademliaBuilder builder) {
					builder.addressScope(AddressScope.PRIVATE_NETWORK);
				}

				@Override
				public boolean supports(String instance) {
					return instance.equals("lan");
				}

			})
			.run((context) -> {
				Kademlia none = context.getBean("otherKademlia", Kademlia.class);
				assertThat(none.isServer()).isTrue();
				assertThat(none).extracting("config.filter.least").isNotEqualTo(AddressScope.PRIVATE_NETWORK);
				Kademlia named = context.getBean("lanKademlia", Kademlia.class);
				assertThat(named.isServer()).isTrue();
				assertThat(named).extracting("config.filter.least").isEqualTo(AddressScope.PRIVATE_NETWORK);
				assertThat(context.getBean("libp2pKademlia", Kademlia.class).isServer()).isFalse();
			});
	}

	@Test
	void oneThatIsOffIsNotThere() {
		this.runner.withPropertyValues("libp2p.kad.instances.lan.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(Kademlia.class));
		this.runner.withPropertyValues("libp2p.kad.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Kademlia.class));
	}

	@ParameterizedTest
	@CsvSource({ "other.mode=client, other.protocol, has to have a protocol",
			"other.protocol=/first/kad/1.0.0, other.protocol, libp2p.kad.protocol is the same",
			"lan.bucket-size=0, lan, k", "lan.protocol=kad, lan.protocol, kad",
			"lan.store.location=classpath:kad.db, lan.store.location, only a file",
			"lan.instances.x.protocol=/x/kad/1.0.0, lan.instances, no instances" })
	void whatDoesNotFitIsNamed(String pair, String property, String problem) {
		this.runner.withPropertyValues("libp2p.kad.instances." + pair).run((context) -> {
			InvalidSettingException failure = failure(context.getStartupFailure());
			assertThat(failure.property()).isEqualTo("libp2p.kad.instances." + property);
			assertThat(failure.problem()).contains(problem);
		});
	}

	@Test
	void twoOfOneProtocolAreNamed() {
		this.runner.withPropertyValues("libp2p.kad.instances.other.protocol=" + LAN).run((context) -> {
			InvalidSettingException failure = failure(context.getStartupFailure());
			assertThat(failure.property() + failure.problem()).contains("libp2p.kad.instances.lan.protocol")
				.contains("libp2p.kad.instances.other.protocol");
		});
	}

	private static InvalidSettingException failure(Throwable thrown) {
		Throwable failure = thrown;
		while (!(failure instanceof InvalidSettingException)) {
			assertThat(failure).isNotNull();
			failure = failure.getCause();
		}
		return (InvalidSettingException) failure;
	}

	@Test
	void onlyPropertiesOfTheFirstHaveNoEffectWithoutIt(CapturedOutput output) throws IOException {
		Path none = Path.of("none.db");
		this.bare
			.withPropertyValues("libp2p.kad.instances.lan.protocol=" + LAN, "libp2p.kad.instances.lan.mode=server",
					"libp2p.kad.enabled=true")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("has no effect");
		this.bare.withPropertyValues("libp2p.kad.instances.lan.protocol=" + LAN, "libp2p.kad.store.location=" + none)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("libp2p.kad.store.location has no effect");
		assertThat(Files.exists(none)).isFalse();
	}

	@Configuration(proxyBeanMethods = false)
	static class Both {

		@Bean
		@Primary
		DualKademlia content(@Qualifier("libp2pKademlia") Kademlia wan, @Qualifier("lanKademlia") Kademlia lan) {
			return DualKademlia.of(wan, lan);
		}

	}

}
