package io.p2pboot.libp2p.security.noise;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.UpgradeFailed;
import io.p2pboot.libp2p.crypto.ChaChaPoly;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.crypto.X25519KeyPair;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.security.SecurePair;
import io.p2pboot.libp2p.security.SecureSession;
import io.p2pboot.libp2p.security.SecurityRequest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseFuzzTest {

	private static final ByteBuffer STATIC_KEY = ByteBuffer.wrap(new byte[32]).asReadOnlyBuffer();

	private static final PrivateKey IDENTITY = PrivateKey.generate();

	private static final NoiseSecurity NOISE = new NoiseSecurity();

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	static Stream<Arguments> payloads() {
		return Stream.of(KeyType.values())
			.map((type) -> NoisePayload.make(PrivateKey.generate(type), STATIC_KEY, List.of("/yamux/1.0.0")))
			.map((payload) -> Arguments.of((Object) bytes(payload)));
	}

	@MethodSource("payloads")
	@FuzzTest
	void payload(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class,
				() -> NoisePayload.open(ByteBuffer.wrap(data), STATIC_KEY.duplicate()));
	}

	static Stream<Arguments> frames() {
		ChaChaPoly cipher = cipher();
		ByteBuffer sealed = ByteBuffer.allocate(5 + ChaChaPoly.TAG_BYTES);
		cipher.seal(0, ByteBuffer.allocate(0), ByteBuffer.wrap(new byte[5]), sealed);
		return Fuzzed.seeds(ScriptedNoisePeer.frame(sealed.array()), new byte[] { 0, 0 }, new byte[] { -1, -1, 1 });
	}

	private static ChaChaPoly cipher() {
		return ChaChaPoly.create(ByteBuffer.wrap(ScriptedNoisePeer.repeated(1, ChaChaPoly.KEY_BYTES)));
	}

	/**
	 * What is not sealed by the peer ends the connection, and nothing of it is passed on.
	 */
	@MethodSource("frames")
	@FuzzTest
	void frame(byte[] data) {
		EmbeddedChannel channel = new EmbeddedChannel(new NoiseCodec(cipher(), cipher()));
		try {
			channel.writeInbound(Unpooled.wrappedBuffer(data));
		}
		catch (Exception ex) {
			Fuzzed.require(ex instanceof UpgradeFailed, "another exception escapes: " + ex);
			Fuzzed.require(!channel.isOpen(), "a connection that goes on after a violation");
		}
		channel.finishAndReleaseAll();
	}

	static Stream<Arguments> handshakes() {
		byte[] first = new byte[2 + 32];
		first[1] = 32;
		ByteBuffer key = X25519KeyPair.generate().publicKey();
		key.duplicate().get(first, 2, 32);
		return Fuzzed.seeds(first, new byte[] { 0, 96 });
	}

	@MethodSource("handshakes")
	@FuzzTest
	void handshake(byte[] data) {
		for (boolean initiator : new boolean[] { true, false }) {
			try (SecurePair pair = new SecurePair()) {
				SecurePair.End end = pair.end(initiator);
				Future<SecureSession> secured = end.secure(NOISE,
						new SecurityRequest(IDENTITY, initiator, Optional.empty(), List.of("/yamux/1.0.0")));
				end.arrive(data);
				end.eof();
				Fuzzed.require(secured.cause() instanceof UpgradeFailed, "a handshake without an end: " + secured);
			}
		}
	}

}
