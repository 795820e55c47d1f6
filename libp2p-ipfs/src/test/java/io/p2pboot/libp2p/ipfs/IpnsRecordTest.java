package io.p2pboot.libp2p.ipfs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;

import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.IpnsProto.IpnsEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

class IpnsRecordTest {

	private static final Instant NOW = Instant.parse("2026-11-30T12:00:00Z");

	private static final PrivateKey KEY = PrivateKey.generate();

	private static final IpnsName NAME = new IpnsName(PeerId.of(KEY.publicKey()));

	private final IpnsValidator validator = new IpnsValidator(Clock.fixed(NOW, ZoneOffset.UTC));

	private static IpnsRecord record(long sequence, Duration life) {
		return IpnsRecord.create(KEY, "/ipfs/bafkqaaa", sequence, NOW.plus(life), Duration.ofMinutes(5));
	}

	private void refuses(IpnsName name, ByteBuffer record) {
		assertThatExceptionOfType(InvalidRecord.class).isThrownBy(() -> this.validator.validate(name.key(), record));
	}

	@ParameterizedTest
	@EnumSource(names = { "V2", "V1_V2", "V1_V2_BROKEN_SIGNATURE_V1" })
	void vectorsThatAreSignedByVersionTwoAreValid(IpnsVector vector) throws Exception {
		this.validator.validate(vector.ipnsName().key(), vector.record());
		IpnsRecord record = IpnsRecord.decode(vector.record());
		assertThat(record.path()).startsWith("/ipfs/bafkqa");
		assertThat(record.sequence()).isZero();
		assertThat(record.timeToLive()).isEqualTo(Duration.ofMinutes(30));
		assertThat(record.validUntil()).isEqualTo(Instant.parse("2123-08-14T12:17:03.694052Z"));
		assertThat(record.encoded()).isEqualTo(vector.record());
	}

	@ParameterizedTest
	@EnumSource(names = { "V1", "V1_V2_BROKEN_V1_VALUE", "V1_V2_BROKEN_SIGNATURE_V2" })
	void vectorsThatAreNotSignedByVersionTwoAreRefused(IpnsVector vector) {
		refuses(vector.ipnsName(), vector.record());
	}

	@ParameterizedTest
	@EnumSource
	void namesHaveTheTextOfTheVectors(IpnsVector vector) {
		assertThat(vector.ipnsName()).hasToString(vector.ipnsName().toString());
		assertThat(IpnsName.parse("/ipns/" + vector.ipnsName())).isEqualTo(vector.ipnsName());
		assertThat(IpnsName.parse(vector.ipnsName().peer().toString())).isEqualTo(vector.ipnsName());
	}

	@ParameterizedTest
	@EnumSource
	void ownRecordsOfEveryKindOfKeyAreValid(KeyType type) throws Exception {
		PrivateKey key = PrivateKey.generate(type);
		IpnsName name = new IpnsName(PeerId.of(key.publicKey()));
		IpnsRecord record = IpnsRecord.create(key, "/ipfs/bafkqaaa", 1L << 40, NOW.plusSeconds(1), Duration.ZERO);
		this.validator.validate(name.key(), record.encoded());
		assertThat(IpnsRecord.decode(record.encoded())).isEqualTo(record).hasSameHashCodeAs(record);
		refuses(NAME, record.encoded());
	}

	@Test
	void everyFieldThatIsChangedAloneIsRefused() throws Exception {
		ByteBuffer good = record(7, Duration.ofHours(1)).encoded();
		List<Consumer<IpnsEntry.Builder>> changes = List.of((entry) -> entry.setValue(text("/ipfs/other")),
				(entry) -> entry.clearValue(), (entry) -> entry.setValidity(text("2030-01-01T00:00:00Z")),
				(entry) -> entry.setSequence(8), (entry) -> entry.setTtl(1), (entry) -> entry.clearTtl(),
				(entry) -> entry.clearSignatureV2(), (entry) -> entry.clearData(),
				(entry) -> entry.setSignatureV2(entry.getSignatureV1()),
				(entry) -> entry.setPubKey(ByteString.copyFrom(PrivateKey.generate().publicKey().encoded())),
				(entry) -> entry.setPubKey(text("no key")),
				(entry) -> entry.setData(entry.getData().concat(ByteString.copyFrom(new byte[1]))));
		for (Consumer<IpnsEntry.Builder> change : changes) {
			IpnsEntry.Builder entry = IpnsEntry.parseFrom(good.duplicate()).toBuilder();
			change.accept(entry);
			refuses(NAME, entry.build().toByteString().asReadOnlyByteBuffer());
		}
		IpnsEntry.Builder ownKey = IpnsEntry.parseFrom(good.duplicate()).toBuilder();
		ownKey.setPubKey(ByteString.copyFrom(KEY.publicKey().encoded())).clearSignatureV1();
		assertThatNoException().isThrownBy(
				() -> this.validator.validate(NAME.key(), ownKey.build().toByteString().asReadOnlyByteBuffer()));
	}

