package io.p2pboot.libp2p.transport.websocket;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.fuzz.Fuzzed;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WebSocketFuzzTest {

	private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

	static Stream<Arguments> frames() {
		return Fuzzed.seeds(new byte[] { (byte) 0x82, 3, 1, 2, 3, (byte) 0x89, 0, (byte) 0x88, 2, 3, (byte) 0xE8 },
				new byte[] { 2, 1, 7, 0, 1, 8, (byte) 0x80, 0 },
				new byte[] { (byte) 0x82, (byte) 0x83, 1, 2, 3, 4, 5, 6, 7 },
				new byte[] { (byte) 0x82, 127, 0, 0, 0, 0, 0, 0, 0, 1, 9 });
	}

	@MethodSource("frames")
	@FuzzTest
	void frames(byte[] data) {
		for (boolean masked : new boolean[] { true, false }) {
			Fuzzed.check(data.length, FrameViolation.class, () -> {
				int[] passed = new int[1];
				FrameReader reader = new FrameReader(masked, new FrameReader.Sink() {

					@Override
					public void payload(ByteBuf bytes) {
						passed[0] += bytes.readableBytes();
						bytes.release();
					}

					@Override
					public void ping(byte[] content, int length) {
						Fuzzed.require(length <= FrameReader.MAX_CONTROL_BYTES, "a ping of " + length + " bytes");
					}

					@Override
					public void close() {
					}

				}, () -> 0);
				reader.read(Unpooled.copiedBuffer(data));
				Fuzzed.require(passed[0] <= data.length, "more payload than input");
			});
		}
	}

	static Stream<Arguments> requests() {
		return Fuzzed.texts("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				+ "Sec-WebSocket-Key: " + KEY + "\r\nSec-WebSocket-Version: 13\r\n\r\n");
	}

	@MethodSource("requests")
	@FuzzTest
	void request(byte[] data) {
		EmbeddedChannel channel = new EmbeddedChannel(new HttpRequestDecoder(HttpUpgrade.bounds()));
		channel.writeInbound(Unpooled.wrappedBuffer(data));
		for (Object read = channel.readInbound(); read != null; read = channel.readInbound()) {
			if (read instanceof HttpRequest request) {
				HttpUpgrade.refusal(request);
			}
			ReferenceCountUtil.release(read);
		}
		channel.finishAndReleaseAll();
	}

	static Stream<Arguments> responses() {
		return Fuzzed.texts("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				+ "Sec-WebSocket-Accept: " + HttpUpgrade.accept(KEY) + "\r\n\r\n");
	}

	@MethodSource("responses")
	@FuzzTest
	void response(byte[] data) {
		EmbeddedChannel channel = new EmbeddedChannel(new HttpResponseDecoder(HttpUpgrade.bounds()));
		channel.writeInbound(Unpooled.wrappedBuffer(data));
		for (Object read = channel.readInbound(); read != null; read = channel.readInbound()) {
			if (read instanceof HttpResponse response) {
				Optional<String> refusal = HttpUpgrade.refusal(response, KEY);
				Fuzzed.require(refusal.isPresent() || contains(data, HttpUpgrade.accept(KEY)),
						"an upgrade without the answer to our key");
			}
			ReferenceCountUtil.release(read);
		}
		channel.finishAndReleaseAll();
	}

	private static boolean contains(byte[] data, String text) {
		return new String(data, StandardCharsets.ISO_8859_1).contains(text);
	}

}
