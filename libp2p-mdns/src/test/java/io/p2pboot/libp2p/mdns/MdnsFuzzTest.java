package io.p2pboot.libp2p.mdns;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MdnsFuzzTest {

	private static byte[] bytes(ByteBuffer buffer) {
		byte[] bytes = new byte[buffer.remaining()];
		buffer.duplicate().get(bytes);
		return bytes;
	}

	static Stream<Arguments> packets() throws IOException {
		MdnsPackets packets = new MdnsPackets(MdnsMessageTest.SERVICE);
		return Fuzzed.seeds(bytes(packets.query()), bytes(packets.answer(new MdnsPackets.Answer("k3x9q2m7",
				InetAddress.getByName("10.0.0.7"), 4001, List.of("dnsaddr=/ip4/10.0.0.7/tcp/4001/p2p/one")), 120)));
	}

	@MethodSource("packets")
	@FuzzTest
	void packet(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> MdnsMessage.decode(ByteBuffer.wrap(data)));
	}

}
