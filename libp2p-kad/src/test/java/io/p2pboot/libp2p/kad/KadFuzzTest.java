package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KadFuzzTest {

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	static Stream<Arguments> messages() {
		KadRecord record = new KadRecord(Peers.bytes("/a/b"), Peers.bytes("value"), Peers.bytes("when"),
				Peers.bytes("who"), 77);
		return Fuzzed.seeds(
				bytes(KadCodec.encode(new KadMessage(KadMessage.Type.GET_VALUE, Peers.bytes("/a/b"), record,
						List.of(Peers.peer(1)), List.of(Peers.peer(2))))),
				bytes(KadCodec.encode(new KadMessage(KadMessage.Type.FIND_NODE, Peers.bytes("key"), null,
						List.of(Peers.peer(1), Peers.peer(2)), List.of()))));
	}

	@MethodSource("messages")
	@FuzzTest
	void message(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			KadMessage message = KadCodec.decode(ByteBuffer.wrap(data));
			KadMessage again = KadCodec.decode(KadCodec.encode(message));
			Fuzzed.require(again.key().equals(message.key()), "a key that does not come back");
		});
	}

	static Stream<Arguments> frames() {
		KadRecord record = new KadRecord(Peers.bytes("/a/b"), Peers.bytes("value"), Peers.bytes("when"),
				Peers.bytes("who"), 77);
		AddrInfo peer = new AddrInfo(Peers.id(1), Peers.peer(1).addresses());
		return Fuzzed.seeds(StateFrames.value(record, 1), StateFrames.provider(Peers.key(1), Peers.id(2), 3),
				StateFrames.inTable(peer, 4));
	}

	/** What the file of an instance holds. */
	@MethodSource("frames")
	@FuzzTest
	void frame(byte[] data) {
		KadEngine engine = new KadEngine(Peers.id(0), Kademlia.builder("/test/kad/1.0.0").config(), new World(),
				Clock.systemUTC(), new Random(1));
		Fuzzed.check(data.length, DecodeException.class,
				() -> StateFrames.decode(ByteBuffer.wrap(data), engine.state().restorer()));
	}

}
