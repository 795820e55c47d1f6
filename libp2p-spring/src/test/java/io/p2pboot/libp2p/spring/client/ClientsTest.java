package io.p2pboot.libp2p.spring.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.spring.Libp2pClient;
import io.p2pboot.libp2p.spring.Libp2pProtocol;
import io.p2pboot.libp2p.spring.Libp2pTemplate;
import io.p2pboot.libp2p.spring.MemoryNodes;
import io.p2pboot.libp2p.spring.client.scanned.Scanned;
import io.p2pboot.libp2p.spring.config.EnableLibp2p;
import io.p2pboot.libp2p.spring.handler.HandlerRegistrar;
import io.p2pboot.libp2p.spring.payload.MessageCodec;
import io.p2pboot.libp2p.spring.payload.PayloadFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.Mockito.mock;

@Timeout(60)
class ClientsTest {

	@Test
	void theSameInterfaceServesAndCalls() throws Exception {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(App.class);
				AnnotationConfigApplicationContext other = new AnnotationConfigApplicationContext(Calling.class)) {
			Deals deals = other.getBean(Deals.class);
			AddrInfo peer = MemoryNodes.address(app);
			assertThat(deals.propose(List.of(new Proposal("bread", 2)), peer))
				.isEqualTo(Map.of("bread", new Reply("2 for " + other.getBean(Node.class).peerId())));
			deals.count(peer.id());
			assertThat(app.getBean(DealsHandler.class).counted).hasValue(1);
			assertThat(deals.twice(peer)).isEqualTo("yesyes");
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> deals.propose(List.of(), peer));
			assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> deals.failing(peer))
				.withCauseInstanceOf(StreamReset.class);
		}
	}

	@Test
	void anOverriddenMethodWithTypeParametersCallsTheSameThroughBothInterfaces() throws Exception {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(Pricing.class);
				Node caller = MemoryNodes.peer()) {
			AddrInfo peer = MemoryNodes.address(app);
			Libp2pClientFactory clients = new Libp2pClientFactory(
					new Libp2pTemplate(caller, MessageCodec.withDefaults()));
			ProposalPrices prices = clients.createClient(ProposalPrices.class);
			Prices<Proposal, Reply> general = prices;
			assertThat(prices.price(new Proposal("bread", 2), peer)).isEqualTo(new Reply("2 bread"));
			Object reply = general.price(new Proposal("bread", 3), peer);
			assertThat(reply).isEqualTo(new Reply("3 bread"));
		}
	}

	@Test
	void typeParametersMayBeThePeerAndTypesWithParametersOfTheirOwn() throws Exception {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(Pricing.class);
				Node caller = MemoryNodes.peer()) {
			List<Reply> all = new Libp2pClientFactory(new Libp2pTemplate(caller, MessageCodec.withDefaults()))
				.createClient(AllPrices.class)
				.all(MemoryNodes.address(app));
			assertThat(all).isEqualTo(List.of(new Reply("bread"), new Reply("butter")));
		}
	}

	@Test
	void whereAHandlerServesTheInterfaceItsTypeInjectsTheClient() {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(App.class)) {
			assertThat(app.getBean(Deals.class)).isInstanceOf(Libp2pClient.class)
				.isNotInstanceOf(DealsHandler.class)
				.hasToString("client of " + Deals.class.getName());
			assertThat(app.getBean(HandlerRegistrar.class).handlers()).hasSize(4)
				.allSatisfy((handler) -> assertThat(handler.toString()).contains("DealsHandler"));
			assertThat(app.getBean(Deals.class).equals(app.getBean(Deals.class))).isTrue();
			assertThat(app.getBean(Deals.class)).isNotEqualTo(null).hasSameHashCodeAs(app.getBean(Deals.class));
		}
	}

	@Test
	void aClientThatIsMadeByHandIsNotMountedEither() {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(ByHand.class)) {
			assertThat(app.getBean(Deals.class)).isInstanceOf(Libp2pClient.class);
			assertThat(app.getBean(HandlerRegistrar.class).handlers()).isEmpty();
		}
	}

	@Test
	void aLazyClientIsNotMountedEither() {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(LazyByHand.class)) {
			assertThat(app.getBean(HandlerRegistrar.class).handlers()).isEmpty();
		}
	}

	@Test
	void packagesAreSearchedForInterfacesWithAnnotatedMethods() {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(Searching.class)) {
			assertThat(app.getBean(Scanned.class)).isInstanceOf(Libp2pClient.class);
			assertThat(app.getBeanNamesForType(Libp2pClient.class, true, false)).hasSize(1);
		}
	}

	@Test
	void placeholdersOfPathsAreResolvedAndTheTemplateIsTheOneThatIsNamed() throws Exception {
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(App.class);
				AnnotationConfigApplicationContext other = new AnnotationConfigApplicationContext()) {
			other.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("test", Map.of("path", "/deals/failing/1.0.0")));
			other.register(TwoTemplates.class);
			other.refresh();
			assertThatExceptionOfType(StreamReset.class)
				.isThrownBy(() -> other.getBean(Placeholder.class).call(MemoryNodes.address(app)));
			assertThat(other.getBean(Placeholder.class)).isNotNull();
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { NoPeer.class, TwoPeers.class, TwoMessages.class, NotAnnotated.class, Nothing.class,
			BadPath.class, UndefinedPath.class, NoPath.class, AStream.class, NoConverter.class, String.class })
	void anInterfaceThatCannotCallFailsTheStartAndIsNamed(Class<?> type) {
		Libp2pTemplate template = new Libp2pTemplate(mock(Node.class), MessageCodec.withDefaults());
		assertThatExceptionOfType(InvalidClientException.class)
			.isThrownBy(() -> new Libp2pClientFactory(template).createClient(type))
			.satisfies((failure) -> {
				assertThat(failure).hasMessageContaining(type.getName());
				assertThat(failure.problem()).isNotEmpty();
				assertThat(failure.action()).endsWith(".");
			});
	}

	@Test
	void withoutAPeerOrAMessageNothingIsCalled() {
		Deals deals = new Libp2pClientFactory(new Libp2pTemplate(mock(Node.class), MessageCodec.withDefaults()))
			.createClient(Deals.class);
		assertThatIllegalArgumentException().isThrownBy(() -> deals.count(null)).withMessageContaining("peer");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> deals.propose(null, AddrInfo.parse("/memory/1/p2p/" + PEER)))
			.withMessageContaining("message");
	}

	@Test
	void nativeImagesAreToldOfProxyAndMessages() throws Exception {
		DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
		try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(beans)) {
			app.register(Calling.class);
			app.refresh();
			ClientAotProcessor processor = new ClientAotProcessor();
			assertThat(processor.processAheadOfTime(RegisteredBean.of(beans, Deals.class.getName()))).isNotNull();
			assertThat(processor.processAheadOfTime(RegisteredBean.of(beans, "node"))).isNull();
		}
		RuntimeHints hints = new RuntimeHints();
		ClientAotProcessor.register(hints, Deals.class);
		assertThat(RuntimeHintsPredicates.proxies().forInterfaces(Deals.class, Libp2pClient.class)).accepts(hints);
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Reply.class.getDeclaredMethod("text")))
			.accepts(hints);
	}

	private static final String PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

	record Proposal(String item, int count) {
	}

	record Reply(String text) {
	}

	/** Has a type parameter, as hierarchies of interfaces do. */
	interface Proposals<T> {

		@Libp2pProtocol("/deals/propose/1.0.0")
		Map<String, Reply> propose(List<T> proposals, AddrInfo peer) throws IOException;

	}

	interface Deals extends Proposals<Proposal> {

		@Libp2pProtocol("/deals/count/1.0.0")
		void count(PeerId peer);

		@Libp2pProtocol("/deals/yes/1.0.0")
		String yes(AddrInfo peer);

		@Libp2pProtocol("/deals/failing/1.0.0")
		String failing(AddrInfo peer);

		default String twice(AddrInfo peer) {
			return yes(peer) + yes(peer);
		}

	}

	interface Prices<T, R> {

		R price(T item, AddrInfo peer) throws IOException;

	}

	/** The compiler adds a method that takes and returns an Object. */
	interface ProposalPrices extends Prices<Proposal, Reply> {

		@Override
		@Libp2pProtocol("/prices/one/1.0.0")
		Reply price(Proposal item, AddrInfo peer) throws IOException;

	}

	interface All<P, R> {

		@Libp2pProtocol("/prices/all/1.0.0")
		R all(P peer) throws IOException;

	}

	interface AllPrices extends All<AddrInfo, List<Reply>> {

	}

	static class PricesHandler {

		@Libp2pProtocol("/prices/one/1.0.0")
		Reply price(Proposal item) {
			return new Reply(item.count() + " " + item.item());
		}

		@Libp2pProtocol("/prices/all/1.0.0")
		List<Reply> all(AddrInfo peer) {
			return List.of(new Reply("bread"), new Reply("butter"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, PricesHandler.class })
	static class Pricing {

	}

	static class DealsHandler implements Deals {

		private final AtomicInteger counted = new AtomicInteger();

		@Override
		public Map<String, Reply> propose(List<Proposal> proposals, AddrInfo peer) {
			Proposal first = proposals.get(0);
			return Map.of(first.item(), new Reply(first.count() + " for " + peer.id()));
		}

		@Override
		public void count(PeerId peer) {
			this.counted.incrementAndGet();
		}

		@Override
		public String yes(AddrInfo peer) {
			return "yes";
		}

		@Override
		public String failing(AddrInfo peer) {
			throw new IllegalStateException("no");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import({ MemoryNodes.class, DealsHandler.class })
	@ImportLibp2pClients(Deals.class)
	static class App {

		@Bean
		Libp2pTemplate template(Node node) {
			return new Libp2pTemplate(node, MessageCodec.withDefaults());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(MemoryNodes.class)
	@ImportLibp2pClients(Deals.class)
	static class Calling {

		@Bean
		Libp2pTemplate template(Node node) {
			return new Libp2pTemplate(node, MessageCodec.withDefaults());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import(MemoryNodes.class)
	static class ByHand {

		@Bean
		Deals deals(Node node) {
			return new Libp2pClientFactory(new Libp2pTemplate(node, MessageCodec.withDefaults()))
				.createClient(Deals.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableLibp2p
	@Import(MemoryNodes.class)
	static class LazyByHand {

		@Bean
		@Lazy
		Deals deals(Node node) {
			return new Libp2pClientFactory(new Libp2pTemplate(node, MessageCodec.withDefaults()))
				.createClient(Deals.class);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(MemoryNodes.class)
	@ImportLibp2pClients(basePackages = "io.p2pboot.libp2p.spring.client.scanned")
	static class Searching {

		@Bean
		Libp2pTemplate template(Node node) {
			return new Libp2pTemplate(node, MessageCodec.withDefaults());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(MemoryNodes.class)
	@ImportLibp2pClients(types = Placeholder.class, template = "first")
	static class TwoTemplates {

		@Bean
		Libp2pTemplate first(Node node) {
			return new Libp2pTemplate(node, MessageCodec.withDefaults());
		}

		@Bean
		Libp2pTemplate second(Node node) {
			return first(node).withFormat(PayloadFormat.JSON);
		}

	}

	interface Placeholder {

		@Libp2pProtocol("${path}")
		String call(AddrInfo peer) throws IOException;

	}

	interface NoPeer {

		@Libp2pProtocol("/a/1")
		String call(String text);

	}

	interface TwoPeers {

		@Libp2pProtocol("/a/1")
		String call(AddrInfo first, PeerId second);

	}

	interface TwoMessages {

		@Libp2pProtocol("/a/1")
		String call(AddrInfo peer, String first, String second);

	}

	interface NotAnnotated {

		@Libp2pProtocol("/a/1")
		String call(AddrInfo peer);

		String other(AddrInfo peer);

	}

	interface Nothing {

	}

	interface UndefinedPath {

		@Libp2pProtocol("/deals/${version.missing}")
		String call(String text, PeerId peer);

	}

	interface BadPath {

		@Libp2pProtocol("a")
		String call(AddrInfo peer);

	}

	interface NoPath {

		@Libp2pProtocol({})
		String call(AddrInfo peer);

	}

	interface AStream {

		@Libp2pProtocol("/a/1")
		Future<String> call(AddrInfo peer);

	}

	interface NoConverter {

		@Libp2pProtocol(value = "/a/1", format = { PayloadFormat.JSON, PayloadFormat.CBOR })
		Reply call(AddrInfo peer);

	}

}
