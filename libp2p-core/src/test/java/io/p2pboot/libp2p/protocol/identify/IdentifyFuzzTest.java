package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.wire.pb.IdentifyProto;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IdentifyFuzzTest {

	static Stream<Arguments> messages() {
		ByteString address = ByteString.copyFrom(Multiaddr.parse("/ip4/1.2.3.4/tcp/4001").encoded());
		return Fuzzed.seeds(IdentifyProto.Identify.newBuilder()
			.setAgentVersion("agent/1")
			.setProtocolVersion("ipfs/0.1.0")
			.setPublicKey(ByteString.copyFrom(PrivateKey.generate().publicKey().encoded()))
			.addListenAddrs(address)
			.setObservedAddr(address)
			.addProtocols("/a/1.0.0")
			.addProtocols("/b/1.0.0")
			.build()
			.toByteArray());
	}

	/** The same message twice, as a peer may cut what it says. */
	@MethodSource("messages")
	@FuzzTest
	void message(byte[] data) {
		Fuzzed.check(2 * data.length, DecodeException.class, () -> {
			IdentifySession session = new IdentifySession();
			session.on(ByteBuffer.wrap(data));
			session.on(ByteBuffer.wrap(data));
			session.info();
		});
	}

}
