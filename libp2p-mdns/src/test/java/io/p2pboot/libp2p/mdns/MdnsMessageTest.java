package io.p2pboot.libp2p.mdns;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Bounds of what is read, and what other stacks send.
 */
class MdnsMessageTest {

	static final String SERVICE = "_p2p._udp.local";

	private static final String INSTANCE = "k3x9q2m7w1z8r5t4y6u0i2o3p4a5s6d7";

	private final MdnsPackets packets = new MdnsPackets(SERVICE);

	private ByteBuffer answer() throws IOException {
		return this.packets.answer(
				new MdnsPackets.Answer(INSTANCE, InetAddress.getByName("10.0.0.7"), 4001, List
					.of("dnsaddr=/ip4/10.0.0.7/tcp/4001/p2p/one", "dnsaddr=/ip4/10.0.0.7/udp/4001/quic-v1/p2p/one")),
				120);
	}

	// D4
	@Test
	void ourAnswerHasPointerThenServiceAddressAndOneText() throws IOException {
		ByteBuffer packet = answer();
		assertThat(packet.getShort(2)).isEqualTo((short) 0x8400);
		assertThat(List.of(packet.getShort(4), packet.getShort(6), packet.getShort(8), packet.getShort(10)))
			.containsExactly((short) 0, (short) 1, (short) 0, (short) 3);
		MdnsMessage read = MdnsMessage.decode(packet);
		assertThat(read.response()).isTrue();
		assertThat(read.pointers()).containsExactly(new MdnsMessage.Pointer(SERVICE, INSTANCE + "." + SERVICE));
		assertThat(read.texts()).containsExactly(new MdnsMessage.Text(INSTANCE + "." + SERVICE, 120,
				List.of("dnsaddr=/ip4/10.0.0.7/tcp/4001/p2p/one", "dnsaddr=/ip4/10.0.0.7/udp/4001/quic-v1/p2p/one")));
		assertThat(packet.hasRemaining()).isFalse();
	}

	@Test
	void ourQuestionIsOneForThePointer() throws IOException {
		MdnsMessage read = MdnsMessage.decode(this.packets.query());
		assertThat(read).isEqualTo(new MdnsMessage(false, List.of(new MdnsMessage.Question(SERVICE, MdnsMessage.PTR)),
				List.of(), List.of()));
	}

	@Test
	void anAnswerOfTheLongestNamesFitsIntoItsPacket() throws IOException {
		String label = "_" + "s".repeat(62);
		MdnsPackets longest = new MdnsPackets(label + "._udp.local");
		List<String> strings = IntStream.range(0, 20)
			.mapToObj((index) -> "dnsaddr=/dns4/" + index + "x".repeat(239 - 10))
			.toList();
		List<List<String>> parts = longest.spread(strings);
		assertThat(parts).hasSizeGreaterThan(1).hasSizeLessThanOrEqualTo(MdnsLimits.MAX_SENT_PACKETS);
		for (List<String> part : parts) {
			ByteBuffer packet = longest
				.answer(new MdnsPackets.Answer("i".repeat(63), InetAddress.getByName("fd00::1"), 65_535, part), 120);
			assertThat(packet.remaining()).isLessThanOrEqualTo(MdnsLimits.MAX_SENT_BYTES);
			assertThat(MdnsMessage.decode(packet).texts().get(0).strings()).isEqualTo(part);
		}
	}

	// D5
	@Test
	void namesInAnyCaseAndCompressedAreOne() throws IOException {
		ByteBuffer packet = packet(0x8400, 0, 2, (out) -> {
			name(out, "AbC", "_P2P", "_Udp", "LOCAL");
			text(out, "one");
			out.write(new byte[] { 1, 'x', (byte) 0xC0, 12 + 4 });
			text(out, "two");
		});
		assertThat(MdnsMessage.decode(packet).texts()).containsExactly(
				new MdnsMessage.Text("abc._p2p._udp.local", 9, List.of("one")),
				new MdnsMessage.Text("x._p2p._udp.local", 9, List.of("two")));
	}

	// D6
	@Test
	void aPacketThatIsCutAnywhereIsMalformed() throws IOException {
		ByteBuffer whole = answer();
		for (int length = 0; length < whole.limit(); length++) {
			ByteBuffer cut = whole.duplicate().limit(length);
			assertThatExceptionOfType(DecodeException.class).as("of %s bytes", length)
				.isThrownBy(() -> MdnsMessage.decode(cut));
		}
	}

	// D7
	@Test
	void randomChangesAreReadOrRefusedWithinTheirBounds() throws IOException {
		Random random = new Random(7);
		ByteBuffer whole = answer();
		for (int round = 0; round < 50_000; round++) {
			byte[] changed = new byte[whole.limit()];
			whole.duplicate().get(changed);
			for (int change = random.nextInt(8); change >= 0; change--) {
				changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
			}
			assertBounded(ByteBuffer.wrap(changed, 0, changed.length - random.nextInt(3)).slice());
			byte[] noise = new byte[random.nextInt(200)];
			random.nextBytes(noise);
			assertBounded(ByteBuffer.wrap(noise));
		}
	}

	private static void assertBounded(ByteBuffer packet) {
		try {
			MdnsMessage read = MdnsMessage.decode(packet);
			assertThat(read.questions().size() + read.texts().size()).isLessThanOrEqualTo(MdnsLimits.MAX_RECORDS);
			read.texts().forEach((text) -> assertThat(text.name().length()).isLessThan(MdnsLimits.MAX_NAME_BYTES));
		}
		catch (DecodeException ex) {
			assertThat(ex.getMessage()).isNotBlank();
		}
	}

