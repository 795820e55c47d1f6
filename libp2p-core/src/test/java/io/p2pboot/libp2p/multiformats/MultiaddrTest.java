package io.p2pboot.libp2p.multiformats;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MultiaddrTest {

	private static final String PEER = "12D3KooWCryG7Mon9orvQxcS1rYZjotPgpwoJNHHKcLLfE4Hf5mV";

	private static final List<String> SAMPLES = Vectors.lines("multiaddr-good.txt");

	static List<String> good() {
		return SAMPLES;
	}

	static List<String> bad() {
		return Vectors.lines("multiaddr-bad.txt");
	}

	@ParameterizedTest
	@MethodSource("good")
	void goodTextsParseAndComeBack(String text) throws DecodeException {
		Multiaddr address = Multiaddr.parse(text);
		assertThat(Multiaddr.parse(address.toString())).isEqualTo(address).hasSameHashCodeAs(address);
		Multiaddr decoded = Multiaddr.decode(address.encoded());
		assertThat(decoded).isEqualTo(address).hasToString(address.toString());
		assertThat(decoded.compareTo(address)).isZero();
	}

	@ParameterizedTest
	@MethodSource("bad")
	void badTextsFail(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> Multiaddr.parse(text))
			.withMessageContaining("is not a multiaddr");
	}

	@Test
	void textAndBytesAreThoseOfOthers() throws DecodeException {
		for (String[] row : Vectors.rows("multiaddr-bytes.txt").toList()) {
			assertThat(Vectors.hex(Multiaddr.parse(row[0]).encoded())).isEqualTo(row[1]);
			assertThat(Multiaddr.decode(Vectors.bytes(row[1]))).hasToString(row[0]);
		}
	}

	@Test
	void theProtocolTableIsComplete() {
		Set<String> table = Vectors.rows("multiaddr-protocols.txt")
			.map((row) -> row[0] + " " + row[2])
			.collect(Collectors.toSet());
		for (String[] row : Vectors.rows("multiaddr-protocols.txt").toList()) {
			MultiaddrProtocol protocol = MultiaddrProtocol.find(row[2]).orElseThrow();
			assertThat(protocol.code()).as(row[2]).isEqualTo(Integer.parseInt(row[0]));
			assertThat(MultiaddrProtocol.find(protocol.code())).contains(protocol);
			// The table says V for memory; Go and JavaScript give it 64 bits.
			int bits = row[2].equals("memory") ? 64 : row[1].equals("V") ? -1 : Integer.parseInt(row[1]);
			assertThat(protocol.sizeBits()).as(row[2]).isEqualTo(bits);
		}
		for (MultiaddrProtocol protocol : MultiaddrProtocol.values()) {
			assertThat(table).contains(protocol.code() + " " + protocol.text());
		}
	}

	// lesson of nim-libp2p #1025 and #415: an empty path crashed the decoder
	@Test
	void whatFuzzingOthersFoundDoesNoHarm() { // MA
		for (String[] row : Vectors.rows("multiaddr-fuzz.txt").toList()) {
			byte[] bytes = Vectors.array(Vectors.bytes(row[1]));
			if (row[0].equals("bytes")) {
				assertDecodesOrFails(bytes);
			}
			else {
				assertParsesOrFails(new String(bytes, StandardCharsets.ISO_8859_1));
			}
		}
	}

	/** Either the input is refused, or what is read comes back. */
	private static void assertDecodesOrFails(byte[] bytes) {
		Multiaddr address;
		try {
			address = Multiaddr.decode(ByteBuffer.wrap(bytes));
		}
		catch (DecodeException ex) {
			assertThat(ex).hasMessageContaining("");
			return;
		}
		assertThat(Vectors.array(address.encoded())).isEqualTo(bytes);
		assertParsesOrFails(address.toString());
	}

	private static void assertParsesOrFails(String text) {
		Multiaddr address;
		try {
			address = Multiaddr.parse(text);
		}
		catch (IllegalArgumentException ex) {
			assertThat(ex).hasMessageContaining("is not a multiaddr");
			return;
		}
		assertThat(Multiaddr.parse(address.toString())).isEqualTo(address);
	}

	@Test
	void whatIsCutOffAnywhereIsRefusedOrAWholeAddress() {
		for (String text : SAMPLES) {
			byte[] whole = Vectors.array(Multiaddr.parse(text).encoded());
			for (int length = 0; length < Math.min(whole.length, 200); length++) {
				byte[] cut = java.util.Arrays.copyOf(whole, length);
				assertDecodesOrFails(cut);
			}
		}
	}

	@Test
	void everyFlippedBitIsRefusedOrAnotherAddress() {
		for (String text : SAMPLES) {
			byte[] whole = Vectors.array(Multiaddr.parse(text).encoded());
			for (int bit = 0; bit < Math.min(8 * whole.length, 800); bit++) {
				byte[] flipped = whole.clone();
				flipped[bit / 8] ^= (byte) (1 << (bit % 8));
				assertDecodesOrFails(flipped);
			}
		}
	}

	@Test
	void randomAddressesComeBack() throws DecodeException { // B2
		Random random = new Random(4);
		for (int round = 0; round < 20_000; round++) {
			StringBuilder text = new StringBuilder();
			for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
				text.append(random(random));
			}
			Multiaddr address = Multiaddr.parse(text.toString());
			assertThat(address).hasToString(text.toString());
			assertThat(Multiaddr.decode(address.encoded())).isEqualTo(address);
		}
	}

	private static String random(Random random) {
		return switch (random.nextInt(8)) {
			case 0 -> "/ip4/" + random.nextInt(256) + "." + random.nextInt(256) + ".0." + random.nextInt(256);
			case 1 -> "/tcp/" + random.nextInt(65_536);
			case 2 -> "/udp/" + random.nextInt(65_536) + "/quic-v1";
			case 3 -> "/dns4/" + Integer.toString(random.nextInt(1 << 30), 36) + ".example";
			case 4 -> "/memory/" + Long.toUnsignedString(random.nextLong());
			case 5 -> {
				byte[] digest = new byte[32];
				random.nextBytes(digest);
				yield "/p2p/" + Multihash.of(Multihash.SHA2_256, ByteBuffer.wrap(digest)).toBase58();
			}
			case 6 -> {
				byte[] ip = new byte[16];
				random.nextBytes(ip);
				yield "/ip6/" + Ip6Text.of(ip);
			}
			default -> "/ws";
		};
	}

	@Test
	void anAddressHasAtMost4096BytesAnd64Components() throws DecodeException {
		assertThat(Multiaddr.parse("/ws".repeat(Multiaddr.MAX_COMPONENTS)).components())
			.hasSize(Multiaddr.MAX_COMPONENTS);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Multiaddr.parse("/ws".repeat(Multiaddr.MAX_COMPONENTS + 1)));
		ByteBuffer many = ByteBuffer.allocate(2 * (Multiaddr.MAX_COMPONENTS + 1));
		while (many.hasRemaining()) {
			Varint.write(MultiaddrProtocol.WS.code(), many);
		}
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> Multiaddr.decode(many.flip()));
		// The code and the length take three bytes.
		String longest = "/dns/" + "a".repeat(Multiaddr.MAX_BYTES - 3);
		Multiaddr address = Multiaddr.parse(longest);
		assertThat(address.encoded().remaining()).isEqualTo(Multiaddr.MAX_BYTES);
		assertThat(Multiaddr.decode(address.encoded())).isEqualTo(address);
		assertThatIllegalArgumentException().isThrownBy(() -> Multiaddr.parse(longest + "a"));
		assertThatExceptionOfType(DecodeException.class)
			.isThrownBy(() -> Multiaddr.decode(ByteBuffer.allocate(Multiaddr.MAX_BYTES + 1)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "8020", "8120", "ffffffff07", "8080808008", "ffffffffffffffff7f", "80808080808080808001",
			"ffffffffffffffffff01" })
	void aLengthWithoutItsBytesAllocatesNothing(String length) throws Throwable { // LEN-1
		for (String protocol : List.of("35", "9003", "a503", "d203", "be03", "bf03", "c103", "e103", "2a")) {
			String input = protocol + length + "abcd";
			Vectors.assertAllocatesLittle(input.length() / 2, () -> assertThatExceptionOfType(DecodeException.class)
				.isThrownBy(() -> Multiaddr.decode(Vectors.bytes(input))));
		}
	}

	@Test
	void aPeerCannotMakeAddressesCollide() { // B10
		Set<Integer> seen = new HashSet<>();
		int count = 1 << 13;
		for (int index = 0; index < count; index++) {
			StringBuilder name = new StringBuilder("/dns/");
			for (int pair = 0; pair < 13; pair++) {
				name.append(((index >> pair & 1) == 0) ? "Aa" : "BB");
			}
			seen.add(Multiaddr.parse(name.toString()).hashCode());
		}
		assertThat(seen).hasSizeGreaterThan(count * 9 / 10);
	}

	@Test
	void bothFormsOfAPeerIdAreOneAddress() {
		String cid = new Cid(Cid.LIBP2P_KEY, Multihash.parseBase58(PEER)).toString();
		assertThat(Multiaddr.parse("/p2p/" + cid)).isEqualTo(Multiaddr.parse("/p2p/" + PEER))
			.isEqualTo(Multiaddr.parse("/ipfs/" + PEER))
			.hasToString("/p2p/" + PEER);
	}

	@Test
	void partsAreAddedAndCutOff() {
		Multiaddr address = Multiaddr.parse("/ip4/127.0.0.1/udp/1234");
		assertThat(address.encapsulate(Multiaddr.parse("/udp/5678"))).hasToString("/ip4/127.0.0.1/udp/1234/udp/5678");
		assertThat(address.encapsulate(Multiaddr.parse("/udp/5678")).decapsulateLast(MultiaddrProtocol.UDP))
			.isEqualTo(address);
		assertThat(address.decapsulateLast(MultiaddrProtocol.TCP)).isEqualTo(address);
		assertThatIllegalArgumentException().isThrownBy(() -> address.decapsulateLast(MultiaddrProtocol.IP4));
		assertThat(address.value(MultiaddrProtocol.UDP)).hasValue("1234");
		assertThat(address.value(MultiaddrProtocol.TCP)).isEmpty();
	}

}
