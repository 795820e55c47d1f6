package io.p2pboot.libp2p.peerstore;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Fakes;
import io.p2pboot.libp2p.Node;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.PublicKey;
import io.p2pboot.libp2p.journal.Journal;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.node.NodeBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static io.p2pboot.libp2p.peerstore.PeerStoreProcess.address;
import static io.p2pboot.libp2p.peerstore.PeerStoreProcess.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(300)
class FilePeerStoreTest {

	private static final Duration HOUR = Duration.ofHours(1);

	/** What is written, and when, is up to the test. */
	private static final Duration UNASKED_NEVER = Duration.ofDays(1);

	private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

	@TempDir
	private Path folder;

	private final AtomicReference<Instant> now = new AtomicReference<>(BEGIN);

	private final long[] nanos = { 0 };

	private Path file() {
		return this.folder.resolve("deep/down/peers");
	}

	private FilePeerStore open() throws IOException {
		return open(file());
	}

	private FilePeerStore open(Path file) throws IOException {
		return FilePeerStore.open(file, Clock.fixed(this.now.get(), ZoneOffset.UTC), () -> this.nanos[0], 1 << 20,
				UNASKED_NEVER);
	}

	@Test
	void everythingThatIsKnownComesBack() throws IOException {
		PrivateKey key = PrivateKey.generate(KeyType.ECDSA);
		PeerId signer = PeerId.of(key.publicKey());
		PeerRecord record = new PeerRecord(signer, -1, List.of(address(7), address(8)));
		ByteBuffer envelope = record.seal(key).encoded();
		try (FilePeerStore store = open()) {
			store.addRecord(record, envelope.duplicate(), HOUR);
			store.addAddresses(signer, List.of(address(9)), HOUR);
			store.publicKey(signer, key.publicKey());
			store.protocols(signer, Set.of(ProtocolPath.of("/a/1"), ProtocolPath.of("/b/2")));
			store.metadata(signer, "agentVersion", "agent ü");
			store.addAddresses(peer(1), List.of(address(1)), HOUR.multipliedBy(2));
		}
		try (FilePeerStore store = open()) {
			assertThat(store.peers()).containsExactlyInAnyOrder(signer, peer(1));
			assertThat(store.addresses(signer)).containsExactly(address(7), address(8), address(9));
			assertThat(store.record(signer)).hasValue(record);
			assertThat(store.envelope(signer)).hasValue(envelope);
			assertThat(store.addRecord(new PeerRecord(signer, -2, List.of(address(6))), HOUR)).as("an older one")
				.isFalse();
			PublicKey kept = store.publicKey(signer).orElseThrow();
			assertThat(kept).isEqualTo(key.publicKey());
			assertThat(store.protocols(signer)).containsExactlyInAnyOrder(ProtocolPath.of("/a/1"),
					ProtocolPath.of("/b/2"));
			assertThat(store.metadata(signer, "agentVersion")).hasValue("agent ü");
			assertThat(store.recentlyConnected(10)).isEmpty();
		}
	}

	@Test
	void eachAddressExpiresAtItsTimeThoughTheProcessWasDown() throws IOException {
		try (FilePeerStore store = open()) {
			store.addAddresses(peer(1), List.of(address(1)), HOUR);
			store.addAddresses(peer(1), List.of(address(2)), HOUR.multipliedBy(3));
			store.addAddresses(peer(2), List.of(address(3)), HOUR);
		}
		this.now.set(BEGIN.plus(HOUR.multipliedBy(2)));
		try (FilePeerStore store = open()) {
			assertThat(store.addresses(peer(1))).containsExactly(address(2));
			assertThat(store.peers()).containsExactly(peer(1));
		}
	}

