package io.p2pboot.libp2p.kad;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class KadKeyTest {

	@ParameterizedTest
	@CsvSource({
			"0024080112209e3b433cbd31c2b8a6ebbdca998bd0f4c2141c9c9af5422e976051b1e63af14d, "
					+ "e43d28f0996557c0d5571d75c62a57a59d7ac1d30a51ecedcdb9d5e4afa56100",
			"1220e536c7f88d731f374dccb568aff6f56e838a19382e488039b1ca8ad2599e82fe, "
					+ "d623250f3f660ab4c3a53d3c97b3f6a0194c548053488d093520206248253bcb" })
	void vectorsOfTheSpecification(String preimage, String key) {
		assertThat(KadKey.of(ByteBuffer.wrap(HexFormat.of().parseHex(preimage)))).hasToString(key);
	}

	@Test
	void regionGoesFromItsFirstKeyToItsLast() {
		KadKey key = Peers.key(1);
		for (int bits : new int[] { 0, 1, 7, 63, 64, 65, 127, 128, 200, 255, 256 }) {
			assertThat(key.first(bits)).isLessThanOrEqualTo(key);
			assertThat(key.last(bits)).isGreaterThanOrEqualTo(key);
			assertThat(key.first(bits).commonPrefix(key.last(bits))).isEqualTo(bits);
		}
		for (int bit : new int[] { 0, 63, 64, 127, 128, 191, 192, 255 }) {
			assertThat(key.flip(bit).commonPrefix(key)).isEqualTo(bit);
			assertThat(key.flip(bit).flip(bit)).isEqualTo(key);
		}
		assertThat(key.share(key)).isZero();
		assertThat(key.share(key.flip(0))).isEqualTo(0.5);
	}

	@Test
	void orderIsThatOfUnsignedDistances() {
		Random random = new Random(1);
		for (int round = 0; round < 10_000; round++) {
			KadKey target = random(random);
			KadKey one = random(random);
			KadKey other = (round % 2 == 0) ? random(random) : near(one, random.nextInt(256));
			assertThat(Integer.signum(target.compareDistance(one, other)))
				.isEqualTo(number(target).xor(number(one)).compareTo(number(target).xor(number(other))));
			assertThat(one.commonPrefix(other)).isEqualTo(256 - number(one).xor(number(other)).bitLength());
		}
	}

	@Test
	void keysWithoutPatternSpreadOverTheHashes() {
		Set<Integer> hashes = new HashSet<>();
		for (long low = 0; low < 10_000; low++) {
			hashes.add(new KadKey(7, low, low, 7).hashCode());
		}
		assertThat(hashes).hasSizeGreaterThan(9_900);
	}

	private static KadKey random(Random random) {
		return new KadKey(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
	}

	/** Differs in one bit. */
	private static KadKey near(KadKey key, int bit) {
		long[] words = { key.w0(), key.w1(), key.w2(), key.w3() };
		words[bit / 64] ^= 1L << (63 - bit % 64);
		return new KadKey(words[0], words[1], words[2], words[3]);
	}

	private static BigInteger number(KadKey key) {
		return new BigInteger(key.toString(), 16);
	}

}
