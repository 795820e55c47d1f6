package io.p2pboot.libp2p.autoconfigure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ContentRouting;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.RecordValidator;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.ValueStore;
import io.p2pboot.libp2p.kad.FileKadStore;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.autoconfigure.actuate.KadHealthIndicator;
import io.p2pboot.libp2p.autoconfigure.actuate.KadSection;
import io.p2pboot.libp2p.autoconfigure.actuate.Libp2pEndpoint;
import io.p2pboot.libp2p.spring.kad.KademliaCustomizer;
import io.p2pboot.libp2p.spring.kad.Libp2pRecords;
import io.p2pboot.libp2p.spring.metrics.KadMetrics;
import io.p2pboot.libp2p.spring.topic.TopicPeer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Kademlia in an application, within a network of two other nodes in memory.
 */
@Timeout(120)
class KadTest {

	private static final String PROTOCOL = "/test/kad/1.0.0";

	private static final Multihash CONTENT = Multihash.sha256(bytes("content"));

	private NettyNode first;

	private NettyNode second;

	private Kademlia firstKad;

	private Kademlia secondKad;

	private final ApplicationContextRunner bare = MemoryApp.runner()
		.withConfiguration(AutoConfigurations.of(Libp2pKadAutoConfiguration.class,
				Libp2pKadActuatorAutoConfiguration.class, Libp2pEndpointAutoConfiguration.class))
		.withPropertyValues("management.endpoints.jmx.exposure.include=libp2p", "spring.jmx.enabled=true");

	private ApplicationContextRunner runner = this.bare;

	@BeforeEach
	void start() throws IOException {
		this.first = MemoryApp.peer();
		this.second = MemoryApp.peer();
		this.firstKad = this.first.mountRouting(Kademlia.builder(PROTOCOL).validator("numbers", new Numbers()).build());
		this.secondKad = this.second.mountRouting(Kademlia.builder(PROTOCOL)
			.validator("numbers", new Numbers())
			.bootstrap(List.of(MemoryApp.address(this.first)))
			.build());
		this.second.connect(MemoryApp.address(this.first));
		this.runner = this.bare.withPropertyValues("libp2p.kad.protocol=" + PROTOCOL,
				"libp2p.kad.bootstrap=" + this.first.listenAddresses().get(0) + "/p2p/" + this.first.peerId());
	}

	@AfterEach
	void stop() {
		this.firstKad.close();
		this.secondKad.close();
		this.first.close();
		this.second.close();
	}

	// Behaviour.

