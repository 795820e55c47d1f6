package io.p2pboot.libp2p.ipfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.OlderRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.ValueStore;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.kad.Kademlia;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Over nodes on loopback. */
@Timeout(120)
class IpnsPublisherTest {

	private final List<AutoCloseable> open = new ArrayList<>();

	private NettyNode node() throws IOException {
		NettyNode node = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").shutdownGrace(Duration.ZERO).start();
		this.open.add(node);
		return node;
	}

	private Kademlia kad(NettyNode node, Kademlia.Mode mode, AddrInfo... bootstrap) {
		Kademlia kad = node.mountRouting(Kademlia.builder("/test/kad/1.0.0")
			.mode(mode)
			.validator(IpnsValidator.NAMESPACE, new IpnsValidator())
			.bootstrap(List.of(bootstrap))
			.build());
		this.open.add(0, kad);
		return kad;
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable each : this.open) {
			each.close();
		}
	}

	@Test
	void nameStandsForWhatWasPublishedLast() throws IOException {
		NettyNode server = node();
		kad(server, Kademlia.Mode.SERVER);
		Kademlia one = kad(node(), Kademlia.Mode.CLIENT, server.addrInfo());
		Kademlia two = kad(node(), Kademlia.Mode.CLIENT, server.addrInfo());
		while (one.routingTable().isEmpty() || two.routingTable().isEmpty()) {
			LockSupport.parkNanos(1_000_000);
		}
		PrivateKey key = PrivateKey.generate();
		IpnsPublisher publisher = new IpnsPublisher(one, key);
		assertThat(publisher.republish()).isEmpty();
		assertThat(IpnsPublisher.resolve(two, publisher.name())).isEmpty();
		assertThat(publisher.publish("/ipfs/bafkqaaa").sequence()).isZero();
		assertThat(publisher.publish("/ipfs/bafkqaaa").sequence()).isZero();
		assertThat(publisher.publish("/ipfs/bafkqabb").sequence()).isOne();
		assertThat(IpnsPublisher.resolve(two, publisher.name()).orElseThrow().path()).isEqualTo("/ipfs/bafkqabb");
		IpnsPublisher elsewhere = new IpnsPublisher(two, key);
		assertThat(elsewhere.publish("/ipfs/bafkqacc").sequence()).as("it follows what the network has").isEqualTo(2);
		assertThat(publisher.republish().orElseThrow().path()).isEqualTo("/ipfs/bafkqacc");
		assertThat(publisher.name().peer()).isEqualTo(PeerId.of(key.publicKey()));
	}

	/** One store for all; it takes nothing that is worse than what it has. */
	private static final class Store implements ValueStore {

		private final IpnsValidator validator;

		private @Nullable ByteBuffer held;

		private Store(Clock clock) {
			this.validator = new IpnsValidator(clock);
		}

		@Override
		public int putValue(ByteBuffer key, ByteBuffer value) throws IOException {
			this.validator.validate(key, value);
			if (this.held != null && this.validator.select(key, List.of(this.held, value)) == 0) {
				throw new OlderRecord("A better value is known");
			}
			this.held = value;
			return 1;
		}

		@Override
		public Optional<ByteBuffer> getValue(ByteBuffer key, int quorum) {
			return Optional.ofNullable(this.held);
		}

		@Override
		public Search<ByteBuffer> searchValue(ByteBuffer key, int quorum) {
			throw new UnsupportedOperationException();
		}

	}

	@Test
	void recordOfAClockThatWasAheadIsReplaced() throws IOException {
		Instant now = Instant.parse("2026-11-30T12:00:00Z");
		Store store = new Store(Clock.fixed(now, ZoneOffset.UTC));
		PrivateKey key = PrivateKey.generate();
		Clock ahead = Clock.fixed(now.plus(Duration.ofDays(1)), ZoneOffset.UTC);
		new IpnsPublisher(store, key, ahead).publish("/ipfs/bafkqaaa");
		IpnsPublisher publisher = new IpnsPublisher(store, key, Clock.fixed(now, ZoneOffset.UTC));
		IpnsRecord again = publisher.republish().orElseThrow();
		assertThat(again.validUntil()).isEqualTo(now.plus(IpnsPublisher.LIFETIME));
		assertThat(again.sequence()).isOne();
		assertThat(again.path()).isEqualTo("/ipfs/bafkqaaa");
	}

	@Test
	void presetOfThePublicNetworkDialsNobodyAndIsNotToBeChanged() throws IOException {
		assertThat(Amino.bootstrapPeers()).hasSize(5)
			.allSatisfy((peer) -> assertThat(peer.addresses().get(0).toString()).startsWith("/dnsaddr/"));
		assertThat(Amino.kademlia().build().protocol().value()).isEqualTo("/ipfs/kad/1.0.0");
		assertThatIllegalStateException().isThrownBy(() -> Amino.kademlia().bucketSize(10).build());
		assertThatIllegalStateException()
			.isThrownBy(() -> Amino.kademlia().validator("own", new IpnsValidator()).build())
			.withMessageContaining("own");
	}

}
