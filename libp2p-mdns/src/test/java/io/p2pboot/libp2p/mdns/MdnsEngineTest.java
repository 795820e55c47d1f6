package io.p2pboot.libp2p.mdns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.multiformats.Multihash;
import org.junit.jupiter.api.Test;

import static io.p2pboot.libp2p.mdns.MdnsMessageTest.name;
import static io.p2pboot.libp2p.mdns.MdnsMessageTest.packet;
import static io.p2pboot.libp2p.mdns.MdnsMessageTest.text;
import static org.assertj.core.api.Assertions.assertThat;

class MdnsEngineTest {

	private static final long SECOND = Duration.ofSeconds(1).toNanos();

	private static final Multiaddr TCP = Multiaddr.parse("/ip4/0.0.0.0/tcp/4001");

	private final Link lan = link("eth0", 2, "10.0.0.1", 24);

	private final Link other = link("eth1", 3, "192.168.5.1", 24);

	private final Recorder sink = new Recorder();

	private final PeerId self = peer(0);

	private long now = -SECOND;

	private final MdnsEngine engine = engine(true);

	private MdnsEngine engine(boolean dial) {
		return new MdnsEngine(new MdnsConfig(MdnsMessageTest.SERVICE, Duration.ofSeconds(30), dial), this.self,
				new Random(1), this.now);
	}

	private void look(Link... links) {
		this.engine.on(new MdnsEvent.Looked(List.of(links), List.of(TCP)), this.now, this.sink);
	}

	/** Lets time pass, from one thing that is due to the next. */
	private void pass(Duration time) {
		long end = this.now + time.toNanos();
		for (long next = this.engine.nextNanos(); next <= end; next = this.engine.nextNanos()) {
			assertThat(next).isGreaterThanOrEqualTo(this.now);
			this.now = next;
			this.engine.on(new MdnsEvent.Tick(), this.now, this.sink);
			assertThat(this.engine.nextNanos()).as("something stays due").isGreaterThan(this.now);
		}
		this.now = end;
	}

	private void receive(Link link, String source, ByteBuffer packet) {
		this.engine.on(new MdnsEvent.Received(link, ip(source), packet), this.now, this.sink);
	}

	private void ask(String source) {
		receive(this.lan, source, new MdnsPackets(MdnsMessageTest.SERVICE).query());
	}

	private void answer(String source, String... strings) {
		receive(this.lan, source, packet(0x8400, 0, 1, (out) -> {
			name(out, "somebody", "_p2p", "_udp", "local");
			text(out, strings);
		}));
	}

	@Test
	void interfaceThatIsMadeAnewUnderItsNameIsAnotherLink() {
		Link anew = link("eth0", 7, "10.0.0.1", 24);
		assertThat(anew.isSame(this.lan)).isFalse();
		assertThat(anew.key()).as("no socket of the one before serves it").isNotEqualTo(this.lan.key());
		Link elsewhere = link("eth0", 2, "10.9.0.1", 16);
		assertThat(elsewhere.isSame(this.lan)).isTrue();
		assertThat(elsewhere.key()).isEqualTo(this.lan.key());
	}

	@Test
	void asksAtOnceAndThenMoreAndMoreSeldom() {
		look(this.lan);
		assertThat(this.sink.sent(this.lan, false)).hasSize(1);
		List<Long> times = new ArrayList<>();
		for (int second = 0; second < 200; second++) {
			int before = this.sink.sent(this.lan, false).size();
			pass(Duration.ofSeconds(1));
			for (int i = before; i < this.sink.sent(this.lan, false).size(); i++) {
				times.add((long) second + 1);
			}
		}
		assertThat(times).startsWith(1L, 3L, 7L, 15L, 31L, 61L, 91L);
	}

	@Test
	void announcesItselfTwice() {
		look(this.lan);
		pass(Duration.ofSeconds(10));
		assertThat(this.sink.sent(this.lan, true)).hasSize(2);
		assertThat(this.sink.strings(this.lan)).containsOnly("dnsaddr=/ip4/10.0.0.1/tcp/4001/p2p/" + this.self);
	}

