package io.p2pboot.libp2p.sample.files;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class SharedFolderTest {

	private static final PeerId ALICE = PeerId.of(PrivateKey.generate().publicKey());

	private static final PeerId BOB = PeerId.of(PrivateKey.generate().publicKey());

	private static final StorageLimits LIMITS = new StorageLimits(100, 150, 200, 4, Duration.ofHours(1));

	@TempDir
	Path parent;

	private Path root;

	private SharedFolder folder;

	@BeforeEach
	void open() throws IOException {
		this.root = this.parent.resolve("files");
		this.folder = folder(Clock.systemUTC());
	}

	private SharedFolder folder(Clock clock) throws IOException {
		return new SharedFolder(this.root, LIMITS, clock);
	}

	@Test
	void aFileAppearsOnlyWhenItIsWhole() throws IOException {
		byte[] content = content(100);
		try (Incoming incoming = receive("a", content, ALICE)) {
			incoming.write(ByteBuffer.wrap(content, 0, 99));
			assertThat(this.folder.list()).isEmpty();
			assertThatExceptionOfType(FileRefused.class).isThrownBy(incoming::finish)
				.withMessageContaining("99 of 100");
			incoming.write(ByteBuffer.wrap(content, 99, 1));
			incoming.finish();
		}
		assertThat(this.folder.list()).containsExactly(new SharedFile("a", 100));
		assertThat(this.root.resolve("a")).hasBinaryContent(content);
		assertThat(this.root.resolve(".unfinished")).isEmptyDirectory();
	}

	@Test
	void anInterruptedFileGoesOnWhereItStopped() throws IOException {
		byte[] content = content(100);
		try (Incoming incoming = receive("a", content, ALICE)) {
			incoming.write(ByteBuffer.wrap(content, 0, 60));
		}
		this.folder = folder(Clock.systemUTC());
		try (Incoming incoming = receive("a", content, ALICE)) {
			assertThat(incoming.received()).isEqualTo(60);
			incoming.write(ByteBuffer.wrap(content, 60, 40));
			incoming.finish();
		}
		assertThat(this.root.resolve("a")).hasBinaryContent(content);
	}

	@Test
	void bytesThatDoNotHaveTheAnnouncedHashAreNotKept() throws IOException {
		try (Incoming incoming = this.folder.receive(FileName.parse("a"), 10, sha256(content(10)), ALICE)) {
			incoming.write(ByteBuffer.allocate(10));
			assertThatExceptionOfType(FileRefused.class).isThrownBy(incoming::finish).withMessageContaining("SHA-256");
		}
		assertThat(this.folder.list()).isEmpty();
		assertThat(this.root.resolve(".unfinished")).isEmptyDirectory();
	}

	@Test
	void moreBytesThanAnnouncedAreRefused() throws IOException {
		try (Incoming incoming = receive("a", content(10), ALICE)) {
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> incoming.write(ByteBuffer.allocate(11)));
		}
	}

	@Test
	void nothingIsOverwritten() throws IOException {
		Files.writeString(this.root.resolve("a"), "mine");
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("a", content(10), ALICE))
			.withMessageContaining("taken");
		try (Incoming first = receive("b", content(10), ALICE)) {
			first.write(ByteBuffer.wrap(content(10)));
			Files.writeString(this.root.resolve("b"), "mine");
			assertThatExceptionOfType(FileRefused.class).isThrownBy(first::finish).withMessageContaining("taken");
		}
		assertThat(this.root.resolve("a")).hasContent("mine");
		assertThat(this.root.resolve("b")).hasContent("mine");
	}

	@Test
	void aFileOfTheUserIsAddedWholeOrNotAtAll() throws IOException {
		assertThat(add("a", 100, 100)).isEqualTo(new SharedFile("a", 100));
		assertThat(this.root.resolve("a")).hasBinaryContent(new byte[100]);
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> add("b", 10, 11))
			.withMessage("More bytes of b came than the 10 announced");
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> add("b", 10, 9))
			.withMessage("Only 9 of 10 bytes of b came");
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> add("a", 1, 1))
			.withMessage("The name a is taken");
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> add("b", 101, 101))
			.withMessageContaining("at most 100 bytes");
		add("b", 100, 100);
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> add("c", 1, 1))
			.withMessageContaining("at most 200 bytes; 200 are stored");
		assertThat(this.root.resolve("a")).hasBinaryContent(new byte[100]);
		assertThat(this.folder.list()).extracting(SharedFile::name).containsExactly("a", "b");
		assertThat(this.root.resolve(".unfinished")).isEmptyDirectory();
	}

	@Test
	void whatIsBeingAddedCountsAndANameThatIsTakenMeanwhileStays() throws IOException {
		assertThatExceptionOfType(FileRefused.class)
			.isThrownBy(() -> this.folder.add(FileName.parse("a"), 100, new ByteArrayInputStream(new byte[100]) {
				@Override
				public synchronized int read(byte[] buffer, int offset, int length) {
					try {
						if (this.pos == 0) {
							Files.writeString(SharedFolderTest.this.root.resolve("a"), "mine");
							assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> add("b", 98, 98))
								.withMessageContaining("are stored");
						}
					}
					catch (IOException ex) {
						throw new UncheckedIOException(ex);
					}
					return super.read(buffer, offset, length);
				}
			}))
			.withMessage("The name a is taken");
		assertThat(this.root.resolve("a")).hasContent("mine");
		assertThat(this.root.resolve(".unfinished")).isEmptyDirectory();
	}

	@Test
	void aFileOfTheUserIsNoPeersEvenWhereAPeersHadTheName() throws IOException {
		store("a", content(100), ALICE);
		Files.delete(this.root.resolve("a"));
		add("a", 100, 100);
		store("b", content(100), ALICE);
		assertThat(this.folder.list()).hasSize(2);
	}

	private SharedFile add(String name, int announced, int sent) throws IOException {
		return this.folder.add(FileName.parse(name), announced, new ByteArrayInputStream(new byte[sent]));
	}

	@Test
	void aFileSystemWithoutLinksTakesFilesToo() throws IOException {
		Path memory = Path.of("/dev/shm");
		assumeTrue(Files.isWritable(memory) && !Files.getFileStore(memory).equals(Files.getFileStore(this.parent)),
				"There is no second file system, which no link can lead to");
		Path other = Files.createTempDirectory(memory, "unfinished");
		try {
			Files.delete(this.root.resolve(".unfinished"));
			Files.createSymbolicLink(this.root.resolve(".unfinished"), other);
			store("a", content(50), ALICE);
			assertThat(this.root.resolve("a")).hasBinaryContent(content(50));
			Files.writeString(this.root.resolve("b"), "mine");
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> store("b", content(10), ALICE));
			assertThat(this.root.resolve("b")).hasContent("mine");
			assertThat(other).isEmptyDirectory();
		}
		finally {
			FileSystemUtils.deleteRecursively(other);
		}
	}

	@Test
	void oneFileIsReceivedOnceAtATime() throws IOException {
		try (Incoming incoming = receive("a", content(10), ALICE)) {
			assertThat(incoming.received()).isZero();
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("a", content(10), ALICE))
				.withMessageContaining("already");
		}
	}

	@Test
	void aFileOfTheLargestSizeIsTakenAndOneByteMoreRefused() throws IOException {
		receive("a", content(100), ALICE).close();
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("b", content(101), BOB))
			.withMessageContaining("100")
			.withMessageContaining("101");
	}

	// A length of 100 GiB costs nothing.
	@Test
	void aHugeLengthReservesNothing() throws IOException {
		assertThatExceptionOfType(FileRefused.class)
			.isThrownBy(() -> this.folder.receive(FileName.parse("a"), 100L << 30, sha256(content(1)), ALICE));
		assertThatExceptionOfType(FileRefused.class)
			.isThrownBy(() -> this.folder.receive(FileName.parse("a"), -1, sha256(content(1)), ALICE));
		assertThat(this.root.resolve(".unfinished")).isEmptyDirectory();
	}

	@Test
	void aPeerMayStoreAsMuchAsItMayAndNotOneByteMore() throws IOException {
		store("a", content(100), ALICE);
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("b", content(51), ALICE))
			.withMessageContaining("150");
		store("b", content(50), ALICE);
		store("c", content(50), BOB);
	}

	@Test
	void theFolderHoldsAsMuchAsItMayAndNotOneByteMore() throws IOException {
		store("a", content(100), ALICE);
		store("b", content(50), BOB);
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("c", content(51), BOB))
			.withMessageContaining("200");
		store("c", content(49), BOB);
	}

	@Test
	void theFolderHoldsSoManyFilesAndNotOneMore() throws IOException {
		for (int number = 0; number < 4; number++) {
			store("f" + number, content(number + 1), ALICE);
		}
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("g", content(9), ALICE))
			.withMessageContaining("4 files");
	}

	@Test
	void whatIsPromisedCountsUntilItIsGivenUp() throws IOException {
		try (Incoming promised = receive("a", content(100), ALICE)) {
			assertThat(promised.size()).isEqualTo(100);
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive("b", content(51), ALICE));
		}
		receive("b", content(51), ALICE).close();
	}

	@Test
	void anUnfinishedFileIsDeletedWhenItIsOld() throws IOException {
		try (Incoming incoming = receive("a", content(100), ALICE)) {
			incoming.write(ByteBuffer.wrap(content(100), 0, 90));
		}
		this.folder = folder(Clock.fixed(Instant.now().plus(Duration.ofHours(2)), ZoneOffset.UTC));
		try (Incoming incoming = receive("a", content(100), ALICE)) {
			assertThat(incoming.received()).isZero();
		}
	}

	@Test
	void neitherLinksNorFoldersNorHiddenFilesAreShared() throws IOException {
		Path secret = Files.writeString(this.parent.resolve("secret"), "secret");
		Files.createSymbolicLink(this.root.resolve("link"), secret);
		Files.createDirectory(this.root.resolve("folder"));
		Files.writeString(this.root.resolve(".hidden"), "hidden");
		assertThat(this.folder.list()).isEmpty();
		for (String name : new String[] { "link", "folder" }) {
			FileName file = FileName.parse(name);
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> this.folder.open(file));
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> this.folder.sha256(file));
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> receive(name, content(5), ALICE));
		}
		assertThat(secret).hasContent("secret");
	}

	@Test
	void readingBeginsWithinTheFile() throws IOException {
		Files.write(this.root.resolve("a"), content(10));
		try (Outgoing file = this.folder.open(FileName.parse("a"))) {
			file.skipTo(10);
			assertThat(file.read(ByteBuffer.allocate(1))).isNegative();
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> file.skipTo(11)).withMessageContaining("11");
			assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> file.skipTo(-1));
		}
	}

	@Test
	void theHashFollowsTheFile() throws IOException {
		Files.write(this.root.resolve("a"), content(10));
		assertThat(this.folder.sha256(FileName.parse("a"))).isEqualTo(sha256(content(10)));
		Files.write(this.root.resolve("a"), content(11));
		assertThat(this.folder.sha256(FileName.parse("a"))).isEqualTo(sha256(content(11)));
	}

	private Incoming receive(String name, byte[] content, PeerId from) throws IOException {
		return this.folder.receive(FileName.parse(name), content.length, sha256(content), from);
	}

	private void store(String name, byte[] content, PeerId from) throws IOException {
		try (Incoming incoming = receive(name, content, from)) {
			incoming.write(ByteBuffer.wrap(content));
			incoming.finish();
		}
	}

	private static byte[] content(int size) {
		byte[] content = new byte[size];
		for (int index = 0; index < size; index++) {
			content[index] = (byte) (index * 7 + size);
		}
		return content;
	}

	private static String sha256(byte[] content) {
		MessageDigest digest = Incoming.sha256();
		return HexFormat.of().formatHex(digest.digest(content));
	}

}
