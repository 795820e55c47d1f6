package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.DialFailed;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.NotStored;
import io.p2pboot.libp2p.OlderRecord;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(120)
class KademliaTest {

	private static final Multihash CONTENT = Multihash.sha256(Peers.bytes("content"));

	private static final ByteBuffer KEY = Peers.bytes("/n/key");

	private final List<NettyNode> nodes = new ArrayList<>();

	private final List<Kademlia> instances = new ArrayList<>();

	private NettyNode node() throws IOException {
		NettyNode node = NodeBuilder.create()
			.listen("/ip4/127.0.0.1/tcp/0")
			.shutdownGrace(Duration.ZERO)
			.dialTimeout(Duration.ofSeconds(20))
			.start();
		this.nodes.add(node);
		return node;
	}

	private Kademlia kad(NettyNode node, Kademlia.Mode mode, AddrInfo... bootstrap) {
		Kademlia kad = node.mountRouting(Kademlia.builder("/test/kad/1.0.0")
			.mode(mode)
			.validator("n", new NumberedValidator())
			.bootstrap(List.of(bootstrap))
			.build());
		this.instances.add(kad);
		return kad;
	}

	@AfterEach
	void close() {
		this.instances.forEach(Kademlia::close);
		this.nodes.forEach(NettyNode::close);
	}

	/** A condition that may fail to be told. */
	private interface Condition {

		boolean holds() throws IOException;

	}

	private static void eventually(String what, Condition condition) throws IOException {
		long start = System.nanoTime();
		while (!condition.holds()) {
			if (System.nanoTime() - start > Duration.ofSeconds(60).toNanos()) {
				throw new AssertionError("Not within 60 s: " + what);
			}
			LockSupport.parkNanos(5_000_000);
		}
	}

	private static void knows(Kademlia kad, NettyNode other) throws IOException {
		eventually("a place in the table", () -> kad.routingTable().contains(other.peerId()));
	}