	// D10
	@Test
	void aThousandQuestionsGetOneAnswerASecond() {
		look(this.lan);
		pass(Duration.ofSeconds(10));
		int before = this.sink.sent(this.lan, true).size();
		for (int i = 0; i < 1_000; i++) {
			ask("10.0.0.9");
			pass(Duration.ofMillis(10));
		}
		pass(Duration.ofSeconds(2));
		assertThat(this.sink.sent(this.lan, true).size() - before).isBetween(8, 11);
	}

	@Test
	void anAnswerWaitsForAMomentOnly() {
		look(this.lan);
		pass(Duration.ofSeconds(10));
		int before = this.sink.sent(this.lan, true).size();
		ask("10.0.0.9");
		pass(Duration.ofMillis(19));
		assertThat(this.sink.sent(this.lan, true)).hasSize(before);
		pass(Duration.ofMillis(101));
		assertThat(this.sink.sent(this.lan, true)).hasSize(before + 1);
	}

	// D11
	@Test
	void eachLinkIsToldOfItsOwnAddressesUnderANameOfItsOwn() {
		look(this.lan, this.other);
		pass(Duration.ofSeconds(10));
		assertThat(this.sink.strings(this.lan)).allMatch((text) -> text.contains("/ip4/10.0.0.1/"));
		assertThat(this.sink.strings(this.other)).allMatch((text) -> text.contains("/ip4/192.168.5.1/"));
		assertThat(this.sink.names(this.lan)).hasSize(1).doesNotContainAnyElementsOf(this.sink.names(this.other));
		assertThat(this.sink.names(this.lan).iterator().next()).matches("[a-z0-9]{32,63}\\._p2p\\._udp\\.local");
	}

	@Test
	void otherAddressesGetAnotherNameAndTheOldOneIsTakenBack() {
		look(this.lan);
		pass(Duration.ofSeconds(10));
		Set<String> before = this.sink.names(this.lan);
		this.sink.sent.clear();
		look(link("eth0", 2, "10.0.0.77", 24));
		assertThat(this.sink.ttls(this.lan)).containsExactly(0L);
		assertThat(this.sink.names(this.lan)).isEqualTo(before);
		pass(Duration.ofSeconds(10));
		assertThat(this.sink.ttls(this.lan)).containsExactly(0L, 120L, 120L);
		assertThat(this.sink.names(this.lan)).hasSize(2);
	}

	@Test
	void aNodeThatOnlyDialsAsksAndAnswersNothing() {
		this.engine.on(new MdnsEvent.Looked(List.of(this.lan), List.of()), this.now, this.sink);
		ask("10.0.0.9");
		pass(Duration.ofSeconds(5));
		assertThat(this.sink.sent(this.lan, false)).isNotEmpty();
		assertThat(this.sink.sent(this.lan, true)).isEmpty();
	}

	@Test
	void whoStopsSaysGoodbye() {
		look(this.lan);
		pass(Duration.ofSeconds(5));
		this.sink.sent.clear();
		this.engine.on(new MdnsEvent.Stopped(), this.now, this.sink);
		assertThat(this.sink.ttls(this.lan)).containsExactly(0L);
		assertThat(this.engine.nextNanos()).isEqualTo(LinkState.NEVER);
	}

	@Test
	void whoAsksForServicesIsToldOfOurs() {
		look(this.lan);
		pass(Duration.ofSeconds(5));
		this.sink.sent.clear();
		receive(this.lan, "10.0.0.9", packet(0, 1, 0, (out) -> {
			name(out, "_services", "_dns-sd", "_udp", "local");
			out.write(new byte[] { 0, 12, 0, 1 });
		}));
		pass(Duration.ofSeconds(2));
		assertThat(this.sink.sent(this.lan, true)).hasSize(1);
	}

