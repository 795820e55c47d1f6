package io.p2pboot.libp2p.multistream;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import io.p2pboot.libp2p.multiformats.DecodeException;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class MultistreamFuzzTest {

	static Stream<Arguments> messages() {
		return Stream
			.of(Wire.messages(Wire.HEADER, "/noise", "ls", "/a"), Wire.messages(Wire.HEADER, "na", "/a"),
					Wire.messagesThen("payload", Wire.HEADER, "/a"))
			.map((bytes) -> Arguments.of((Object) ByteBufUtil.getBytes(bytes)));
	}

	@MethodSource("messages")
	@FuzzTest
	void message(byte[] data) {
		Fuzzed.check(data.length, DecodeException.class, () -> {
			ByteBuf input = Unpooled.wrappedBuffer(data);
			MessageReader reader = new MessageReader();
			while (reader.read(input) != null) {
				Fuzzed.require(input.readerIndex() > 0, "a message of no byte");
			}
		});
	}

	@MethodSource("messages")
	@FuzzTest
	void negotiation(byte[] data) {
		for (boolean initiator : new boolean[] { true, false }) {
			EmbeddedChannel channel = new EmbeddedChannel();
			Future<String> agreed = initiator ? Multistream.select(channel, List.of("/a", "/b"), Duration.ofSeconds(10))
					: Multistream.respond(channel, List.of("/a"), Duration.ofSeconds(10));
			channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(data)).fireChannelReadComplete();
			channel.close();
			Fuzzed.require(agreed.isDone() && (agreed.isSuccess() || agreed.cause() instanceof NegotiationFailed),
					"a negotiation without an end");
			channel.finishAndReleaseAll();
		}
	}

}
