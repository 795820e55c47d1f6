package io.p2pboot.libp2p.multiformats;

import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MultibaseTest {

	@Test
	void readsEveryVector() {
		assertThat(Vectors.rows("multibase.txt"))
			.allSatisfy((row) -> assertThat(Vectors.hex(Multibase.decode(row[0]))).as(row[0]).isEqualTo(row[1]));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "1abc", "v0", "Q", "\u0000", "f0", "fxy", "b1", "b0", "b!", "k!", "k-1", "k+1", "z0",
			"zl", "zO", "m=", "mA", "mAA==", "m-_-_", "u+/+/", "UAAA", "MAAA" })
	void refusesWhatDoesNotFitItsPrefix(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Multibase.decode(text));
	}

	@Test
	void theLengthIsBounded() {
		assertThat(Multibase.decode("f" + "0".repeat(Multibase.MAX_CHARACTERS - 2)).remaining()).isEqualTo(511);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Multibase.decode("f" + "0".repeat(Multibase.MAX_CHARACTERS)));
		assertThat(Multibase.decode("z" + "2".repeat(Base58.MAX_CHARACTERS)).remaining()).isPositive();
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Multibase.decode("z" + "2".repeat(Base58.MAX_CHARACTERS + 1)));
	}

	@Test
	void base58AndBase32ComeBack() {
		Random random = new Random(2);
		for (int round = 0; round < 20_000; round++) {
			byte[] bytes = new byte[random.nextInt(60)];
			random.nextBytes(bytes);
			for (int zeros = random.nextInt(4); zeros > 0 && zeros <= bytes.length; zeros--) {
				bytes[zeros - 1] = 0;
			}
			assertThat(Base58.decode(Base58.encode(bytes))).isEqualTo(bytes);
			assertThat(Base32.decode(Base32.encode(bytes))).isEqualTo(bytes);
		}
	}

}
