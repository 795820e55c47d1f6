package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.NoPeers;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Two networks on loopback, and a node in both. */
@Timeout(120)
class DualKademliaTest {

	private static final String WAN = "/wan/kad/1.0.0";

	private static final String LAN = "/lan/kad/1.0.0";

	private static final Multihash CONTENT = Multihash.sha256(Peers.bytes("content"));

	private static final ByteBuffer KEY = Peers.bytes("/n/key");

	private final List<AutoCloseable> open = new ArrayList<>();

	private NettyNode node() throws IOException {
		NettyNode node = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").shutdownGrace(Duration.ZERO).start();
		this.open.add(node);
		return node;
	}

	private Kademlia kad(NettyNode node, String protocol, Kademlia.Mode mode, AddrInfo... bootstrap) {
		Kademlia kad = node.mountRouting(Kademlia.builder(protocol)
			.mode(mode)
			.validator("n", new NumberedValidator())
			.bootstrap(List.of(bootstrap))
			.build());
		this.open.add(0, kad);
		return kad;
	}

	private Kademlia client(NettyNode node, String protocol, AddrInfo bootstrap) throws IOException {
		Kademlia kad = kad(node, protocol, Kademlia.Mode.CLIENT, bootstrap);
		while (kad.routingTable().isEmpty()) {
			LockSupport.parkNanos(1_000_000);
		}
		return kad;
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable each : this.open) {
			each.close();
		}
	}

	private static List<PeerId> all(Search<AddrInfo> search) throws IOException {
		List<PeerId> found = new ArrayList<>();
		try (search) {
			for (Optional<AddrInfo> next = search.next(); next.isPresent(); next = search.next()) {
				found.add(next.get().id());
			}
		}
		return found;
	}

	@Test
	void providersOfBothNetworksAreFoundAndEachOnce() throws IOException {
		NettyNode far = node();
		NettyNode near = node();
		kad(far, WAN, Kademlia.Mode.SERVER);
		kad(near, LAN, Kademlia.Mode.SERVER);
		NettyNode inBoth = node();
		DualKademlia both = DualKademlia.of(client(inBoth, WAN, far.addrInfo()), client(inBoth, LAN, near.addrInfo()));
		NettyNode farProvider = node();
		NettyNode nearProvider = node();
		client(farProvider, WAN, far.addrInfo()).provide(CONTENT);
		client(nearProvider, LAN, near.addrInfo()).provide(CONTENT);
		client(farProvider, LAN, near.addrInfo()).provide(CONTENT);
		assertThat(all(both.findProviders(CONTENT, 0))).containsExactlyInAnyOrder(farProvider.peerId(),
				nearProvider.peerId());
		assertThat(all(both.findProviders(CONTENT, 1))).hasSize(1);
	}

	@Test
	void whatIsStoredGoesToTheInternetsAndWhereThatHasNobodyToTheLocalOne() throws IOException {
		NettyNode far = node();
		NettyNode near = node();
		Kademlia onFar = kad(far, WAN, Kademlia.Mode.SERVER);
		Kademlia onNear = kad(near, LAN, Kademlia.Mode.SERVER);
		NettyNode inBoth = node();
		DualKademlia both = DualKademlia.of(client(inBoth, WAN, far.addrInfo()), client(inBoth, LAN, near.addrInfo()));
		both.provide(CONTENT);
		both.putValue(KEY, NumberedValidator.value(2));
		assertThat(onFar.stats()).extracting(KadStats::providers, KadStats::records).containsExactly(1, 1);
		assertThat(onNear.stats()).extracting(KadStats::providers, KadStats::records).containsExactly(0, 0);
		NettyNode athome = node();
		DualKademlia alone = DualKademlia.of(kad(athome, WAN, Kademlia.Mode.CLIENT),
				client(athome, LAN, near.addrInfo()));
		alone.provide(CONTENT);
		alone.putValue(KEY, NumberedValidator.value(3));
		assertThat(onNear.stats()).extracting(KadStats::providers, KadStats::records).containsExactly(1, 1);
		assertThat(alone.getValue(KEY, 0)).contains(NumberedValidator.value(3));
		assertThat(both.getValue(KEY, 0)).as("the internet's comes first").contains(NumberedValidator.value(2));
		try (Search<ByteBuffer> search = both.searchValue(KEY, 0)) {
			ByteBuffer best = null;
			for (Optional<ByteBuffer> next = search.next(); next.isPresent(); next = search.next()) {
				best = next.get();
			}
			assertThat(best).as("a search brings the better one").isEqualTo(NumberedValidator.value(3));
		}
	}

	@Test
	void thatOneNetworkHasNobodyIsNoFailureWhereTheOtherAnswers() throws IOException {
		NettyNode far = node();
		NettyNode near = node();
		kad(far, WAN, Kademlia.Mode.SERVER);
		kad(near, LAN, Kademlia.Mode.SERVER);
		NettyNode farOnly = node();
		DualKademlia internet = DualKademlia.of(client(farOnly, WAN, far.addrInfo()),
				kad(farOnly, LAN, Kademlia.Mode.CLIENT));
		assertThat(internet.getValue(KEY, 0)).isEmpty();
		NettyNode nearOnly = node();
		DualKademlia home = DualKademlia.of(kad(nearOnly, WAN, Kademlia.Mode.CLIENT),
				client(nearOnly, LAN, near.addrInfo()));
		assertThat(home.getValue(KEY, 0)).isEmpty();
	}

	@Test
	void whereBothHaveNobodyThatIsSaidAtOnce() throws IOException {
		NettyNode alone = node();
		Kademlia wan = kad(alone, WAN, Kademlia.Mode.CLIENT);
		DualKademlia both = DualKademlia.of(wan, kad(alone, LAN, Kademlia.Mode.CLIENT));
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> both.provide(CONTENT));
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> both.getValue(KEY, 0));
		Multihash other = Multihash.sha256(KEY.duplicate());
		assertThatExceptionOfType(NoPeers.class).isThrownBy(() -> all(both.findProviders(other, 0)));
		assertThatIllegalArgumentException().isThrownBy(() -> DualKademlia.of(wan, wan));
		assertThatIllegalArgumentException().isThrownBy(() -> both.findProviders(CONTENT, -1));
	}

	private static final class Nowhere implements SearchSink.Source {

		@Override
		public void resume() {
			// Nothing comes from here.
		}

		@Override
		public void cancel() {
			// Nothing comes from here.
		}

	}

	@Test
	void searchDoesNotBeginInTheOtherNetworkOnceEnoughIsFound() throws IOException {
		NettyNode node = node();
		Kademlia wan = kad(node, WAN, Kademlia.Mode.CLIENT);
		Kademlia lan = kad(node, LAN, Kademlia.Mode.CLIENT);
		BlockingSearch<String> out = wan.blockingSearch();
		DualSearch<String> search = new DualSearch<>(out, (any) -> true, 1);
		DualSearch<String>.Side far = search.side(wan);
		DualSearch<String>.Side near = search.side(lan);
		List<String> begun = new ArrayList<>();
		far.begin(new Nowhere(), () -> begun.add("far " + far.result("one")));
		near.begin(new Nowhere(), () -> begun.add("near " + near.result("two")));
		assertThat(begun).containsExactly("far false");
		assertThat(out.next()).contains("one");
		assertThat(out.next()).isEmpty();
	}

	@Test
	void instancesOfOneNodeKeepTheirTablesAndStoresApart() throws IOException {
		NettyNode server = node();
		Kademlia one = kad(server, WAN, Kademlia.Mode.SERVER);
		Kademlia two = kad(server, LAN, Kademlia.Mode.SERVER);
		Kademlia client = client(node(), WAN, server.addrInfo());
		client.provide(CONTENT);
		client.putValue(KEY, NumberedValidator.value(1));
		assertThat(one.stats()).extracting(KadStats::providers, KadStats::records).containsExactly(1, 1);
		assertThat(two.stats())
			.extracting(KadStats::providers, KadStats::records, KadStats::inboundRequests, KadStats::tableSize)
			.containsExactly(0, 0, 0L, 0);
	}

}