	@Test
	void aPeerIsFoundByItsIdAlone() {
		this.runner.run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			context.getBean(Libp2pTemplate.class).connect(AddrInfo.of(this.second.peerId()));
			assertThat(context.getBean(Node.class).connection(this.second.peerId())).isPresent();
		});
	}

	@Test
	void contentAndValuesAreFound() {
		this.runner.withUserConfiguration(NumberValidator.class).run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			assertThat(context.getBean(ContentRouting.class).provide(CONTENT).peers()).isPositive();
			try (Search<AddrInfo> search = this.secondKad.findProviders(CONTENT, 1)) {
				assertThat(search.next()).hasValueSatisfying(
						(provider) -> assertThat(provider.id()).isEqualTo(context.getBean(Node.class).peerId()));
			}
			ValueStore values = context.getBean(ValueStore.class);
			assertThat(values.putValue(bytes("/numbers/a"), bytes("7"))).isPositive();
			Optional<ByteBuffer> found = this.secondKad.getValue(bytes("/numbers/a"), 1);
			assertThat(found).contains(bytes("7"));
			assertThatExceptionOfType(InvalidRecord.class)
				.isThrownBy(() -> values.putValue(bytes("/numbers/a"), bytes("seven")));
		});
	}

	// Conditions and properties.

	@Test
	void thereIsNoneWithoutAProtocolOrModuleOrNode() {
		this.bare.run((context) -> assertThat(context).hasNotFailed()
			.doesNotHaveBean(Kademlia.class)
			.doesNotHaveBean(KadHealthIndicator.class)
			.doesNotHaveBean(KadSection.class));
		this.runner.withPropertyValues("libp2p.kad.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Kademlia.class));
		this.runner.withPropertyValues("libp2p.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(Kademlia.class));
		this.runner.withClassLoader(new FilteredClassLoader("io.p2pboot.libp2p.kad"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("libp2pKademlia"));
	}

	@Test
	void anInstanceOfTheApplicationTakesItsPlace() {
		Kademlia own = Kademlia.builder("/own/kad/1.0.0").build();
		this.runner.withBean("own", Kademlia.class, () -> own).run((context) -> {
			assertThat(context).hasSingleBean(Kademlia.class);
			assertThat(context.getBean(Node.class).protocols()).contains(ProtocolPath.of("/own/kad/1.0.0"));
		});
		Kademlia withPeers = Kademlia.builder(PROTOCOL)
			.bootstrap(List.of(new AddrInfo(this.first.peerId(), this.first.listenAddresses())))
			.build();
		this.runner.withBean("own", Kademlia.class, () -> withPeers).run((context) -> awaitTable(withPeers));
	}

	@Test
	void theModeSaysWhetherPeersAreAnswered() {
		this.runner.withPropertyValues("libp2p.kad.mode=client").run((context) -> {
			assertThat(context.getBean(Kademlia.class).isServer()).isFalse();
			assertThat(context.getBean(Node.class).protocols()).doesNotContain(ProtocolPath.of(PROTOCOL));
		});
		this.runner.withPropertyValues("libp2p.kad.mode=server")
			.run((context) -> assertThat(context.getBean(Node.class).protocols()).contains(ProtocolPath.of(PROTOCOL)));
		this.runner.withPropertyValues("libp2p.kad.scope=internet")
			.run((context) -> assertThat(context.getBean(Kademlia.class).isServer()).isFalse());
	}

	@Test
	void aKeyIsProvidedByTheSizeOfTheNetworkIfTheySaySo() {
		this.runner.withPropertyValues("libp2p.kad.providers.optimistic=true").run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			assertThat(context.getBean(Kademlia.class).provide(CONTENT).peers()).isPositive();
		});
		for (String optimistic : List.of("true", "false")) {
			Kademlia kad = new KademliaFactory("libp2p.kad", bound("libp2p.kad.providers.optimistic=" + optimistic),
					List.of(), null, new DefaultListableBeanFactory())
				.create(List.of());
			assertThat(kad).extracting("config.optimisticProvide").isEqualTo(Boolean.valueOf(optimistic));
		}
	}

	private static Libp2pKadProperties bound(String... pairs) {
		StandardEnvironment environment = new StandardEnvironment();
		TestPropertyValues.of(pairs).and("libp2p.kad.protocol=" + PROTOCOL).applyTo(environment);
		return Binder.get(environment).bindOrCreate("libp2p.kad", Libp2pKadProperties.class);
	}

	// What outlives the context.

	@Test
	void whatIsProvidedIsProvidedAgainAfterARestart(@TempDir Path folder) {
		Path file = folder.resolve("data/kad.db");
		String location = "libp2p.kad.store.location=" + file;
		String identity = "libp2p.identity.location=" + folder.resolve("peer.key");
		this.bare.withPropertyValues(location)
			.run((context) -> assertThat(context).doesNotHaveBean(FileKadStore.class));
		assertThat(file).doesNotExist();
		this.runner.withPropertyValues(location, identity).run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			context.getBean(Kademlia.class).startProviding(CONTENT);
			TopicPeer.await(() -> provides(context.getBean(Kademlia.class)) > 0);
		});
		// Nobody is named this time: who was in the table is.
		this.bare.withPropertyValues(location, identity, "libp2p.kad.protocol=" + PROTOCOL).run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			assertThat(context.getBean(Kademlia.class).stats().providedKeys()).isOne();
		});
	}

	private static long provides(Kademlia kad) {
		try {
			return kad.stats().provides();
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	@ParameterizedTest
	@CsvSource({ "FOLDER, it is a directory", "FOLDER/other, something else", "classpath:kad.db, only a file" })
	void aFileThatCannotKeepTheStateIsNamed(String location, String problem, @TempDir Path folder) throws IOException {
		Files.writeString(folder.resolve("other"), "a file of another kind, and longer than a header");
		this.runner.withPropertyValues("libp2p.kad.store.location=" + location.replace("FOLDER", folder.toString()))
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining(problem));
	}

	@Test
	void aFileThatIsTooSmallIsNamed(@TempDir Path folder) {
		this.runner
			.withPropertyValues("libp2p.kad.store.location=" + folder.resolve("kad.db"),
					"libp2p.kad.store.max-size=1MB")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("4MB"));
	}

	@Test
	void customizersComeLast() {
		this.runner.withPropertyValues("libp2p.kad.mode=client")
			.withBean(KademliaCustomizer.class, () -> (builder) -> builder.mode(Kademlia.Mode.SERVER))
			.run((context) -> assertThat(context.getBean(Kademlia.class).isServer()).isTrue());
	}

	@Test
	void whatACustomizerThrowsIsNotTakenForAWrongProperty() {
		IllegalStateException own = new IllegalStateException("the list of peers is empty");
		this.runner.withBean(KademliaCustomizer.class, () -> (builder) -> {
			throw own;
		}).run((context) -> {
			assertThat(context).getFailure().rootCause().isSameAs(own);
			for (Throwable cause = context.getStartupFailure(); cause != null; cause = cause.getCause()) {
				assertThat(cause).isNotInstanceOf(InvalidSettingException.class);
			}
		});
	}

	@ParameterizedTest
	@CsvSource({ "protocol=kad, libp2p.kad.protocol, kad", "lookup-timeout=0s, libp2p.kad, lookup",
			"request-timeout=0s, libp2p.kad, request", "refresh-interval=0s, libp2p.kad, refresh",
			"providers.time-to-live=0s, libp2p.kad, providers",
			"providers.reprovide-interval=0s, libp2p.kad, reprovide", "values.time-to-live=0s, libp2p.kad, values",
			"diversity.total=0, libp2p.kad, group", "scope=nowhere, libp2p.kad, No address",
			"concurrency=0, libp2p.kad, ''", "protocol=/ipfs/kad/1.0.0;bucket-size=10, libp2p.kad, bucket size",
			"protocol=/ipfs/kad/1.0.0;providers.enabled=false, libp2p.kad, providers",
			"protocol=/ipfs/kad/1.0.0;values.enabled=false, libp2p.kad, values" })
	void whatDoesNotFitIsNamed(String values, String property, String problem) {
		String[] pairs = java.util.Arrays.stream(values.split(";"))
			.map((pair) -> "libp2p.kad." + pair)
			.toArray(String[]::new);
		this.runner.withPropertyValues(pairs).run((context) -> {
			Throwable failure = context.getStartupFailure();
			while (!(failure instanceof InvalidSettingException)) {
				assertThat(failure).isNotNull();
				failure = failure.getCause();
			}
			assertThat(((InvalidSettingException) failure).property()).isEqualTo(property);
			assertThat(((InvalidSettingException) failure).problem()).contains(problem);
		});
	}

	@Test
	void twoValidatorsOfOneNamespaceAreNamed() {
		this.runner.withUserConfiguration(NumberValidator.class, SecondValidator.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("numbers")
				.hasMessageContaining("'numberValidator'")
				.hasMessageContaining("'secondValidator'"));
	}

	// Meters, health, endpoint.

	@Test
	void metersFollowTheInstance() {
		this.runner.withBean(SimpleMeterRegistry.class).run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			KadMetrics metrics = context.getBean(KadMetrics.class);
			metrics.bindTo(meters);
			metrics.bindTo(meters);
			assertThat(meters.get("libp2p.kad.routing.table.size").tag("dht", PROTOCOL).gauge().value()).isPositive();
			assertThat(meters.get("rpc.outbound.requests")
				.tags("dht", PROTOCOL, "message_type", "FIND_NODE")
				.functionCounter()
				.count()).isPositive();
			assertThat(meters.get("rpc.outbound.messages").tag("message_type", "ADD_PROVIDER").functionCounter())
				.isNotNull();
			// What came before the meters is counted, but not measured.
			context.getBean(Kademlia.class).closestPeers(bytes("elsewhere"));
			for (String size : List.of("rpc.outbound.bytes", "rpc.outbound.request.latency.milliseconds")) {
				DistributionSummary requests = meters.get(size)
					.tags("dht", PROTOCOL, "message_type", "FIND_NODE")
					.summary();
				assertThat(requests.count()).isPositive();
				assertThat(requests.takeSnapshot().histogramCounts()).isNotEmpty();
			}
			Tags lookup = Tags.of("dht", PROTOCOL, "operation", "closest_peers", "outcome", "converged");
			assertThat(meters.get("libp2p.kad.lookup").tags(lookup).timer().totalTime(TimeUnit.NANOSECONDS))
				.isPositive();
			assertThat(meters.get("libp2p.kad.lookup.hops").tags(lookup).summary().count()).isPositive();
			this.secondKad.closestPeers(bytes("somewhere"));
			for (String size : List.of("rpc.inbound.bytes", "rpc.inbound.request.latency.milliseconds")) {
				TopicPeer.await(() -> {
					DistributionSummary served = meters.find(size).tag("message_type", "FIND_NODE").summary();
					return served != null && served.totalAmount() > 0;
				});
			}
			assertThat(meters.get("libp2p.kad.dense.lookups").tag("dht", PROTOCOL).functionCounter().count()).isZero();
			assertThat(meters.get("network.size").tag("dht", PROTOCOL).gauge().value()).isNotNegative();
			assertThat(meters.get("libp2p.kad.mode").gauge().value()).isOne();
			assertThat(meters.get("libp2p.kad.routing.table.events").tag("event", "added").functionCounter().count())
				.isPositive();
			metrics.close();
			assertThat(meters.find("libp2p.kad.mode").meter()).isNull();
		});
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(KadMetrics.class));
	}

	@Test
	void healthIsDownWhileTheTableIsTooSmall() {
		this.runner.withPropertyValues("libp2p.kad.health.min-table-size=100").run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			assertThat(context).hasBean("libp2pKadHealthIndicator");
			var health = context.getBean(KadHealthIndicator.class).health();
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails()).containsEntry("mode", "server").containsEntry("protocol", PROTOCOL);
		});
		this.runner.run((context) -> assertThat(context.getBean(KadHealthIndicator.class).health().getStatus())
			.isEqualTo(Status.UP));
		this.runner.withPropertyValues("management.health.libp2p-kad.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(KadHealthIndicator.class));
	}

	@Test
	void theEndpointShowsTheTable() {
		this.runner.run((context) -> {
			awaitTable(context.getBean(Kademlia.class));
			KadSection.KadDescriptor shown = (KadSection.KadDescriptor) context.getBean(Libp2pEndpoint.class)
				.section("kad");
			assertThat(shown).isNotNull();
			assertThat(shown.instances()).singleElement().satisfies((instance) -> {
				assertThat(instance.protocol()).isEqualTo(PROTOCOL);
				assertThat(instance.server()).isTrue();
				assertThat(instance.routingTable()).contains(this.first.peerId().toString());
				assertThat(instance.stats().tableSize()).isPositive();
			});
		});
		this.bare.run((context) -> assertThat(context.getBean(Libp2pEndpoint.class).section("kad")).isNull());
	}

	/** Both peers: the second one is learnt from the first. */
	private void awaitTable(Kademlia kad) {
		TopicPeer.await(() -> {
			try {
				return kad.routingTable().contains(this.first.peerId());
			}
			catch (IOException ex) {
				throw new java.io.UncheckedIOException(ex);
			}
		});
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
	}

	/** Values are numbers, and the greatest is the best. */
	private static final class Numbers implements RecordValidator {

		@Override
		public void validate(ByteBuffer key, ByteBuffer value) throws InvalidRecord {
			if (!text(value).matches("\\d{1,9}")) {
				throw new InvalidRecord("no number");
			}
		}

		@Override
		public int select(ByteBuffer key, List<ByteBuffer> values) {
			int best = 0;
			for (int index = 1; index < values.size(); index++) {
				if (Integer.parseInt(text(values.get(index))) > Integer.parseInt(text(values.get(best)))) {
					best = index;
				}
			}
			return best;
		}

		private static String text(ByteBuffer value) {
			return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NumberValidator {

		@Bean
		@Libp2pRecords("numbers")
		RecordValidator numberValidator() {
			return new Numbers();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SecondValidator {

		@Bean
		@Libp2pRecords("numbers")
		RecordValidator secondValidator() {
			return new Numbers();
		}

	}

}
