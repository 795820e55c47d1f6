package io.p2pboot.libp2p.kad;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.kad.KadMessage.Type;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.node.NodeBuilder;
import io.p2pboot.libp2p.wire.LengthPrefixedReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** A scripted peer against a server. */
@Timeout(120)
class WireTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/test/kad/1.0.0");

	private NettyNode server;

	private NettyNode client;

	private Kademlia kad;

	@BeforeEach
	void start() throws IOException {
		this.server = node();
		this.client = node();
		this.kad = this.server.mountRouting(Kademlia.builder(PATH.value())
			.mode(Kademlia.Mode.SERVER)
			.validator("n", new NumberedValidator())
			.build());
		this.client.connect(this.server.addrInfo());
	}

	private static NettyNode node() throws IOException {
		return NodeBuilder.create().listen("/ip4/127.0.0.1/tcp/0").shutdownGrace(Duration.ZERO).start();
	}

	@AfterEach
	void close() {
		this.kad.close();
		this.client.close();
		this.server.close();
	}

	private Stream open() throws IOException {
		return this.client.openStream(this.server.addrInfo(), PATH);
	}

	private static ByteBuffer frame(KadMessage... messages) {
		ByteBuffer frames = ByteBuffer.allocate(200_000);
		for (KadMessage message : messages) {
			ByteBuffer encoded = KadCodec.encode(message);
			Varint.write(encoded.remaining(), frames);
			frames.put(encoded);
		}
		return frames.flip();
	}

	private static void write(Stream stream, ByteBuffer bytes) throws IOException {
		byte[] copy = new byte[bytes.remaining()];
		bytes.get(copy);
		stream.outputStream().write(copy);
		stream.outputStream().flush();
	}

	private static KadMessage read(Stream stream) throws IOException {
		LengthPrefixedReader reader = new LengthPrefixedReader(KadLimits.MAX_SENT_BYTES);
		while (true) {
			int next = stream.inputStream().read();
			if (next < 0) {
				throw new IOException("the stream has ended");
			}
			Optional<ByteBuffer> message = reader.read(ByteBuffer.wrap(new byte[] { (byte) next }));
			if (message.isPresent()) {
				return KadCodec.decode(message.get());
			}
		}
	}

	private void resets(ByteBuffer bytes) throws IOException {
		try (Stream stream = open()) {
			// The reset may come before all is written.
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> {
				write(stream, bytes);
				read(stream);
			});
		}
		assertThat(this.client.connection(this.server.peerId())).as("the connection lives on").isPresent();
	}

	private static KadMessage findNode(String key) {
		return KadMessage.of(Type.FIND_NODE, Peers.bytes(key));
	}

	@Test
	void answersComeInTheOrderOfTheRequestsOfOneSegment() throws IOException {
		try (Stream stream = open()) {
			write(stream, frame(findNode("a"), KadMessage.of(Type.PING, ByteBuffer.allocate(0)),
					KadMessage.of(Type.GET_VALUE, Peers.bytes("/n/a"))));
			assertThat(List.of(read(stream).type(), read(stream).type(), read(stream).type()))
				.containsExactly(Type.FIND_NODE, Type.PING, Type.GET_VALUE);
		}
	}

	@Test
	void requestThatComesByteByByteIsAnswered() throws IOException {
		try (Stream stream = open()) {
			ByteBuffer bytes = frame(findNode("a"));
			while (bytes.hasRemaining()) {
				write(stream, ByteBuffer.wrap(new byte[] { bytes.get() }));
			}
			assertThat(read(stream).type()).isEqualTo(Type.FIND_NODE);
		}
	}

	@Test
	void requestWhoseSenderHasEndedItsSideIsAnswered() throws IOException {
		try (Stream stream = open()) {
			write(stream, frame(findNode("a"), findNode("b")));
			stream.closeWrite();
			read(stream);
			read(stream);
			assertThat(stream.inputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void addProviderIsNotAnsweredAndWhatFollowsIs() throws IOException {
		ByteBuffer key = Peers.bytes("content");
		KadPeer own = KadPeer.of(this.client.peerId(), this.client.addrInfo().addresses());
		try (Stream stream = open()) {
			write(stream, frame(KadMessage.addProvider(key, own), KadMessage.of(Type.GET_PROVIDERS, key)));
			KadMessage answer = read(stream);
			assertThat(answer.type()).isEqualTo(Type.GET_PROVIDERS);
			assertThat(answer.providers()).extracting(KadPeer::id).containsExactly(this.client.peerId());
		}
	}

	@Test
	void whatBreaksARuleResetsTheStreamAlone() throws IOException {
		resets(frame(KadMessage.of(Type.FIND_NODE, ByteBuffer.allocate(0))));
		resets(ByteBuffer.wrap(new byte[] { 0 }));
		resets(ByteBuffer.wrap(new byte[] { 3, -1, -1, -1 }));
		resets(ByteBuffer.wrap(new byte[] { 2, 8, 77 }));
		resets(ByteBuffer.wrap(new byte[] { (byte) 0x83, 0, 1, 2, 3 }));
		resets(ByteBuffer.wrap(new byte[] { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 }));
	}

	@Test
	void requestOfSixtyFourKibibytesIsReadAndOneByteMoreResetsBeforeItsBody() throws IOException {
		int overhead = KadCodec.encode(KadMessage.of(Type.FIND_NODE, ByteBuffer.allocate(65_000))).remaining() - 65_000;
		KadMessage longest = KadMessage.of(Type.FIND_NODE, ByteBuffer.allocate(KadLimits.MAX_REQUEST_BYTES - overhead));
		assertThat(KadCodec.encode(longest).remaining()).isEqualTo(KadLimits.MAX_REQUEST_BYTES);
		try (Stream stream = open()) {
			write(stream, frame(longest));
			assertThat(read(stream).type()).isEqualTo(Type.FIND_NODE);
		}
		ByteBuffer length = ByteBuffer.allocate(4);
		Varint.write(KadLimits.MAX_REQUEST_BYTES + 1L, length);
		resets(length.flip());
	}

	@Test
	void seventeenthStreamOfOnePeerIsReset() throws IOException {
		for (int count = 0; count < KadLimits.MAX_INBOUND_STREAMS_PER_PEER; count++) {
			Stream stream = open();
			write(stream, frame(findNode("a")));
			read(stream);
		}
		resets(frame(findNode("a")));
	}

	@Test
	void sideThatEndsWithinARequestResets() throws IOException {
		try (Stream stream = open()) {
			write(stream, ByteBuffer.wrap(new byte[] { 10, 1 }));
			stream.closeWrite();
			assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> read(stream));
		}
	}

	@Test
	void peerThatSendsWithoutReadingItsAnswersIsHeldUp() throws IOException {
		for (int number = 1; number <= 20; number++) {
			this.server.peerStore().addAddresses(Peers.id(number), Peers.peer(number).addresses(), Duration.ofHours(1));
		}
		try (Stream stream = open()) {
			ByteArrayOutputStream many = new ByteArrayOutputStream();
			for (int number = 0; number < 200; number++) {
				byte[] one = new byte[frame(findNode("x")).remaining()];
				frame(findNode("x")).get(one);
				many.write(one);
			}
			write(stream, ByteBuffer.wrap(many.toByteArray()));
			for (int number = 0; number < 200; number++) {
				assertThat(read(stream).type()).isEqualTo(Type.FIND_NODE);
			}
		}
	}

}