	@Test
	void peersThatWereConnectedAreWorthAnotherTryForAWeek() throws IOException {
		try (FilePeerStore store = open()) {
			for (int i = 1; i <= 3; i++) {
				store.addAddresses(peer(i), List.of(address(i)), HOUR);
			}
			store.connected(connection(peer(2)));
			store.disconnected(connection(peer(2)));
		}
		this.now.set(BEGIN.plus(Duration.ofMinutes(1)));
		try (FilePeerStore store = open()) {
			store.connected(connection(peer(1)));
			assertThat(store.recentlyConnected(2)).containsExactly(peer(1), peer(2));
			assertThat(store.recentlyConnected(1)).containsExactly(peer(1));
		}
		Path copy = Files.copy(file(), this.folder.resolve("copy"));
		this.now.set(BEGIN.plus(PeerEntryCodec.REMEMBERED));
		try (FilePeerStore store = open()) {
			assertThat(store.recentlyConnected(10)).containsExactly(peer(1), peer(2));
			assertThat(store.addresses(peer(2))).containsExactly(address(2));
			assertThat(store.addresses(peer(3))).isEmpty();
		}
		this.now.set(BEGIN.plus(PeerEntryCodec.REMEMBERED).plusMillis(1));
		try (FilePeerStore store = open(copy)) {
			assertThat(store.recentlyConnected(10)).containsExactly(peer(1));
		}
	}

	@Test
	void aForgottenPeerStaysForgotten() throws IOException {
		try (FilePeerStore store = open()) {
			store.addAddresses(peer(1), List.of(address(1)), HOUR);
			store.write();
			store.remove(peer(1));
			store.write();
			byte[] content = Files.readAllBytes(file());
			Files.write(this.folder.resolve("copy"), content);
		}
		try (FilePeerStore store = open(this.folder.resolve("copy"))) {
			assertThat(store.peers()).isEmpty();
		}
	}

	@Test
	void whatLivesForMinutesIsNotWritten() throws IOException {
		try (FilePeerStore store = open()) {
			long before = Files.size(file());
			store.addAddresses(peer(1), List.of(address(1)), PeerEntryCodec.SHORT_LIVED);
			store.write();
			assertThat(Files.size(file())).isEqualTo(before);
			store.addAddresses(peer(1), List.of(address(1)), PeerEntryCodec.SHORT_LIVED.plusMillis(1));
			store.write();
			assertThat(Files.size(file())).isGreaterThan(before);
		}
	}

	@Test
	void aChangeIsWrittenWithoutBeingAsked() throws IOException {
		try (FilePeerStore store = FilePeerStore.open(file(), Clock.systemUTC())) {
			long before = Files.size(file());
			store.addAddresses(peer(1), List.of(address(1)), HOUR);
			while (Files.size(file()) == before) {
				LockSupport.parkNanos(1_000_000);
			}
		}
	}

	@Test
	void aFileThatIsCutAnywhereLosesWhatIsCutAndNothingElse() throws IOException {
		byte[] whole = written(5);
		Path cut = this.folder.resolve("cut");
		int most = 0;
		for (int length = 0; length < whole.length; length++) {
			Files.write(cut, Arrays.copyOf(whole, length));
			try (FilePeerStore store = open(cut)) {
				int kept = store.peers().size();
				assertThat(kept).as("of %s bytes", length).isBetween(most, most + 1);
				assertThat(store.peers()).isEqualTo(peers(kept));
				most = kept;
				store.addAddresses(peer(9), List.of(address(9)), HOUR);
			}
			try (FilePeerStore store = open(cut)) {
				assertThat(store.peers()).hasSize(most + 1).contains(peer(9));
			}
		}
		assertThat(most).isEqualTo(4);
	}

	@Test
	void aDamagedByteCostsOnePeerAtMost() throws IOException {
		byte[] whole = written(5);
		Path damaged = this.folder.resolve("damaged");
		for (int index = 0; index < whole.length; index++) {
			byte[] content = whole.clone();
			content[index] ^= (byte) 0x5a;
			Files.write(damaged, content);
			try (FilePeerStore store = open(damaged)) {
				assertThat(store.peers()).as("byte %s", index)
					.hasSizeGreaterThanOrEqualTo((index < Journal.HEADER_BYTES) ? 5 : 4)
					.isSubsetOf(peers(5));
			}
		}
	}

