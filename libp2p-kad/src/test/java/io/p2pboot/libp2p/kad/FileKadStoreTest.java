package io.p2pboot.libp2p.kad;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Search;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.Multihash;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Instances with a file, in processes that end in every way. Case K33. */
@Timeout(180)
class FileKadStoreTest {

	private static final Multihash CONTENT = Multihash.sha256(Peers.bytes("content"));

	private static final ByteBuffer KEY = Peers.bytes("/n/key");

	@TempDir
	private Path folder;

	private final List<NettyNode> nodes = new ArrayList<>();

	private Path file() {
		return this.folder.resolve("data/kad.db");
	}

	private NettyNode node(PrivateKey key) throws IOException {
		NettyNode node = NodeBuilder.create()
			.identity(key)
			.listen("/ip4/127.0.0.1/tcp/0")
			.shutdownGrace(Duration.ZERO)
			.start();
		this.nodes.add(node);
		return node;
	}

	private static KademliaBuilder builder() {
		return Kademlia.builder("/test/kad/1.0.0").validator("n", new NumberedValidator());
	}

	@AfterEach
	void close() {
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

	private static Multihash hash(int number) {
		return Multihash.sha256(ByteBuffer.allocate(4).putInt(0, number));
	}

	private static int providedKeys(Path file) throws IOException {
		try (NettyNode node = NodeBuilder.create().shutdownGrace(Duration.ZERO).start();
				Kademlia kad = node.mountRouting(builder().store(FileKadStore.open(file)).build())) {
			return kad.stats().providedKeys();
		}
	}

	@Test
	void afterARestartAnInstanceGoesOnWithNobodyNamed() throws IOException {
		PrivateKey key = PrivateKey.generate();
		NettyNode other = node(PrivateKey.generate());
		try (Kademlia onOther = other.mountRouting(builder().build())) {
			NettyNode first = node(key);
			Kademlia before = first
				.mountRouting(builder().bootstrap(List.of(other.addrInfo())).store(FileKadStore.open(file())).build());
			eventually("both know each other", () -> before.routingTable().contains(other.peerId())
					&& onOther.routingTable().contains(first.peerId()));
			assertThat(onOther.provide(CONTENT).peers()).isOne();
			assertThat(onOther.putValue(KEY, NumberedValidator.value(5))).isOne();
			before.startProviding(hash(1));
			eventually("it is announced", () -> before.stats().provides() == 1);
			before.close();
			first.close();

			NettyNode second = node(key);
			try (Kademlia after = second.mountRouting(builder().store(FileKadStore.open(file())).build())) {
				eventually("who was in the table is again", () -> after.routingTable().contains(other.peerId()));
				KadStats stats = after.stats();
				assertThat(stats.records()).isOne();
				assertThat(stats.providers()).as("of the other, and its own").isEqualTo(2);
				assertThat(stats.providedKeys()).isOne();
				assertThat(stats.reprovideLag()).isZero();
				NettyNode third = node(PrivateKey.generate());
				try (Kademlia asking = third
					.mountRouting(builder().bootstrap(List.of(second.addrInfo())).mode(Kademlia.Mode.CLIENT).build());
						Search<AddrInfo> search = asking.findProviders(CONTENT, 1)) {
					assertThat(search.next().map(AddrInfo::id)).contains(other.peerId());
					assertThat(asking.getValue(KEY, 1)).contains(NumberedValidator.value(5));
				}
			}
		}
	}

	/** A copy is what a process leaves that is killed at that moment. */
	@Test
	void copyThatIsTakenAtAnyMomentIsWholeUpToTheLastSeconds() throws IOException {
		NettyNode node = node(PrivateKey.generate());
		Path copy = this.folder.resolve("copy/kad.db");
		Files.createDirectories(copy.getParent());
		try (Kademlia kad = node.mountRouting(builder().store(FileKadStore.open(file())).build())) {
			int added = 0;
			int held = 0;
			while (held < 3000) {
				List<Multihash> more = IntStream.range(added, added + 100).mapToObj(FileKadStoreTest::hash).toList();
				added += more.size();
				kad.startProviding(more);
				LockSupport.parkNanos(20_000_000);
				if (Files.exists(file())) {
					Files.copy(file(), copy, StandardCopyOption.REPLACE_EXISTING);
					int now = providedKeys(copy);
					assertThat(now).isBetween(held, added);
					held = now;
				}
			}
			assertThat(added).isLessThan(100_000);
		}
		Files.copy(file(), copy, StandardCopyOption.REPLACE_EXISTING);
		assertThat(providedKeys(copy)).isEqualTo(providedKeys(file())).isGreaterThanOrEqualTo(3000);
	}

	@Test
	void whatIsDamagedCostsWhatIsDamaged() throws IOException {
		try (NettyNode node = node(PrivateKey.generate());
				Kademlia kad = node.mountRouting(builder().store(FileKadStore.open(file())).build())) {
			kad.startProviding(IntStream.range(0, 100).mapToObj(FileKadStoreTest::hash).toList());
			assertThat(kad.stats().providedKeys()).isEqualTo(100);
		}
		assertThat(providedKeys(file())).as("each once from now on").isEqualTo(100);
		byte[] content = Files.readAllBytes(file());
		content[content.length / 2] ^= 1;
		Files.write(file(), content);
		assertThat(providedKeys(file())).isEqualTo(99);
		Files.write(file(), Arrays.copyOf(content, content.length - 3));
		assertThat(providedKeys(file())).isBetween(98, 99);
	}

	@Test
	void fullDiskIsNoReasonToStopAndIsWrittenOnceThereIsRoom() throws IOException {
		Configuration small = Configuration.unix().toBuilder().setMaxSize(1 << 20).setBlockSize(1 << 12).build();
		try (FileSystem disk = Jimfs.newFileSystem(small)) {
			Path path = disk.getPath("/data/kad.db");
			Path ballast = disk.getPath("/ballast");
			try (NettyNode node = node(PrivateKey.generate());
					Kademlia kad = node.mountRouting(builder().store(FileKadStore.open(path)).build())) {
				kad.startProviding(hash(0));
				eventually("the first is written", () -> Files.exists(path) && Files.size(path) > 60);
				Files.write(ballast, new byte[960 << 10]);
				kad.startProviding(IntStream.range(0, 20_000).mapToObj(FileKadStoreTest::hash).toList());
				long before = Files.size(path);
				assertThat(kad.stats().providedKeys()).isEqualTo(20_000);
				kad.stopProviding(hash(1));
				assertThat(kad.stats().providedKeys()).isEqualTo(19_999);
				assertThat(Files.size(path)).isLessThan(before + (100 << 10));
				kad.stopProviding(hash(2));
			}
			Files.delete(ballast);
			assertThat(providedKeys(path)).as("what was there before is").isBetween(1, 19_999);
		}
	}

	@Test
	void valuesBeyondItsLengthAreInMemoryAlone() throws Exception {
		NettyNode other = node(PrivateKey.generate());
		try (NettyNode node = node(PrivateKey.generate());
				Kademlia onOther = other.mountRouting(builder().build());
				Kademlia kad = node.mountRouting(builder().bootstrap(List.of(other.addrInfo()))
					.store(FileKadStore.open(file(), FileKadStore.LEAST_MAX_BYTES))
					.build())) {
			eventually("somebody is there", () -> !kad.routingTable().isEmpty());
			assertThat(onOther.isServer()).isTrue();
			kad.startProviding(CONTENT);
			ByteBuffer large = ByteBuffer.allocate(47 << 10).putLong(0, 1);
			for (int number = 0; number < 150; number++) {
				kad.putValue(Peers.bytes("/n/" + number), large);
			}
			assertThat(kad.stats().records()).isEqualTo(150);
			eventually("it is written", () -> Files.exists(file()) && Files.size(file()) > 1 << 20);
			assertThat(Files.size(file())).isLessThanOrEqualTo(FileKadStore.LEAST_MAX_BYTES);
		}
		assertThat(Files.size(file())).isLessThanOrEqualTo(FileKadStore.LEAST_MAX_BYTES);
		assertThat(providedKeys(file())).isOne();
	}

	@Test
	void storeHasOneInstanceAndOneProcess() throws IOException {
		FileKadStore store = FileKadStore.open(file());
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> FileKadStore.open(file()))
			.withMessageContaining("another node uses it");
		NettyNode node = node(PrivateKey.generate());
		try (Kademlia kad = node.mountRouting(builder().store(store).build())) {
			assertThat(kad.stats().providedKeys()).isZero();
			Kademlia second = Kademlia.builder("/other/kad/1.0.0").store(store).build();
			assertThatIllegalStateException().isThrownBy(() -> node.mountRouting(second))
				.withMessageContaining("belongs to another instance");
		}
		Kademlia late = Kademlia.builder("/other/kad/1.0.0").store(store).build();
		assertThatIllegalStateException().isThrownBy(() -> node.mountRouting(late)).withMessageContaining("closed");
		FileKadStore unused = FileKadStore.open(file());
		unused.close();
		unused.close();
		FileKadStore.open(file()).close();
	}

	@Test
	void fileOfAnotherKindAndOneThatIsTooShortAreRefused() throws IOException {
		Path other = this.folder.resolve("other");
		Files.writeString(other, "a file of another kind, and longer than a header");
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> FileKadStore.open(other))
			.withMessageContaining("something else than the state of Kademlia");
		assertThat(other).hasContent("a file of another kind, and longer than a header");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> FileKadStore.open(file(), FileKadStore.LEAST_MAX_BYTES - 1))
			.withMessageContaining("4194304");
	}

	@Test
	void instanceThatWasClosedLeavesItsFileToTheNext() throws IOException {
		for (int start = 0; start < 3; start++) {
			NettyNode node = node(PrivateKey.generate());
			Kademlia kad = node.mountRouting(builder().store(FileKadStore.open(file())).build());
			kad.startProviding(hash(start));
			node.unmountRouting(kad);
		}
		assertThat(providedKeys(file())).isEqualTo(3);
		assertThat(file().resolveSibling("kad.db.new")).doesNotExist();
	}

}
