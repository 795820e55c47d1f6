package io.p2pboot.libp2p.sample.files;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class FileNameTest {

	@ParameterizedTest
	@ValueSource(strings = { "", " ", ".", "..", "../x", "a/../b", "/etc/passwd", "a\\b", "C:x", "a\0b", "a\nb",
			".hidden", "a.", "a ", "a\u202Eb", "a\u2028b", "\uD800" })
	void namesThatAreNoPlainSegmentAreRefused(String name) {
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> FileName.parse(name));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a", "report.pdf", "Grüße.txt", "写真.jpg", "<img src=x onerror=alert(1)>", "a b" })
	void plainNamesAreTaken(String name) throws FileRefused {
		assertThat(FileName.parse(name)).hasToString(name);
	}

	@Test
	void aNameMayHave255BytesAndNotOneMore() throws FileRefused {
		assertThat(FileName.parse("é".repeat(127) + "a").value()).hasSize(128);
		assertThatExceptionOfType(FileRefused.class).isThrownBy(() -> FileName.parse("é".repeat(128)))
			.withMessageContaining("256");
	}

}