	@Test
	void whatAPeerTellsOfItselfPassesForNoFrame() throws IOException {
		byte[] other = written(1);
		String frame = new String(other, Journal.HEADER_BYTES, other.length - Journal.HEADER_BYTES,
				StandardCharsets.ISO_8859_1);
		assertThat(frame.chars()).as("as the text of an envelope it would be whole").hasSizeLessThan(512);
		Path attacked = this.folder.resolve("attacked");
		try (FilePeerStore store = open(attacked)) {
			store.addRecord(new PeerRecord(peer(7), 1, List.of(address(7))),
					ByteBuffer.wrap(frame.getBytes(StandardCharsets.ISO_8859_1)), HOUR);
		}
		byte[] content = Files.readAllBytes(attacked);
		content[Journal.HEADER_BYTES] ^= 1;
		Files.write(attacked, content);
		try (FilePeerStore store = open(attacked)) {
			assertThat(store.peers()).isEmpty();
		}
	}

	private byte[] written(int peers) throws IOException {
		Path source = this.folder.resolve("source");
		try (FilePeerStore store = open(source)) {
			for (int i = 0; i < peers; i++) {
				store.addAddresses(peer(i), List.of(address(i)), HOUR);
				store.write();
			}
		}
		return Files.readAllBytes(source);
	}

	private static Set<PeerId> peers(int count) {
		return Set.copyOf(IntStream.range(0, count).mapToObj(PeerStoreProcess::peer).toList());
	}

	@Test
	void aProcessThatIsKilledLosesNothingThatWasWritten() throws Exception {
		int next = 0;
		for (int round = 0; round < 2; round++) {
			next = killAfter(next, 500 + 1_500 * round) + 1;
			try (FilePeerStore store = FilePeerStore.open(file(), Clock.systemUTC())) {
				for (int i = 0; i < next; i++) {
					assertThat(store.addresses(peer(i))).as("peer %s", i).containsExactly(address(i));
				}
			}
		}
		assertThat(this.folder.resolve("deep/down")).isDirectoryNotContaining("glob:**.new");
	}

