package io.p2pboot.libp2p;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.crypto.KeyType;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PeerFuzzTest {

	private static final String ID = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	static Stream<Arguments> ids() {
		return Fuzzed.seeds(bytes(PeerId.parse(ID).multihash().encoded()),
				bytes(PeerId.of(PrivateKey.generate(KeyType.ECDSA).publicKey()).multihash().encoded()));
	}

	@MethodSource("ids")
	@FuzzTest
	void peerId(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			PeerId id = PeerId.decode(ByteBuffer.wrap(data));
			Fuzzed.require(PeerId.parse(id.toString()).equals(id), "an id that does not come back");
		});
	}

	static Stream<Arguments> idTexts() {
		return Fuzzed.texts(ID, "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC",
				"bafzaajaiaejca4syrpdu6gdx4wsdnokxkprgzxf4wrstuc34gxw5k5jrag2so5gk", "/ip4/1.2.3.4/tcp/1/p2p/" + ID);
	}

	@MethodSource("idTexts")
	@FuzzTest
	void peerIdText(byte[] data) {
		String text = new String(data, StandardCharsets.UTF_8);
		Fuzzed.check(data.length, IllegalArgumentException.class, () -> PeerId.parse(text));
		Fuzzed.check(data.length, IllegalArgumentException.class, () -> AddrInfo.parse(text));
	}

	static Stream<Arguments> records() {
		return Stream.of(KeyType.values()).map((type) -> {
			PrivateKey key = PrivateKey.generate(type);
			PeerRecord record = new PeerRecord(PeerId.of(key.publicKey()), 7,
					List.of(Multiaddr.parse("/ip4/1.2.3.4/tcp/4001"), Multiaddr.parse("/dns/a.b/udp/1/quic-v1")));
			return Arguments.of((Object) bytes(record.seal(key).encoded()));
		});
	}

	@MethodSource("records")
	@FuzzTest
	void peerRecord(byte[] data) {
		Fuzzed.check(data.length + Fuzzed.CURVE, DecodeException.class, () -> PeerRecord.open(ByteBuffer.wrap(data)));
	}

}
