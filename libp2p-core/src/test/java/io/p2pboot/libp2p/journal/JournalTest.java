package io.p2pboot.libp2p.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** What the peer store's tests do not hold: kinds, and frames of any length. */
class JournalTest {

	private static final JournalKind WORDS = new JournalKind("words001", "words", 100);

	@TempDir
	private Path folder;

	private static List<String> read(Journal journal) throws IOException {
		List<String> words = new ArrayList<>();
		assertThat(journal.read((payload) -> words.add(StandardCharsets.UTF_8.decode(payload).toString()))).isZero();
		return words;
	}

	private static Journal.Content words(String... words) {
		return (frames) -> {
			for (String word : words) {
				frames.write(word.getBytes(StandardCharsets.UTF_8));
			}
		};
	}

	@Test
	void whatWasAppendedIsReadInOrderAndReplacedAsAWhole() throws IOException {
		Path file = this.folder.resolve("words");
		try (Journal journal = Journal.open(WORDS, file)) {
			assertThat(read(journal)).isEmpty();
			journal.replace(words("one"));
			journal.append(words("two", "x".repeat(100)));
			assertThat(read(journal)).containsExactly("one", "two", "x".repeat(100));
		}
		try (Journal again = Journal.open(WORDS, file)) {
			again.replace(words("three"));
			assertThat(read(again)).containsExactly("three");
			assertThat(again.length()).isEqualTo(Journal.HEADER_BYTES + Journal.FRAME_BYTES + 5);
		}
	}

	@Test
	void aFrameThatIsLongerThanTheKindAllowsIsNotWritten() throws IOException {
		try (Journal journal = Journal.open(WORDS, this.folder.resolve("words"))) {
			journal.replace(words());
			assertThatIllegalArgumentException().isThrownBy(() -> journal.append(words("x".repeat(101))))
				.withMessageContaining("101");
		}
	}

	@Test
	void aFileOfAnotherKindIsLeftAlone() throws IOException {
		Path file = this.folder.resolve("words");
		try (Journal journal = Journal.open(WORDS, file)) {
			journal.replace(words("one"));
		}
		byte[] before = Files.readAllBytes(file);
		try (Journal other = Journal.open(new JournalKind("numbers1", "numbers", 100), file)) {
			assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> other.read(ByteBuffer::array))
				.withMessageContaining("something else than numbers");
		}
		assertThat(file).hasBinaryContent(before);
	}

	@Test
	void aMagicTextHasEightCharacters() {
		assertThatIllegalArgumentException().isThrownBy(() -> new JournalKind("short", "words", 100));
		assertThatIllegalArgumentException().isThrownBy(() -> new JournalKind("words001", "words", 0));
	}

}
