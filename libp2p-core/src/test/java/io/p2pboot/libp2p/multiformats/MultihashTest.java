package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MultihashTest {

	@Test
	void sha256VectorsAreWhatWeCompute() {
		assertThat(Vectors.rows("multihash.txt").filter((row) -> row[0].equals("sha2-256") && row[1].equals("256")))
			.isNotEmpty()
			.allSatisfy((row) -> assertThat(Vectors
				.hex(Multihash.sha256(ByteBuffer.wrap(row[2].getBytes(StandardCharsets.US_ASCII))).encoded()))
				.isEqualTo(row[3]));
	}

	@Test
	void everyVectorDecodesButTruncatedSha256() throws DecodeException {
		for (String[] row : Vectors.rows("multihash.txt").toList()) {
			if (row[0].equals("sha2-256") && !row[1].equals("256")) {
				assertThatExceptionOfType(DecodeException.class)
					.isThrownBy(() -> Multihash.decode(Vectors.bytes(row[3])));
			}
			else {
				Multihash hash = Multihash.decode(Vectors.bytes(row[3]));
				assertThat(hash.digest().remaining()).isEqualTo(Integer.parseInt(row[1]) / 8);
				assertThat(Vectors.hex(hash.encoded())).isEqualTo(row[3]);
			}
		}
	}

	// lesson of RUSTSEC-2020-0068: bytes that are no multihash made the decoder panic
	@ParameterizedTest
	@ValueSource(strings = { "-", "12", "1220", "1220ff", "120001", "00", "0001", "000200", "8100", "128001",
			"00ffffffffffffffff7f", "00ffffffffffffffffff01", "ffffffffffffffffff0100" })
	void refusesWhatIsNoMultihash(String hex) { // LEN-1
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Multihash.decode(Vectors.bytes(hex)));
	}

	@Test
	void aDigestHasAtMost128Bytes() throws DecodeException {
		assertThat(Multihash.decode(Vectors.bytes("008001" + "ab".repeat(128))).digest().remaining()).isEqualTo(128);
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> Multihash.decode(Vectors.bytes("008101" + "ab".repeat(129))));
		assertThat(Multihash.of(0, ByteBuffer.allocate(128)).digest().remaining()).isEqualTo(128);
		assertThatIllegalArgumentException().isThrownBy(() -> Multihash.of(0, ByteBuffer.allocate(129)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "8001", "8101", "ffffffff07", "8080808008", "ffffffffffffffff7f" })
	void aLengthWithoutItsBytesAllocatesNothing(String length) throws Throwable { // LEN-1
		Vectors.assertAllocatesLittle(6, () -> assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> Multihash.decode(Vectors.bytes("00" + length))));
	}

	@Test
	void whatIsCutOffAnywhereIsRefused() {
		byte[] whole = Vectors.array(Multihash.sha256(ByteBuffer.allocate(3)).encoded());
		for (int length = 0; length < whole.length; length++) {
			ByteBuffer cut = ByteBuffer.wrap(whole, 0, length);
			assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Multihash.decode(cut));
		}
	}

	@Test
	void randomHashesComeBack() throws DecodeException {
		Random random = new Random(3);
		for (int round = 0; round < 20_000; round++) {
			byte[] digest = new byte[random.nextInt(64)];
			random.nextBytes(digest);
			Multihash hash = Multihash.of(0x1000 + random.nextInt(1000), ByteBuffer.wrap(digest));
			assertThat(Multihash.decode(hash.encoded())).isEqualTo(hash).hasSameHashCodeAs(hash);
			assertThat(Multihash.parseBase58(hash.toBase58())).isEqualTo(hash);
			assertThat(hash.compareTo(hash)).isZero();
		}
	}

	// lesson of CVE-2025-23020: a peer chose keys whose hashes collide
	@Test
	void aPeerCannotMakeHashesCollide() { // B10
		Set<Integer> seen = new HashSet<>();
		int count = 1 << 14;
		for (int index = 0; index < count; index++) {
			byte[] digest = new byte[28];
			for (int pair = 0; pair < 14; pair++) {
				boolean first = (index >> pair & 1) == 0;
				digest[2 * pair] = (byte) (first ? 'A' : 'B');
				digest[2 * pair + 1] = (byte) (first ? 'a' : 'B');
			}
			seen.add(Multihash.of(0x1000, ByteBuffer.wrap(digest)).hashCode());
		}
		assertThat(seen).hasSizeGreaterThan(count * 9 / 10);
	}

}