	/** Returns the last peer that the process said was written. */
	private int killAfter(int first, int peers) throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), PeerStoreProcess.class.getName(), file().toString(),
				String.valueOf(first))
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		int last = -1;
		try (BufferedReader lines = process.inputReader()) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				if (line.chars().allMatch(Character::isDigit)) {
					last = Integer.parseInt(line);
				}
				if (last >= first + peers) {
					// The process itself would close what it has still to tell.
					process.toHandle().destroyForcibly();
				}
			}
		}
		assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
		assertThat(last).isGreaterThanOrEqualTo(first + peers);
		return last;
	}

	@Test
	void theFileIsBoundedAndKeepsWhoWasConnectedLast() throws IOException {
		try (FilePeerStore store = open()) {
			store.addAddresses(peer(0), List.of(address(0)), HOUR);
			store.connected(connection(peer(0)));
			for (int i = 1; i <= 6_000; i++) {
				store.addAddresses(peer(i), List.of(address(i)), HOUR);
				store.metadata(peer(i), "agentVersion", "x".repeat(512));
				if (i % 500 == 0) {
					this.nanos[0] += PeerStoreWriter.REPLACE_INTERVAL.toNanos();
					store.write();
					assertThat(Files.size(file())).isLessThan(2 << 20);
				}
			}
			this.nanos[0] += PeerStoreWriter.REPLACE_INTERVAL.toNanos();
			store.write();
			assertThat(Files.size(file())).isBetween(1L << 18, 1L << 20);
		}
		try (FilePeerStore store = open()) {
			assertThat(store.peers()).contains(peer(0), peer(6_000)).doesNotContain(peer(1)).hasSizeLessThan(2_000);
		}
	}

	@Test
	void oneWriteAppendsSoMuchAndTheRestFollows() throws IOException {
		try (FilePeerStore store = FilePeerStore.open(file(), Clock.fixed(BEGIN, ZoneOffset.UTC), () -> 0, 64 << 20,
				UNASKED_NEVER)) {
			String text = "x".repeat(512);
			for (int i = 0; i < 2_000; i++) {
				for (int name = 0; name < 16; name++) {
					store.metadata(peer(i), "name" + name, text);
				}
				store.addAddresses(peer(i), List.of(address(i)), HOUR);
			}
			store.write();
			assertThat(Files.size(file())).isGreaterThan(PeerStoreWriter.MAX_BATCH_BYTES)
				.isLessThan(PeerStoreWriter.MAX_BATCH_BYTES + (1 << 20));
			store.write();
			store.write();
			assertThat(Files.size(file())).isGreaterThan(2_000 * 8_192);
		}
	}

	@Test
	void aFullDiskCostsNothingButWhatItCannotHold() throws IOException {
		Configuration small = Configuration.unix().toBuilder().setMaxSize(1 << 19).setBlockSize(4096).build();
		try (FileSystem disk = Jimfs.newFileSystem(small)) {
			Path file = disk.getPath("peers").toAbsolutePath();
			FilePeerStore store = open(file);
			store.addAddresses(peer(1), List.of(address(1)), HOUR);
			store.write();
			Path ballast = disk.getPath("ballast").toAbsolutePath();
			fill(ballast);
			for (int i = 2; i < 500; i++) {
				store.addAddresses(peer(i), List.of(address(i)), HOUR);
			}
			store.write();
			assertThat(store.addresses(peer(499))).containsExactly(address(499));
			Files.delete(ballast);
			store.write();
			store.close();
			try (FilePeerStore again = open(file)) {
				assertThat(again.peers()).hasSize(499);
			}
		}
	}

	private static void fill(Path file) throws IOException {
		Files.createFile(file);
		try {
			while (true) {
				Files.write(file, new byte[4096], StandardOpenOption.APPEND);
			}
		}
		catch (IOException ex) {
			assertThat(ex).hasMessageContaining("space");
		}
	}

	@Test
	void whatIsNoPeerStoreIsNamedAndLeftAlone() throws IOException {
		Path key = this.folder.resolve("peer.key");
		Files.writeString(key, "something that is dear to somebody");
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> open(key))
			.withMessageContaining("peer.key")
			.withMessageContaining("something else than peers");
		assertThat(key).hasContent("something that is dear to somebody");
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> open(this.folder))
			.withMessageContaining("is a directory");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> open(key.resolve("peers")));
	}

	@Test
	void twoNodesDoNotShareAFile() throws IOException {
		FilePeerStore first = open();
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(this::open)
			.withMessageContaining("another node uses it");
		first.close();
		first.close();
		open().close();
	}

	@Test
	@EnabledOnOs({ OS.LINUX, OS.MAC })
	void onlyTheOwnerReadsIt() throws IOException {
		open().close();
		assertThat(Files.getPosixFilePermissions(file())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
	}

	@Test
	void aNodeFindsAPeerOfItsLastLifeByIdAlone() throws IOException {
		try (Node other = NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").start()) {
			try (Node node = NodeBuilder.create().peerStore(FilePeerStore.open(file(), Clock.systemUTC())).start()) {
				node.connect(other.addrInfo());
				while (node.peerStore().addresses(other.peerId()).isEmpty()) {
					LockSupport.parkNanos(1_000_000);
				}
			}
			try (Node node = NodeBuilder.create().peerStore(FilePeerStore.open(file(), Clock.systemUTC())).start()) {
				assertThat(node.peerStore().recentlyConnected(5)).containsExactly(other.peerId());
				node.connect(new AddrInfo(other.peerId(), List.<Multiaddr>of()));
				assertThat(node.connection(other.peerId())).isPresent();
			}
		}
	}

	private static Connection connection(PeerId peer) {
		return Fakes.of(Connection.class, Map.of("remotePeer", (arguments) -> peer));
	}

}
