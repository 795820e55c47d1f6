package io.p2pboot.libp2p.crypto;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Both implementations of X25519 agree with RFC 7748 and with each other.
 */
class X25519FunctionsTest {

	private static final X25519Functions PORTABLE = new X25519Functions.Portable();

	static List<X25519Functions> all() {
		return Stream
			.concat(Stream.of(PORTABLE),
					NativeProvider.find().stream().<X25519Functions>map(X25519Functions.Native::new))
			.toList();
	}

	// RFC 7748, sections 5.2 and 6.1
	@ParameterizedTest
	@CsvSource({
			"a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
			"4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
			"77076d0a7318a57d3c16c17251b26645df4d87ebc0fb8e0ffe3b6f5cd1d0b4b6,0000000000000000000000000000000000000000000000000000000000000000,",
			"77076d0a7318a57d3c16c17251b26645df4d87ebc0fb8e0ffe3b6f5cd1d0b4b6,0100000000000000000000000000000000000000000000000000000000000000,",
			"77076d0a7318a57d3c16c17251b26645df4d87ebc0fb8e0ffe3b6f5cd1d0b4b6,ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,",
			"77076d0a7318a57d3c16c17251b26645df4d87ebc0fb8e0ffe3b6f5cd1d0b4b6,edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f,",
			"77076d0a7318a57d3c16c17251b26645df4d87ebc0fb8e0ffe3b6f5cd1d0b4b6,e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800,",
			"77076d0a7318a57d3c16c17251b26645df4d87ebc0fb8e0ffe3b6f5cd1d0b4b6,5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157," })
	void vectorsHoldAndKeysOfLowOrderAreRefused(String secret, String publicKey, String expected) throws Exception {
		byte[] from = HexFormat.of().parseHex(secret);
		byte[] to = HexFormat.of().parseHex(publicKey);
		for (X25519Functions functions : all()) {
			if (expected == null) {
				assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> functions.agree(from, to))
					.withMessageContaining("low order");
			}
			else {
				assertThat(functions.agree(from, to)).isEqualTo(HexFormat.of().parseHex(expected));
			}
		}
	}

	@ParameterizedTest
	@MethodSource("all")
	void newKeysAgreeWithThoseOfTheOtherImplementation(X25519Functions functions) throws Exception {
		for (int i = 0; i < 50; i++) {
			byte[] ours = functions.generate();
			byte[] theirs = PORTABLE.generate();
			byte[] shared = functions.agree(secret(ours), publicKey(theirs));
			assertThat(shared).isEqualTo(PORTABLE.agree(secret(theirs), publicKey(ours)))
				.isEqualTo(PORTABLE.agree(secret(ours), publicKey(theirs)))
				.isNotEqualTo(functions.agree(secret(functions.generate()), publicKey(theirs)));
		}
	}

	private static byte[] secret(byte[] pair) {
		return Arrays.copyOf(pair, X25519Functions.BYTES);
	}

	private static byte[] publicKey(byte[] pair) {
		return Arrays.copyOfRange(pair, X25519Functions.BYTES, 2 * X25519Functions.BYTES);
	}

}