	@Test
	void questionsForOtherServicesAreNotAnswered() {
		look(this.lan);
		pass(Duration.ofSeconds(5));
		this.sink.sent.clear();
		receive(this.lan, "10.0.0.9", new MdnsPackets("_http._udp.local").query());
		pass(Duration.ofSeconds(2));
		assertThat(this.sink.sent(this.lan, true)).isEmpty();
	}

	@Test
	void aPeerIsFoundOnceAndItsAddressesEachTime() {
		look(this.lan);
		String text = "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1);
		answer("10.0.0.9", text, "dnsaddr=/ip4/10.0.0.9/udp/1/quic-v1/p2p/" + peer(1), "other=1");
		answer("10.0.0.9", text);
		assertThat(this.sink.found).hasSize(2);
		assertThat(this.sink.found.get(0)).isEqualTo(new AddrInfo(peer(1),
				List.of(Multiaddr.parse("/ip4/10.0.0.9/tcp/1"), Multiaddr.parse("/ip4/10.0.0.9/udp/1/quic-v1"))));
		assertThat(this.sink.news).containsExactly(peer(1));
		pass(Duration.ofSeconds(121));
		answer("10.0.0.9", text);
		assertThat(this.sink.news).as("it was away").containsExactly(peer(1), peer(1));
	}

	@Test
	void weDoNotFindOurselves() {
		look(this.lan);
		answer("10.0.0.1", "dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/" + this.self);
		assertThat(this.sink.found).isEmpty();
	}

