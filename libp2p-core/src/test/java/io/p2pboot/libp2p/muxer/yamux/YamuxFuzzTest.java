package io.p2pboot.libp2p.muxer.yamux;

import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.DATA;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.FIN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.GO_AWAY;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.PING;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.RST;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.SYN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW_UPDATE;

class YamuxFuzzTest {

	private static final int CREDIT = 1000;

	private static byte[] frames(ByteBuf... frames) {
		return ByteBufUtil.getBytes(Unpooled.wrappedBuffer(frames));
	}

	static Stream<Arguments> frames() {
		return Fuzzed.seeds(
				frames(YamuxPeer.frame(DATA, SYN, 1, 5).writeBytes(new byte[5]), YamuxPeer.frame(DATA, FIN, 1, 0)),
				frames(YamuxPeer.frame(WINDOW_UPDATE, SYN, 1, 0), YamuxPeer.frame(WINDOW_UPDATE, 0, 1, CREDIT),
						YamuxPeer.frame(WINDOW_UPDATE, RST, 1, 0)),
				frames(YamuxPeer.frame(PING, SYN, 0, 7), YamuxPeer.frame(GO_AWAY, 0, 0, 1)));
	}

	/** A session ends with GO_AWAY or lives, whatever arrives. */
	@MethodSource("frames")
	@FuzzTest
	void frames(byte[] data) {
		try (YamuxPeer peer = new YamuxPeer()) {
			peer.sendBytes(Unpooled.wrappedBuffer(data));
			peer.channel().checkException();
		}
	}

}
