package io.p2pboot.libp2p.crypto;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.p2pboot.libp2p.PeerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

@DisabledOnOs(OS.WINDOWS)
class KeyFileTest {

	@TempDir
	Path folder;

	@ParameterizedTest
	@EnumSource(KeyType.class)
	void createdKeyIsReadAgain(KeyType type) throws IOException {
		Path file = this.folder.resolve("data/peer.key");
		PrivateKey created = KeyFile.readOrCreate(file, type);
		assertThat(created.type()).isEqualTo(type);
		assertThat(KeyFile.readOrCreate(file, type).publicKey()).isEqualTo(created.publicKey());
		assertThat(KeyFile.read(file).publicKey()).isEqualTo(created.publicKey());
	}

	@ParameterizedTest(name = "{0} {1}")
	@MethodSource("filesOfOtherStacks")
	void filesOfKuboGoAndRustAreReadAndWrittenAlike(String stack, String peer, String hex) throws IOException {
		byte[] content = HexFormat.of().parseHex(hex);
		Path file = Files.createFile(this.folder.resolve("peer.key"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
		Files.write(file, content);
		PrivateKey key = KeyFile.read(file);
		assertThat(PeerId.of(key.publicKey())).hasToString(peer);
		assertThat(key.encoded()).isEqualTo(ByteBuffer.wrap(content));
	}

	static Stream<Arguments> filesOfOtherStacks() throws IOException {
		try (InputStream lines = KeyFileTest.class.getResourceAsStream("/vectors/key-files.txt")) {
			return new String(lines.readAllBytes(), StandardCharsets.US_ASCII).lines()
				.filter((line) -> !line.startsWith("#"))
				.map((line) -> Arguments.of((Object[]) line.split(" ")))
				.toList()
				.stream();
		}
	}

	@Test
	void createdFileIsItsOwnersOnlyAndAlone() throws IOException {
		Path file = this.folder.resolve("peer.key");
		KeyFile.readOrCreate(file, KeyType.ED25519);
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
		assertThat(this.folder).isDirectoryContaining(file::equals);
		try (var files = Files.list(this.folder)) {
			assertThat(files).containsExactly(file);
		}
	}

	@Test
	void fileThatOthersCanReadIsRefusedWithTheCommandThatMendsIt() throws IOException {
		Path file = this.folder.resolve("peer.key");
		KeyFile.readOrCreate(file, KeyType.ED25519);
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.readOrCreate(file, KeyType.ED25519))
			.withMessageContaining(file + " has mode 0640")
			.satisfies((failure) -> assertThat(failure.action()).isEqualTo("run: chmod 600 " + file));
	}

	@Test
	void fileOfAnotherUserIsRefusedWithTheCommandThatMendsIt() throws IOException {
		assumeThat(Files.getAttribute(this.folder, "unix:uid")).as("only root can give a file away").isEqualTo(0);
		Path file = this.folder.resolve("peer.key");
		KeyFile.readOrCreate(file, KeyType.ED25519);
		Files.setAttribute(file, "unix:uid", 12_345);
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.readOrCreate(file, KeyType.ED25519))
			.withMessageContaining(file + " belongs to user 12345 and this process runs as user 0")
			.satisfies((failure) -> assertThat(failure.action()).isEqualTo("run: chown 0 " + file));
	}

	@Test
	void symbolicLinkIsRefused() throws IOException {
		Path file = this.folder.resolve("peer.key");
		KeyFile.readOrCreate(file, KeyType.ED25519);
		Path link = Files.createSymbolicLink(this.folder.resolve("link.key"), file);
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.readOrCreate(link, KeyType.ED25519))
			.withMessageContaining("symbolic link");
	}

	@Test
	void danglingLinkIsNotReplaced() throws IOException {
		Path link = Files.createSymbolicLink(this.folder.resolve("link.key"), this.folder.resolve("missing"));
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.readOrCreate(link, KeyType.ED25519));
		assertThat(this.folder.resolve("missing")).doesNotExist();
	}

	@Test
	void folderIsRefused() {
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.read(this.folder))
			.withMessageContaining("not a regular file");
	}

	@Test
	void missingFileIsNoNewIdentity() {
		Path file = this.folder.resolve("peer.key");
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.read(file))
			.withMessageContaining("does not exist");
		assertThat(file).doesNotExist();
	}

	@Test
	void truncatedFileIsRefusedAtEveryLength() throws IOException {
		Path file = this.folder.resolve("peer.key");
		KeyFile.readOrCreate(file, KeyType.ED25519);
		byte[] whole = Files.readAllBytes(file);
		for (int length = 0; length < whole.length; length++) {
			Files.write(file, Arrays.copyOf(whole, length));
			assertThatExceptionOfType(KeyFileException.class)
				.isThrownBy(() -> KeyFile.readOrCreate(file, KeyType.ED25519))
				.withMessageContaining("truncated or no libp2p private key");
		}
	}

	@Test
	void fileThatIsTooLongIsRefused() throws IOException {
		Path file = this.folder.resolve("peer.key");
		KeyFile.readOrCreate(file, KeyType.ED25519);
		Files.write(file, new byte[PrivateKey.MAX_ENCODED_BYTES + 1]);
		assertThatExceptionOfType(KeyFileException.class).isThrownBy(() -> KeyFile.read(file));
	}

	@Test
	void twoThatCreateAtOnceGetOneKey() throws Exception {
		Path file = this.folder.resolve("peer.key");
		ExecutorService threads = Executors.newFixedThreadPool(4);
		try {
			Callable<PublicKey> create = () -> KeyFile.readOrCreate(file, KeyType.ED25519).publicKey();
			List<Future<PublicKey>> keys = threads.invokeAll(List.of(create, create, create, create));
			PublicKey first = keys.get(0).get();
			for (Future<PublicKey> key : keys) {
				assertThat(key.get()).isEqualTo(first);
			}
		}
		finally {
			threads.shutdown();
		}
	}

}