	// D3
	@Test
	void aNameOfOneLabelCountsIfAPointerOfTheServiceLeadsToIt() {
		look(this.lan);
		receive(this.lan, "10.0.0.9", packet(0x8400, 0, 1, (out) -> {
			name(out, "somebody");
			text(out, "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		}));
		assertThat(this.sink.found).isEmpty();
		receive(this.lan, "10.0.0.9", packet(0x8400, 0, 2, (out) -> {
			name(out, "_p2p", "_udp", "local");
			out.write(new byte[] { 0, 12, 0, 1, 0, 0, 0, 9, 0, 10 });
			name(out, "somebody");
			name(out, "somebody");
			text(out, "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		}));
		assertThat(this.sink.news).containsExactly(peer(1));
	}

	// D12
	@Test
	void onlyThoseOnTheLinkAreHeard() {
		look(this.lan);
		String text = "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1);
		answer("10.0.1.9", text);
		answer("8.8.8.8", text);
		receive(this.other, "192.168.5.9", packet(0x8400, 0, 0, (out) -> {
		}));
		assertThat(this.sink.found).isEmpty();
		answer("10.0.0.9", text);
		assertThat(this.sink.found).hasSize(1);
	}

	// D13
	@Test
	void onlyAddressesOfTheNetworkAreTaken() {
		look(this.lan);
		for (String address : List.of("/ip4/8.8.8.8/tcp/1", "/ip4/127.0.0.1/tcp/1", "/ip4/0.0.0.0/tcp/1",
				"/ip4/224.0.0.1/tcp/1", "/dns4/victim.example/tcp/1", "/ip4/10.0.0.9/tcp/0",
				"/ip4/10.0.0.9/tcp/1/p2p/" + peer(7) + "/p2p-circuit")) {
			answer("10.0.0.9", "dnsaddr=" + address + "/p2p/" + peer(1));
		}
		answer("10.0.0.9", "dnsaddr=/p2p/" + peer(1), "dnsaddr=", "dnsaddr=/ip4/10.0.0.9/tcp/1", "dnsaddr=nonsense",
				"dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/QmNothing");
		assertThat(this.sink.found).isEmpty();
		answer("10.0.0.9", "dnsaddr=/ip4/192.168.77.9/tcp/1/p2p/" + peer(1));
		assertThat(this.sink.found).hasSize(1);
	}

	// D14
	@Test
	void twentyAddressesOfAPeerAreUsed() {
		look(this.lan);
		answer("10.0.0.9",
				IntStream.rangeClosed(1, 21)
					.mapToObj((port) -> "dnsaddr=/ip4/10.0.0.9/tcp/" + port + "/p2p/" + peer(1))
					.toArray(String[]::new));
		assertThat(this.sink.found.get(0).addresses()).hasSize(20);
	}

	// D15
	@Test
	void newPeersAreTakenAtARateAndAThousandAreKnown() {
		look(this.lan);
		for (int minute = 0; minute < 10; minute++) {
			int first = 1 + minute * 200;
			IntStream.range(first, first + 200)
				.forEach((number) -> answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(number)));
			assertThat(this.sink.news).hasSize(Math.min(1_000, 120 * (minute + 1)));
			pass(Duration.ofSeconds(1));
			// Those that are known stay so.
			for (int from = 0; from < this.sink.news.size(); from += 20) {
				answer("10.0.0.9",
						this.sink.news.subList(from, Math.min(from + 20, this.sink.news.size()))
							.stream()
							.map((known) -> "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + known)
							.toArray(String[]::new));
			}
			pass(Duration.ofSeconds(60));
		}
		assertThat(new HashSet<>(this.sink.news)).hasSize(1_000);
		assertThat(this.engine.refused()).isPositive();
		pass(Duration.ofSeconds(200));
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(5_000));
		assertThat(this.sink.news).as("there is room again").contains(peer(5_000));
	}

	// D16
	@Test
	void eightAreDialledAtOnceAndEachOnceInThirtySeconds() {
		look(this.lan);
		for (int number = 1; number <= 9; number++) {
			answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(number));
		}
		assertThat(this.sink.dialled).hasSize(8).doesNotContain(peer(9));
		this.engine.on(new MdnsEvent.DialEnded(peer(1)), this.now, this.sink);
		this.engine.on(new MdnsEvent.DialEnded(peer(1)), this.now, this.sink);
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		assertThat(this.sink.dialled).hasSize(8);
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(9));
		assertThat(this.sink.dialled).hasSize(9).endsWith(peer(9));
		this.engine.on(new MdnsEvent.DialEnded(peer(2)), this.now, this.sink);
		pass(Duration.ofSeconds(29));
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		assertThat(this.sink.dialled).hasSize(9);
		pass(Duration.ofSeconds(1));
		this.sink.connected.add(peer(2));
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(2));
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		assertThat(this.sink.dialled).as("who is connected is not").hasSize(10).endsWith(peer(1));
	}

	@Test
	void ofTwoThatFindEachOtherTheGreaterIdDialsAndTheOtherOnlyIfThatDoesNotCome() {
		PeerId greater = peer(10);
		PeerId coming = peer(18);
		assertThat(greater).isGreaterThan(this.self);
		look(this.lan);
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + greater);
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + coming);
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + greater);
		this.sink.connected.add(coming);
		pass(Duration.ofMillis(1999));
		assertThat(this.sink.dialled).isEmpty();
		pass(Duration.ofMillis(1));
		assertThat(this.sink.dialled).containsExactly(greater);
	}

	@Test
	void peerThatDidNotComeIsDialledWhenItIsHeardOfAgainIfTooManyDialsAreUnderWay() {
		look(this.lan);
		for (int number = 1; number <= 8; number++) {
			answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(number));
		}
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(10));
		pass(Duration.ofSeconds(2));
		assertThat(this.sink.dialled).hasSize(8);
		this.engine.on(new MdnsEvent.DialEnded(peer(1)), this.now, this.sink);
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(10));
		pass(Duration.ofSeconds(2));
		assertThat(this.sink.dialled).hasSize(9).endsWith(peer(10));
	}

	@Test
	void nobodyIsDialledWhereThatIsSwitchedOff() {
		MdnsEngine quiet = engine(false);
		quiet.on(new MdnsEvent.Looked(List.of(this.lan), List.of()), this.now, this.sink);
		quiet.on(new MdnsEvent.Received(this.lan, ip("10.0.0.9"), packet(0x8400, 0, 1, (out) -> {
			name(out, "a", "_p2p", "_udp", "local");
			text(out, "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		})), this.now, this.sink);
		assertThat(this.sink.found).hasSize(1);
		assertThat(this.sink.dialled).isEmpty();
	}

	// D17
	@Test
	void aThousandPacketsASecondAreReadAndTheRestIsNot() {
		look(this.lan);
		for (int i = 0; i < 1_500; i++) {
			answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		}
		assertThat(this.sink.found).hasSize(1_000);
		pass(Duration.ofSeconds(1));
		answer("10.0.0.9", "dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1));
		assertThat(this.sink.found).hasSize(1_001);
	}

	@Test
	void noiseIsCountedAndHarmless() {
		look(this.lan);
		Random random = new Random(3);
		for (int i = 0; i < 500; i++) {
			byte[] noise = new byte[random.nextInt(100)];
			random.nextBytes(noise);
			receive(this.lan, "10.0.0.9", ByteBuffer.wrap(noise));
		}
		assertThat(this.engine.malformed()).isGreaterThan(400);
		assertThat(this.sink.found).isEmpty();
	}

	@Test
	void whatIsTakenBackIsNotFound() {
		look(this.lan);
		receive(this.lan, "10.0.0.9", new MdnsPackets(MdnsMessageTest.SERVICE).answer(
				new MdnsPackets.Answer("a", ip("10.0.0.9"), 1, List.of("dnsaddr=/ip4/10.0.0.9/tcp/1/p2p/" + peer(1))),
				0));
		assertThat(this.sink.found).isEmpty();
	}

	private static Link link(String name, int index, String address, int prefix) {
		return new Link(name, index, false, List.of(new Link.Subnet(ip(address), prefix)));
	}

	private static InetAddress ip(String text) {
		try {
			return InetAddress.getByName(text);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static PeerId peer(int number) {
		try {
			return PeerId.decode(Multihash.sha256(ByteBuffer.allocate(4).putInt(0, number)).encoded());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private record Sent(Link link, MdnsMessage message) {
	}

	private static final class Recorder implements MdnsEngine.Sink {

		private final List<Sent> sent = new ArrayList<>();

		private final List<AddrInfo> found = new ArrayList<>();

		private final List<PeerId> news = new ArrayList<>();

		private final List<PeerId> dialled = new ArrayList<>();

		private final Set<PeerId> connected = new HashSet<>();

		@Override
		public void send(Link link, ByteBuffer packet) {
			assertThat(packet.remaining()).isLessThanOrEqualTo(1_200);
			try {
				this.sent.add(new Sent(link, MdnsMessage.decode(packet)));
			}
			catch (IOException ex) {
				throw new AssertionError(ex);
			}
		}

		private List<MdnsMessage> sent(Link link, boolean response) {
			return this.sent.stream()
				.filter((each) -> each.link().isSame(link) && each.message().response() == response)
				.map(Sent::message)
				.toList();
		}

		private Set<String> names(Link link) {
			Set<String> names = new HashSet<>();
			sent(link, true).forEach((message) -> message.texts().forEach((text) -> names.add(text.name())));
			return names;
		}

		private List<Long> ttls(Link link) {
			return sent(link, true).stream()
				.flatMap((message) -> message.texts().stream())
				.map(MdnsMessage.Text::ttlSeconds)
				.toList();
		}

		private List<String> strings(Link link) {
			return sent(link, true).stream()
				.flatMap((message) -> message.texts().stream())
				.flatMap((text) -> text.strings().stream())
				.toList();
		}

		@Override
		public void found(AddrInfo peer, Duration timeToLive, boolean isNew) {
			assertThat(timeToLive).isBetween(Duration.ofSeconds(120), Duration.ofHours(1));
			this.found.add(peer);
			if (isNew) {
				this.news.add(peer.id());
			}
		}

		@Override
		public boolean isConnected(PeerId peer) {
			return this.connected.contains(peer);
		}

		@Override
		public void dial(AddrInfo peer) {
			this.dialled.add(peer.id());
		}

	}

}