	// D8
	@Test
	void pointersLeadBackOnlyAndAreCounted() throws IOException {
		assertMalformed(packet(0, 1, 0, (out) -> out.write(new byte[] { (byte) 0xC0, 12, 0, 12, 0, 1 })));
		assertMalformed(packet(0, 1, 0, (out) -> out.write(new byte[] { 1, 'a', (byte) 0xC0, 12, 0, 12, 0, 1 })));
		assertMalformed(packet(0, 1, 0, (out) -> out.write(new byte[] { (byte) 0xC0, 14, 0, 0, 12, 0, 1 })));
		assertMalformed(packet(0, 1, 0, (out) -> out.write(new byte[] { (byte) 0xFF, (byte) 0xFF, 0, 12, 0, 1 })));
		assertThat(MdnsMessage.decode(chain(MdnsLimits.MAX_NAME_POINTERS)).questions()).hasSize(18);
		assertMalformed(chain(MdnsLimits.MAX_NAME_POINTERS + 1));
	}

	/** A name, and names that each point to the one before; the last has so many. */
	private static ByteBuffer chain(int pointers) {
		return packet(0, pointers + 2, 0, (out) -> {
			out.write(new byte[] { 1, 'a', 0, 0, 12, 0, 1 });
			int before = 12;
			for (int i = 0; i < pointers; i++) {
				int at = 12 + 7 + i * 8;
				out.write(new byte[] { 1, 'b', (byte) 0xC0, (byte) before, 0, 12, 0, 1 });
				before = at;
			}
			out.write(new byte[] { 1, 'c', 0, 0, 12, 0, 1 });
		});
	}

	// D9
	@Test
	void aNameHasTwoHundredFiftyFiveBytesAtMost() throws IOException {
		String label = "a".repeat(63);
		ByteBuffer longest = packet(0, 1, 0, (out) -> {
			name(out, label, label, label, "b".repeat(61));
			out.write(new byte[] { 0, 12, 0, 1 });
		});
		assertThat(MdnsMessage.decode(longest).questions().get(0).name()).hasSize(253);
		assertMalformed(packet(0, 1, 0, (out) -> {
			name(out, label, label, label, "b".repeat(62));
			out.write(new byte[] { 0, 12, 0, 1 });
		}));
		assertMalformed(packet(0, 1, 0, (out) -> {
			out.write(64);
			out.write(new byte[64 + 5]);
		}));
	}

	@Test
	void twoHundredFiftySixRecordsAreReadAndNotOneMore() throws IOException {
		assertThat(MdnsMessage.decode(questions(MdnsLimits.MAX_RECORDS)).questions()).hasSize(256);
		assertMalformed(questions(MdnsLimits.MAX_RECORDS + 1));
	}

	private static ByteBuffer questions(int count) {
		return packet(0, count, 0, (out) -> {
			for (int i = 0; i < count; i++) {
				out.write(new byte[] { 1, 'a', 0, 0, 12, 0, 1 });
			}
		});
	}

	@Test
	void aPacketHasNineThousandBytesAtMost() throws IOException {
		assertThat(MdnsMessage.decode(packet(0, 0, 0, (out) -> out.write(new byte[9_000 - 12]))).questions()).isEmpty();
		assertMalformed(packet(0, 0, 0, (out) -> out.write(new byte[9_001 - 12])));
	}

	@Test
	void otherOperationsAndErrorsAreNoneOfOurs() {
		assertMalformed(packet(0x2800, 0, 0, (out) -> {
		}));
		assertMalformed(packet(0x8403, 0, 0, (out) -> {
		}));
	}

	@Test
	void aStringThatGoesBeyondItsRecordIsMalformed() {
		assertMalformed(packet(0x8400, 0, 1, (out) -> {
			name(out, "a");
			out.write(new byte[] { 0, 16, 0, 1, 0, 0, 0, 9, 0, 2, 2, 'a', 'b' });
		}));
	}

	private static void assertMalformed(ByteBuffer packet) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> MdnsMessage.decode(packet));
	}

	/** Writes the rest of a packet. */
	interface Rest {

		void writeTo(DataOutputStream out) throws IOException;

	}

	static ByteBuffer packet(int flags, int questions, int records, Rest rest) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (DataOutputStream out = new DataOutputStream(bytes)) {
			out.writeShort(0);
			out.writeShort(flags);
			out.writeShort(questions);
			out.writeShort(records);
			out.writeInt(0);
			rest.writeTo(out);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return ByteBuffer.wrap(bytes.toByteArray());
	}

	static void name(DataOutputStream out, String... labels) throws IOException {
		for (String label : labels) {
			out.writeByte(label.length());
			out.write(label.getBytes(StandardCharsets.ISO_8859_1));
		}
		out.writeByte(0);
	}

	/** What follows the name of a TXT record. */
	static void text(DataOutputStream out, String... strings) throws IOException {
		ByteArrayOutputStream data = new ByteArrayOutputStream();
		for (String string : strings) {
			data.write(string.length());
			data.write(string.getBytes(StandardCharsets.UTF_8));
		}
		out.writeShort(MdnsMessage.TXT);
		// With the bit that flushes caches: RFC 6762, section 10.2.
		out.writeShort(0x8001);
		out.writeInt(9);
		out.writeShort(data.size());
		out.write(data.toByteArray());
	}

}
