package io.p2pboot.libp2p.security.noise;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.X25519KeyPair;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.wire.pb.CryptoProto;
import io.p2pboot.libp2p.wire.pb.NoiseProto;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAPublicKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a Noise peer may not do, tried against both our sides: against the listener with a
 * scripted initiator, against the dialler with a scripted responder.
 */
@Timeout(60)
class NoiseNegativeTest {

	private static final byte[] HELLO = { 'h', 'e', 'l', 'l', 'o' };

	/** Encodings of the points of order 1, 2, 4 and 8, and other spellings of them. */
	private static final List<String> LOW_ORDER = List.of(
			"0000000000000000000000000000000000000000000000000000000000000000",
			"0100000000000000000000000000000000000000000000000000000000000000",
			"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
			"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
			"0000000000000000000000000000000000000000000000000000000000000080",
			"0100000000000000000000000000000000000000000000000000000000000080",
			"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
			"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f11d7",
			"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

	private static void assertRefused(ScriptedNoisePeer peer, String reason) {
		assertThat(peer.end().session()).as(reason).isEmpty();
		assertThat(peer.end().failure()).as(reason).containsInstanceOf(UpgradeFailed.class);
		assertThat(peer.end().failure().orElseThrow()).hasMessageContaining(reason);
		assertThat(peer.end().channel().isOpen()).as(reason).isFalse();
		assertThat(peer.end().received()).isEmpty();
	}

	/** A payload that has to be refused on both sides. */
	private static void refused(PrivateKey identity, String reason,
			Consumer<NoiseProto.NoiseHandshakePayload.Builder> change) throws DecodeException {
		for (boolean initiator : new boolean[] { true, false }) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator, identity, new byte[0])) {
				NoiseProto.NoiseHandshakePayload.Builder payload = peer.payload();
				change.accept(payload);
				peer.sendPayload(payload.buildPartial().toByteArray());
				assertRefused(peer, reason);
			}
		}
	}

	private static void accepted(Consumer<NoiseProto.NoiseHandshakePayload.Builder> change) throws DecodeException {
		for (boolean initiator : new boolean[] { true, false }) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator)) {
				NoiseProto.NoiseHandshakePayload.Builder payload = peer.payload();
				change.accept(payload);
				peer.sendPayload(payload.build().toByteArray());
				assertThat(peer.end().session().orElseThrow().remotePeer()).isEqualTo(peer.peer());
			}
		}
	}

	// N1
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 31 })
	void aMessageTooShortForItsKeysIsRefused(int length) {
		for (boolean initiator : new boolean[] { true, false }) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator)) {
				peer.sendFrame(new byte[length]);
				assertRefused(peer, length + " bytes where 32 are needed");
			}
		}
	}

	// N1
	@ParameterizedTest
	@ValueSource(ints = { 32, 79, 80, 95 })
	void theSecondMessageHasRoomForItsKeysAndTags(int length) throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(false)) {
			peer.sendFrame(Arrays.copyOf(peer.message(new byte[0]), length));
			assertRefused(peer, "");
		}
	}

	// N2
	@Test
	void aMessageThatIsAnnouncedIsAwaitedNotBelieved() {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true)) {
			peer.sendRaw(new byte[] { -1, -1 });
			peer.sendRaw(new byte[100]);
			assertThat(peer.end().isDone()).isFalse();
			peer.end().eof();
			assertRefused(peer, "closed");
		}
	}

	// N3
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void anEndAtAnyByteFailsTheHandshake(boolean initiator) throws DecodeException {
		int length = 1;
		for (int cut = 0; cut < length; cut++) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator)) {
				byte[] last = ScriptedNoisePeer.frame(peer.message(peer.payload().build().toByteArray()));
				length = last.length;
				peer.sendRaw(Arrays.copyOf(last, cut));
				assertThat(peer.end().isDone()).isFalse();
				peer.end().eof();
				assertRefused(peer, "closed");
			}
		}
	}

	// N4
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aChangedBitFailsTheHandshake(boolean initiator) throws DecodeException {
		int bits = 1;
		for (int bit = 0; bit < bits; bit += 7) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator)) {
				byte[] last = peer.message(peer.payload().build().toByteArray());
				bits = 8 * last.length;
				last[bit / 8] ^= (byte) (1 << bit % 8);
				peer.sendFrame(last);
				assertRefused(peer, "");
			}
		}
	}

	// N4
	@Test
	void aChangedBitInTheFirstMessageFailsTheHandshake() {
		for (int bit = 0; bit < 8 * X25519KeyPair.KEY_BYTES; bit++) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true)) {
				byte[] first = ScriptedNoisePeer.bytes(peer.handshake.writeFirst(ByteBuffer.allocate(0)));
				first[bit / 8] ^= (byte) (1 << bit % 8);
				peer.sendFrame(first);
				boolean believed = true;
				try {
					peer.handshake.readSecond(ByteBuffer.wrap(peer.acceptFrame()));
				}
				catch (DecodeException | IllegalStateException ex) {
					believed = false;
				}
				assertThat(believed).as("bit %s", bit).isFalse();
			}
		}
	}

	// N5
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aMessageOfAnotherSessionIsRefused(boolean initiator) throws DecodeException {
		PrivateKey identity = PrivateKey.generate();
		byte[] other;
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator, identity, new byte[0])) {
			other = peer.message(peer.payload().build().toByteArray());
			peer.sendFrame(other);
			assertThat(peer.end().session()).isPresent();
		}
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator, identity, new byte[0])) {
			peer.message(peer.payload().build().toByteArray());
			peer.sendFrame(other);
			assertRefused(peer, "not authentic");
		}
	}

	// N5
	@Test
	void theThirdMessageCannotComeSecondOrTwice() throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true)) {
			byte[] first = ScriptedNoisePeer.bytes(peer.handshake.writeFirst(ByteBuffer.allocate(0)));
			peer.sendFrame(first);
			peer.sendFrame(first);
			assertRefused(peer, "");
		}
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true)) {
			byte[] third = peer.message(peer.payload().build().toByteArray());
			peer.sendFrame(third);
			assertThat(peer.end().session()).isPresent();
			peer.sendFrame(third);
			assertThat(peer.end().channel().isOpen()).isFalse();
			assertThat(peer.end().received()).isEmpty();
		}
	}

	// N6, N15
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 65_535 - 32 })
	void aPayloadOfTheFirstMessageIsAllowedAndIgnored(int length) throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true)) {
			peer.sendFrame(ScriptedNoisePeer
				.bytes(peer.handshake.writeFirst(ByteBuffer.wrap(ScriptedNoisePeer.repeated('e', length)))));
			peer.handshake.readSecond(ByteBuffer.wrap(peer.acceptFrame()));
			peer.sendFrame(ScriptedNoisePeer
				.bytes(peer.handshake.writeThird(ByteBuffer.wrap(peer.payload().build().toByteArray()))));
			assertThat(peer.end().session()).isPresent();
			assertThat(peer.end().received()).isEmpty();
		}
	}

	// N7
	@Test
	void aPayloadThatProvesNothingIsRefused() throws DecodeException {
		PrivateKey identity = PrivateKey.generate();
		refused(identity, "lacks the identity key", NoiseProto.NoiseHandshakePayload.Builder::clear);
		refused(identity, "lacks the identity key", NoiseProto.NoiseHandshakePayload.Builder::clearIdentityKey);
		refused(identity, "lacks the identity key", NoiseProto.NoiseHandshakePayload.Builder::clearIdentitySig);
		for (String garbage : List.of("ff", "0a05", "0a7fff", "0b", "1a021a02")) {
			for (boolean initiator : new boolean[] { true, false }) {
				try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator)) {
					peer.sendPayload(HexFormat.of().parseHex(garbage));
					assertRefused(peer, "");
				}
			}
		}
	}

	// N8
	@Test
	void anIdentityKeyThatIsNoneIsRefused() throws Exception {
		Map<String, byte[]> keys = new TreeMap<>();
		byte[] ed25519 = new byte[32];
		PrivateKey.generate().publicKey().encoded().position(4).get(ed25519);
		keys.put("type 4", HexFormat.of().parseHex("0804122000" + "00".repeat(31)));
		keys.put("type -1", HexFormat.of().parseHex("08ffffffffffffffffff01" + "122000" + "00".repeat(31)));
		keys.put("no type", HexFormat.of().parseHex("122000" + "00".repeat(31)));
		keys.put("no data", HexFormat.of().parseHex("0801"));
		keys.put("short", key(CryptoProto.KeyType.Ed25519, Arrays.copyOf(ed25519, 31)));
		keys.put("long", key(CryptoProto.KeyType.Ed25519, Arrays.copyOf(ed25519, 33)));
		keys.put("low order", key(CryptoProto.KeyType.Ed25519, new byte[32]));
		keys.put("rsa 1024", key(CryptoProto.KeyType.RSA, rsa(1024)));
		keys.put("rsa 8193", key(CryptoProto.KeyType.RSA, rsa(8193)));
		keys.put("rsa 65536", key(CryptoProto.KeyType.RSA, rsa(65_536)));
		keys.put("rsa garbage", key(CryptoProto.KeyType.RSA, new byte[270]));
		keys.put("off secp256k1",
				key(CryptoProto.KeyType.Secp256k1, HexFormat.of().parseHex("02" + "00".repeat(31) + "05")));
		keys.put("short secp256k1", key(CryptoProto.KeyType.Secp256k1, new byte[] { 2, 1 }));
		byte[] p256 = ScriptedNoisePeer.bytes(PrivateKey.generate(KeyType.ECDSA).publicKey().encoded());
		p256[p256.length - 1] ^= 1;
		keys.put("off P-256", p256);
		for (Map.Entry<String, byte[]> key : keys.entrySet()) {
			refused(PrivateKey.generate(), "",
					(payload) -> payload.setIdentityKey(ByteString.copyFrom(key.getValue())));
		}
	}

	private static byte[] key(CryptoProto.KeyType type, byte[] data) {
		return CryptoProto.PublicKey.newBuilder()
			.setType(type)
			.setData(ByteString.copyFrom(data))
			.build()
			.toByteArray();
	}

	private static byte[] rsa(int bits) throws java.io.IOException {
		return new SubjectPublicKeyInfo(new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
				new RSAPublicKey(BigInteger.ONE.shiftLeft(bits - 1).setBit(0), BigInteger.valueOf(65_537)))
			.getEncoded();
	}

	// N9
	@ParameterizedTest
	@EnumSource(KeyType.class)
	void aSignatureThatIsNotTheIdentitysIsRefused(KeyType type) throws DecodeException {
		PrivateKey identity = PrivateKey.generate(type);
		PrivateKey other = PrivateKey.generate(type);
		X25519KeyPair otherStatic = X25519KeyPair.generate();
		String prefix = "noise-libp2p-static-key:";
		refused(identity, "did not sign", (payload) -> payload.setIdentitySig(ByteString.EMPTY));
		refused(identity, "did not sign", (payload) -> payload
			.setIdentitySig(payload.getIdentitySig().substring(0, payload.getIdentitySig().size() - 1)));
		refused(identity, "did not sign", (payload) -> payload
			.setIdentitySig(ByteString.copyFrom(ScriptedNoisePeer.sign(identity, prefix, otherStatic))));
		refused(identity, "did not sign",
				(payload) -> payload.setIdentityKey(ByteString.copyFrom(other.publicKey().encoded())));
		refused(identity, "did not sign",
				(payload) -> payload.setIdentitySig(ByteString.copyFrom(new byte[payload.getIdentitySig().size()])));
		// lesson of CVE-2022-21449
		refused(identity, "did not sign", (payload) -> payload.setIdentitySig(ByteString.fromHex("3006020100020100")));
		for (boolean initiator : new boolean[] { true, false }) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator, identity, new byte[0])) {
				peer.sendPayload(peer.payload()
					.setIdentitySig(ByteString
						.copyFrom(ScriptedNoisePeer.sign(identity, "noise-libp2p-static-kez:", peer.staticKey)))
					.build()
					.toByteArray());
				assertRefused(peer, "did not sign");
			}
		}
	}

	// N13
	@Test
	void aLowOrderPointIsRefusedAsAnEphemeralKey() throws DecodeException {
		for (String point : LOW_ORDER) {
			for (boolean initiator : new boolean[] { true, false }) {
				try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator)) {
					byte[] message = initiator ? new byte[32] : peer.message(new byte[0]);
					System.arraycopy(HexFormat.of().parseHex(point), 0, message, 0, 32);
					peer.sendFrame(message);
					assertRefused(peer, "low order");
				}
			}
		}
	}

	// N14
	@Test
	void anotherPrologueIsAnotherHandshake() throws DecodeException {
		for (boolean initiator : new boolean[] { true, false }) {
			try (ScriptedNoisePeer peer = new ScriptedNoisePeer(initiator, PrivateKey.generate(), HELLO)) {
				if (initiator) {
					peer.sendFrame(ScriptedNoisePeer.bytes(peer.handshake.writeFirst(ByteBuffer.allocate(0))));
					org.assertj.core.api.Assertions.assertThatExceptionOfType(DecodeException.class)
						.isThrownBy(() -> peer.handshake.readSecond(ByteBuffer.wrap(peer.acceptFrame())));
				}
				else {
					peer.sendPayload(peer.payload().build().toByteArray());
					assertRefused(peer, "not authentic");
				}
			}
		}
	}

	// N16
	@Test
	void extensionsAreReadWithinBoundsAndUnknownOnesIgnored() throws DecodeException {
		UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
			.addField(99, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.copyFrom(HELLO)).build())
			.build();
		accepted((payload) -> payload.setUnknownFields(unknown));
		accepted((payload) -> payload.getExtensionsBuilder()
			.setUnknownFields(unknown)
			.addWebtransportCerthashes(ByteString.copyFrom(HELLO)));
		accepted((payload) -> addMuxers(payload, NoisePayload.MAX_MUXERS));
		refused(PrivateKey.generate(), "101 muxers", (payload) -> addMuxers(payload, NoisePayload.MAX_MUXERS + 1));
		refused(PrivateKey.generate(), "10000 muxers", (payload) -> addMuxers(payload, 10_000));
	}

	private static void addMuxers(NoiseProto.NoiseHandshakePayload.Builder payload, int count) {
		for (int i = 0; i < count; i++) {
			payload.getExtensionsBuilder().addStreamMuxers("/m");
		}
	}

	// N15, N16
	@Test
	void aPayloadMayFillItsMessage() throws DecodeException {
		accepted((payload) -> payload.setUnknownFields(UnknownFieldSet.newBuilder()
			.addField(99,
					UnknownFieldSet.Field.newBuilder()
						.addLengthDelimited(ByteString.copyFrom(new byte[65_000]))
						.build())
			.build()));
	}

	// N18
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 15 })
	void aFrameShorterThanItsTagEndsTheConnection(int length) throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true).secured()) {
			peer.sendFrame(new byte[length]);
			assertThat(peer.end().channel().isOpen()).isFalse();
			assertThat(peer.end().errors()).singleElement()
				.satisfies((error) -> assertThat(error).hasMessageContaining("shorter than its tag"));
		}
	}

	// N19: lesson of RUSTSEC-2024-0011
	@Test
	void afterOneFalseFrameTheRightOneIsNotReadEither() throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true).secured()) {
			byte[] right = peer.seal(HELLO);
			byte[] wrong = right.clone();
			wrong[0] ^= 1;
			peer.sendRaw(concat(ScriptedNoisePeer.frame(wrong), ScriptedNoisePeer.frame(right)));
			assertThat(peer.end().received()).isEmpty();
			assertThat(peer.end().channel().isOpen()).isFalse();
		}
	}

	private static byte[] concat(byte[] one, byte[] two) {
		return ByteBuffer.allocate(one.length + two.length).put(one).put(two).array();
	}

	// N21
	@Test
	void emptyFramesAreCheckedAndPassedToNobody() throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true).secured()) {
			for (int i = 0; i < 2000; i++) {
				peer.sendFrame(peer.seal(new byte[0]));
			}
			peer.sendFrame(peer.seal(HELLO));
			assertThat(peer.end().received()).isEqualTo(HELLO);
			peer.sendFrame(new byte[16]);
			assertThat(peer.end().channel().isOpen()).isFalse();
		}
	}

	// N22
	@Test
	void aFrameHoldsAtMost65519BytesOfPayload() throws DecodeException {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(false).secured()) {
			peer.end().write(ScriptedNoisePeer.repeated('x', 65_519));
			assertThat(peer.open()).hasSize(65_519);
			peer.end().write(ScriptedNoisePeer.repeated('x', 65_520));
			assertThat(peer.open()).hasSize(65_519);
			assertThat(peer.open()).hasSize(1);
			peer.sendFrame(peer.seal(ScriptedNoisePeer.repeated('y', 65_519)));
			assertThat(peer.end().received()).hasSize(65_519);
		}
	}

	// N28
	@Test
	void anErrorOfTheMachineIsReportedNotSwallowed() {
		try (ScriptedNoisePeer peer = new ScriptedNoisePeer(true)) {
			OutOfMemoryError error = new OutOfMemoryError("test");
			peer.end().channel().pipeline().fireExceptionCaught(error);
			assertThat(peer.end().failure().orElseThrow()).hasRootCause(error);
			assertThat(peer.end().channel().isOpen()).isFalse();
		}
	}

}
