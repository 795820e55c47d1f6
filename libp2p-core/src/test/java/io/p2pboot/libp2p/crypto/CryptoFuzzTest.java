package io.p2pboot.libp2p.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.time.Clock;
import java.util.Base64;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CryptoFuzzTest {

	private static final Clock CLOCK = Clock.systemUTC();

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	static Stream<Arguments> publicKeys() {
		return Stream.of(KeyType.values())
			.map((type) -> Arguments.of((Object) bytes(PrivateKey.generate(type).publicKey().encoded())));
	}

	@MethodSource("publicKeys")
	@FuzzTest
	void publicKey(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class, () -> {
			PublicKey key = PublicKey.decode(ByteBuffer.wrap(data));
			key.verify(ByteBuffer.wrap(data), ByteBuffer.wrap(data));
		});
	}

	static Stream<Arguments> privateKeys() {
		return Stream.of(KeyType.values())
			.map((type) -> Arguments.of((Object) bytes(PrivateKey.generate(type).encoded())));
	}

	@MethodSource("privateKeys")
	@FuzzTest
	void privateKey(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class, () -> PrivateKey.decode(ByteBuffer.wrap(data)));
	}

	static Stream<Arguments> keyFiles() {
		byte[] key = bytes(PrivateKey.generate().encoded());
		return Stream
			.of(Base64.getEncoder().encode(key),
					java.util.HexFormat.of().formatHex(key).getBytes(StandardCharsets.US_ASCII),
					"-----BEGIN OPENSSH PRIVATE KEY-----".getBytes(StandardCharsets.US_ASCII))
			.map((seed) -> Arguments.of((Object) seed));
	}

	@MethodSource("keyFiles")
	@FuzzTest
	void keyText(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class, () -> {
			KeyText.read(ByteBuffer.wrap(data));
			KeyText.foreign(ByteBuffer.wrap(data));
		});
	}

	static Stream<Arguments> envelopes() {
		return Stream.of(KeyType.values())
			.map((type) -> SignedEnvelope.seal(PrivateKey.generate(type), "domain",
					ByteBuffer.wrap(new byte[] { 3, 1 }), ByteBuffer.wrap(new byte[40])))
			.map((envelope) -> Arguments.of((Object) bytes(envelope.encoded())));
	}

	@MethodSource("envelopes")
	@FuzzTest
	void envelope(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class,
				() -> SignedEnvelope.open(ByteBuffer.wrap(data), "domain"));
		Fuzzed.check(data.length, DecodeException.class, () -> SignedEnvelope.peekPayloadType(ByteBuffer.wrap(data)));
	}

	static Stream<Arguments> certificates() throws CertificateEncodingException {
		return Fuzzed.seeds(TlsCertificate.create(PrivateKey.generate(), CLOCK).certificate().getEncoded(),
				TlsCertificate.create(PrivateKey.generate(KeyType.ECDSA), CLOCK).certificate().getEncoded());
	}

	@MethodSource("certificates")
	@FuzzTest
	void certificate(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class,
				() -> TlsCertificate.verify(ByteBuffer.wrap(data), CLOCK));
	}

}