	private static ByteString text(String text) {
		return ByteString.copyFromUtf8(text);
	}

	@Test
	void bytesOfARecordThatAreChangedOneByOneNeverPassForAnother() throws Exception {
		IpnsRecord record = record(7, Duration.ofHours(1));
		for (int index = 0; index < record.encoded().remaining(); index++) {
			byte[] bytes = new byte[record.encoded().remaining()];
			record.encoded().get(bytes);
			bytes[index] ^= 1;
			try {
				this.validator.validate(NAME.key(), ByteBuffer.wrap(bytes));
				assertThat(IpnsRecord.decode(ByteBuffer.wrap(bytes)).path()).isEqualTo(record.path());
			}
			catch (InvalidRecord ex) {
				assertThat(ex).hasMessageNotContaining("null");
			}
		}
	}

	@Test
	void recordEndsAtItsTime() {
		refuses(NAME, record(1, Duration.ZERO).encoded());
		assertThatNoException()
			.isThrownBy(() -> this.validator.validate(NAME.key(), record(1, Duration.ofNanos(1)).encoded()));
	}

	@Test
	void recordHasTenKibibytesAtMost() throws Exception {
		IpnsEntry.Builder entry = IpnsEntry.parseFrom(record(1, Duration.ofHours(1)).encoded()).toBuilder();
		entry.setSignatureV1(ByteString.EMPTY);
		int left = IpnsRecord.MAX_BYTES - entry.build().getSerializedSize() - 1;
		entry.setSignatureV1(ByteString.copyFrom(new byte[left]));
		ByteBuffer longest = entry.build().toByteString().asReadOnlyByteBuffer();
		assertThat(longest.remaining()).isEqualTo(IpnsRecord.MAX_BYTES);
		this.validator.validate(NAME.key(), longest);
		entry.setSignatureV1(ByteString.copyFrom(new byte[left + 1]));
		refuses(NAME, entry.build().toByteString().asReadOnlyByteBuffer());
		assertThatIllegalArgumentException()
			.isThrownBy(() -> IpnsRecord.create(KEY, "x".repeat(IpnsRecord.MAX_BYTES), 0, NOW, Duration.ZERO));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> IpnsRecord.create(KEY, "x", 0, NOW, Duration.ofSeconds(-1)));
	}

	@Test
	void keysThatAreNoNamesAreRefused() {
		ByteBuffer good = record(1, Duration.ofHours(1)).encoded();
		for (String key : List.of("", "/ipns/", "/ipns/x", "/ipnt/" + NAME, "/ipns/" + NAME)) {
			assertThatExceptionOfType(InvalidRecord.class)
				.isThrownBy(() -> this.validator.validate(ByteBuffer.wrap(key.getBytes(StandardCharsets.UTF_8)), good));
		}
		assertThatIllegalArgumentException().isThrownBy(() -> IpnsName.parse("example.com"));
	}

	@Test
	void greaterSequenceThenLaterEndThenGreaterBytesIsBetter() {
		ByteBuffer old = record(1, Duration.ofHours(3)).encoded();
		ByteBuffer newer = record(2, Duration.ofHours(1)).encoded();
		ByteBuffer longer = record(2, Duration.ofHours(2)).encoded();
		ByteBuffer greatest = record(-1, Duration.ofHours(1)).encoded();
		ByteBuffer garbage = ByteBuffer.wrap(new byte[] { 1 });
		assertThat(select(old, newer)).isOne();
		assertThat(select(newer, old)).isZero();
		assertThat(select(newer, longer, old)).isOne();
		assertThat(select(longer, greatest)).as("sequences are unsigned").isOne();
		assertThat(select(garbage, old)).isOne();
		assertThat(select(old, old)).isZero();
		IpnsRecord one = IpnsRecord.create(KEY, "/ipfs/a", 1, NOW, Duration.ZERO);
		IpnsRecord other = IpnsRecord.create(KEY, "/ipfs/b", 1, NOW, Duration.ZERO);
		assertThat(one.compareTo(other)).isNegative();
		assertThat(other.compareTo(one)).isPositive();
	}

	private int select(ByteBuffer... values) {
		return this.validator.select(NAME.key(), List.of(values));
	}

	// The data.

	private static ByteBuffer bytes(int... values) {
		ByteBuffer bytes = ByteBuffer.allocate(values.length);
		for (int value : values) {
			bytes.put((byte) value);
		}
		return bytes.flip();
	}

	private static void malformed(int... values) {
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> CborMap.decode(bytes(values)));
	}

	@Test
	void whatIsNotKnownIsReadAndLeftOut() throws DecodeException {
		// {"a": 1, "b": [-1, "x", {"y": null}], "c": 42(h'00'), "d": 1.5, "e": h'05'}
		CborMap map = CborMap.decode(bytes(0xA5, 0x61, 'a', 1, 0x61, 'b', 0x83, 0x20, 0x61, 'x', 0xA1, 0x61, 'y', 0xF6,
				0x61, 'c', 0xD8, 42, 0x41, 0, 0x61, 'd', 0xFB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0x61, 'e', 0x41, 5));
		assertThat(map.unsigned("a")).hasValue(1);
		assertThat(map.unsigned("b")).isEmpty();
		assertThat(map.bytes("e")).isEqualTo(bytes(5));
	}

	@Test
	void cborThatIsNotStrictIsRefused() {
		malformed();
		malformed(0x80);
		malformed(0xA1);
		malformed(0xA1, 0x61, 'a');
		malformed(0xA1, 0x61, 'a', 1, 0);
		malformed(0xA2, 0x61, 'a', 1, 0x61, 'a', 1);
		malformed(0xA1, 0x61, 'a', 0x18, 23);
		malformed(0xA1, 0x61, 'a', 0x19, 0, 255);
		malformed(0xA1, 0x61, 'a', 0x1A, 0, 0, 255, 255);
		malformed(0xA1, 0x61, 'a', 0x1B, 0, 0, 0, 0, 255, 255, 255, 255);
		malformed(0xBF, 0x61, 'a', 1, 0xFF);
		malformed(0xA1, 0x61, 'a', 0x5F, 0x41, 1, 0xFF);
		malformed(0xA1, 1, 1);
		malformed(0xA1, 0x61, 0xFF, 1);
		malformed(0xA1, 0x61, 'a', 0xC0, 1);
		malformed(0xA1, 0x61, 'a', 0xF7);
		malformed(0xA1, 0x61, 'a', 0xF9, 0, 0);
		malformed(0xBB, 255, 255, 255, 255, 255, 255, 255, 255);
		malformed(0xA1, 0x61, 'a', 0x5A, 0x7F, 255, 255, 255);
		malformed(0xA1, 0x61, 'a', 0x9A, 0x7F, 255, 255, 255);
	}

	@Test
	void nestingHasABound() throws DecodeException {
		CborMap.decode(nested(CborMap.MAX_DEPTH));
		ByteBuffer deeper = nested(CborMap.MAX_DEPTH + 1);
		assertThatExceptionOfType(DecodeException.class).isThrownBy(() -> CborMap.decode(deeper));
	}

	/** Lists within lists, the innermost empty. */
	private static ByteBuffer nested(int lists) {
		ByteBuffer bytes = ByteBuffer.allocate(3 + lists).put(bytes(0xA1, 0x61, 'a'));
		for (int list = 1; list < lists; list++) {
			bytes.put((byte) 0x81);
		}
		return bytes.put((byte) 0x80).flip();
	}

}