	@Test
	void peerKnownByItsIdAloneIsConnectedThroughAThird() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		NettyNode c = node();
		Kademlia onB = kad(b, Kademlia.Mode.SERVER);
		kad(c, Kademlia.Mode.SERVER, b.addrInfo());
		knows(onB, c);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		assertThat(onA.findPeer(c.peerId())).containsAnyElementsOf(c.addrInfo().addresses());
		a.connect(AddrInfo.of(c.peerId()));
		assertThat(a.connection(c.peerId())).isPresent();
	}

	@Test
	void connectedClientIsFoundThoughNoTableHoldsIt() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		NettyNode client = node();
		Kademlia onB = kad(b, Kademlia.Mode.SERVER);
		kad(client, Kademlia.Mode.CLIENT, b.addrInfo());
		client.connect(b.addrInfo());
		eventually("identify", () -> !b.peerStore().addresses(client.peerId()).isEmpty());
		kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		a.connect(AddrInfo.of(client.peerId()));
		assertThat(a.connection(client.peerId())).isPresent();
		assertThat(onB.routingTable()).isEmpty();
	}

	@Test
	void unknownPeerFailsTheDialAndNoPeersIsSaidAtOnce() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		NettyNode unknown = node();
		Kademlia alone = kad(a, Kademlia.Mode.CLIENT);
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> alone.findPeer(unknown.peerId()));
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> alone.provide(CONTENT));
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> alone.getValue(KEY, 0));
		assertThatExceptionOfType(NoPeers.class)
			.isThrownBy(() -> alone.findProviders(Multihash.sha256(KEY.duplicate()), 1).next());
		assertThatExceptionOfType(NoPeers.class).isThrownBy(alone::refresh);
		kad(b, Kademlia.Mode.SERVER);
		a.connect(b.addrInfo());
		knows(alone, b);
		assertThat(alone.findPeer(unknown.peerId())).isEmpty();
		assertThatExceptionOfType(DialFailed.class).isThrownBy(() -> a.connect(AddrInfo.of(unknown.peerId())));
	}

	@Test
	void contentIsProvidedAndFound() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		NettyNode c = node();
		kad(b, Kademlia.Mode.SERVER);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		Kademlia onC = kad(c, Kademlia.Mode.CLIENT, b.addrInfo());
		assertThat(onA.provide(CONTENT).peers()).isEqualTo(1);
		try (Search<AddrInfo> search = onC.findProviders(CONTENT, 0)) {
			AddrInfo provider = search.next().orElseThrow();
			assertThat(provider.id()).isEqualTo(a.peerId());
			assertThat(provider.addresses()).containsAnyElementsOf(a.addrInfo().addresses());
			assertThat(search.next()).isEmpty();
			assertThat(search.next()).isEmpty();
		}
		c.connect(AddrInfo.of(a.peerId()));
		assertThat(onC.findProviders(Multihash.sha256(Peers.bytes("nobody has this")), 1).next()).isEmpty();
	}

	@Test
	void provideFailsWhereNobodyStoresIt() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		Kademlia refusing = b
			.mountRouting(Kademlia.builder("/test/kad/1.0.0").mode(Kademlia.Mode.SERVER).disableProviders().build());
		this.instances.add(refusing);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		assertThatExceptionOfType(NotStored.class).isThrownBy(() -> onA.provide(CONTENT))
			.withMessageContaining("None of 1");
	}

	@Test
	void valueIsStoredFoundAndReplacedByABetterOneAlone() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		NettyNode c = node();
		kad(b, Kademlia.Mode.SERVER);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		Kademlia onC = kad(c, Kademlia.Mode.CLIENT, b.addrInfo());
		assertThat(onC.getValue(KEY, 0)).isEmpty();
		assertThat(onA.putValue(KEY, NumberedValidator.value(2))).isEqualTo(1);
		assertThat(onC.getValue(KEY, 0)).contains(NumberedValidator.value(2));
		assertThat(onC.getValue(KEY, 1)).contains(NumberedValidator.value(2));
		assertThatExceptionOfType(OlderRecord.class).isThrownBy(() -> onA.putValue(KEY, NumberedValidator.value(1)));
		assertThatExceptionOfType(NotStored.class).isThrownBy(() -> onC.putValue(KEY, NumberedValidator.value(1)));
		assertThatExceptionOfType(InvalidRecord.class).isThrownBy(() -> onA.putValue(KEY, ByteBuffer.allocate(3)));
		assertThatExceptionOfType(InvalidRecord.class).isThrownBy(() -> onA.getValue(Peers.bytes("/x/y"), 0));
		assertThat(onC.putValue(KEY, NumberedValidator.value(3))).isEqualTo(1);
		assertThat(onA.getValue(KEY, 0)).contains(NumberedValidator.value(3));
	}

	@Test
	void publicKeyIsAValue() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		kad(b, Kademlia.Mode.SERVER);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		ByteBuffer key = PublicKeyValidator.key(a.peerId());
		assertThat(onA.putValue(key, a.publicKey().encoded())).isEqualTo(1);
		assertThatExceptionOfType(InvalidRecord.class).isThrownBy(() -> onA.putValue(key, b.publicKey().encoded()));
		assertThat(onA.getValue(key, 0)).contains(a.publicKey().encoded());
	}

	@Test
	void whoBecomesAServerIsAskedAndWhoStopsResetsItsStreams() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		Kademlia onB = kad(b, Kademlia.Mode.CLIENT);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT);
		a.connect(b.addrInfo());
		assertThat(onA.routingTable()).isEmpty();
		assertThat(b.protocols()).doesNotContain(onB.protocol());
		onB.mode(Kademlia.Mode.SERVER);
		assertThat(onB.isServer()).isTrue();
		assertThat(b.protocols()).contains(onB.protocol());
		eventually("identify push", () -> a.peerStore().protocols(b.peerId()).contains(onB.protocol()));
		a.disconnect(b.peerId());
		eventually("no connection", () -> a.connections().isEmpty() && b.connections().isEmpty());
		a.connect(b.addrInfo());
		knows(onA, b);
		onB.mode(Kademlia.Mode.CLIENT);
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> onA.closestPeers(KEY));
	}

	@Test
	void lookupThatDialsADeadPeerBeginsNoOther() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		NettyNode dead = node();
		Kademlia onB = kad(b, Kademlia.Mode.SERVER);
		kad(dead, Kademlia.Mode.SERVER, b.addrInfo());
		knows(onB, dead);
		dead.close();
		// Without bootstrap peers nothing looks for peers by itself meanwhile.
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT);
		a.connect(b.addrInfo());
		knows(onA, b);
		long before = onA.stats().lookups();
		assertThat(onA.closestPeers(KEY)).extracting(AddrInfo::id).containsExactly(b.peerId());
		assertThat(onA.stats().lookups()).isEqualTo(before + 1);
	}

	@Test
	void closedInstanceFailsWhatIsUnderWayAndWhatComesLater() throws IOException {
		NettyNode a = node();
		Kademlia onA = kad(a, Kademlia.Mode.SERVER);
		onA.close();
		onA.close();
		assertThatIllegalStateException().isThrownBy(() -> onA.closestPeers(KEY));
		assertThat(a.protocols()).doesNotContain(onA.protocol());
	}

	@Test
	void instanceThatIsNotMountedSaysSo() {
		Kademlia kad = Kademlia.builder("/test/kad/1.0.0").build();
		assertThatIllegalStateException().isThrownBy(() -> kad.provide(CONTENT)).withMessageContaining("not mounted");
	}

	@Test
	void publicNetworkIsNotToBeHarmed() {
		assertThatIllegalStateException().isThrownBy(() -> Kademlia.builder("/ipfs/kad/1.0.0").bucketSize(10).build());
		assertThatIllegalStateException().isThrownBy(() -> Kademlia.builder("/ipfs/kad/1.0.0").disableValues().build());
	}

	@Test
	void searchClosedEarlyCancelsItsRequests() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		kad(b, Kademlia.Mode.SERVER);
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, b.addrInfo());
		Search<AddrInfo> search = onA.findProviders(CONTENT, 0);
		search.close();
		assertThat(search.next()).isEqualTo(Optional.empty());
	}

	@Test
	void searchThatWaitsFailsWhenTheInstanceCloses() throws Exception {
		NettyNode a = node();
		NettyNode hanging = node();
		CountDownLatch asked = new CountDownLatch(1);
		hanging.mountStreams(ProtocolPath.of("/test/kad/1.0.0"), (stream) -> asked.countDown());
		Kademlia onA = kad(a, Kademlia.Mode.CLIENT, hanging.addrInfo());
		Search<AddrInfo> search = onA.findProviders(CONTENT, 0);
		CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(() -> {
			try {
				search.next();
				return new AssertionError("the search has ended well");
			}
			catch (IOException | IllegalStateException ex) {
				return ex;
			}
		});
		asked.await();
		onA.close();
		assertThat(failure.get(60, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class)
			.hasMessageContaining("closed");
	}

	@Test
	void unmountedInstanceServesNoMore() throws IOException {
		NettyNode a = node();
		Kademlia onA = kad(a, Kademlia.Mode.SERVER);
		a.unmountRouting(onA);
		eventually("nothing is served", () -> !a.protocols().contains(onA.protocol()));
		assertThatIllegalStateException().isThrownBy(() -> onA.closestPeers(KEY)).withMessageContaining("closed");
	}

	@Test
	void instanceWhosePathIsTakenIsNotMounted() throws IOException {
		NettyNode a = node();
		NettyNode b = node();
		kad(b, Kademlia.Mode.SERVER);
		Kademlia second = Kademlia.builder("/test/kad/1.0.0").mode(Kademlia.Mode.SERVER).build();
		assertThatIllegalStateException().isThrownBy(() -> b.mountRouting(second));
		assertThatIllegalStateException().isThrownBy(() -> second.closestPeers(KEY))
			.withMessageContaining("not mounted");
		a.mountRouting(second);
		this.instances.add(second);
		assertThat(a.protocols()).contains(second.protocol());
	}

	@Test
	void tableIsFilledAsSoonAsTheNodeStarts() throws IOException {
		NettyNode b = node();
		kad(b, Kademlia.Mode.SERVER);
		NettyNode later = NodeBuilder.create().shutdownGrace(Duration.ZERO).build();
		this.nodes.add(later);
		Kademlia onLater = kad(later, Kademlia.Mode.CLIENT, b.addrInfo());
		later.start();
		knows(onLater, b);
		later.stop();
		later.start();
		knows(onLater, b);
	}

}
