package io.p2pboot.libp2p.node;

import java.nio.ByteBuffer;
import java.util.Set;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What datagrams mean where they travel on streams of their protocol.
 */
abstract class MessageDatagramConformance extends DatagramConformance {

	private static final long PROTOCOL_VIOLATION = 0x1004;

	@Test
	void sendingNeverBlocksOnAPeerThatDoesNotRead() throws Exception {
		// The peer serves the path with streams, and reads nothing.
		StreamProtocol deaf = this.server.mountProtocol(PATH, StreamProtocol.create());
		ByteBuffer payload = ByteBuffer.allocate(DatagramService.DEFAULT_MAX_BYTES);
		int offered = 0;
		while (this.clientEvents.dropped(DatagramDrop.SEND_QUEUE_FULL) < 1000) {
			this.client.sendDatagram(this.server.addrInfo(), PATH, payload.duplicate());
			offered++;
			assertThat(offered).isLessThan(1_000_000);
		}
		int total = offered;
		this.client.disconnect(this.server.peerId());
		eventually("all counted", () -> this.clientEvents.sent() + this.clientEvents.dropped() == total);
		assertThat(this.clientEvents.dropped(DatagramDrop.CONNECTION_LOST)).isPositive();
		deaf.acceptStream().reset(0);
	}

	@Test
	void aFlowIsOpenedAnewAfterThePeerEndedIt() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		send("first");
		try (Stream stream = serving.acceptStream()) {
			assertThat(stream.inputStream().readNBytes(6)).isEqualTo("\5first".getBytes());
			stream.closeWrite();
			// Our FIN is answered by the sender's.
			assertThat(stream.inputStream().read()).isEqualTo(-1);
		}
		send("second");
		try (Stream stream = serving.acceptStream()) {
			assertThat(stream.inputStream().readNBytes(7)).isEqualTo("\6second".getBytes());
		}
	}

	@Test
	void aPeerWithAStreamHandlerSpeaksIt() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		try (Stream stream = this.client.openStream(this.server.addrInfo(), PATH)) {
			stream.outputStream().write("\3ask".getBytes());
			Datagram asked = serving.acceptDatagram();
			assertThat(text(asked)).isEqualTo("ask");
			serving.sendDatagram(bytes("answered"), asked.peer());
			assertThat(stream.inputStream().readNBytes(9)).isEqualTo("\10answered".getBytes());
		}
	}

	@Test
	void answersGoOutOnAStreamThatItsOpenerHasFinished() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		try (Stream stream = this.client.openStream(this.server.addrInfo(), PATH)) {
			for (int i = 0; i < 50; i++) {
				stream.outputStream().write("\3ask".getBytes());
			}
			stream.closeWrite();
			Datagram asked = serving.acceptDatagram();
			for (int i = 1; i < 50; i++) {
				assertThat(text(serving.acceptDatagram())).isEqualTo("ask");
			}
			// By now the end has come, or comes between the answers.
			for (int i = 0; i < 50; i++) {
				serving.sendDatagram(bytes("answered"), asked.peer());
				assertThat(stream.inputStream().readNBytes(9)).isEqualTo("\10answered".getBytes());
			}
		}
		assertThat(this.serverEvents.openStreams(PATH)).isLessThanOrEqualTo(1);
	}

	@Test
	void aMessageAtTheLimitIsTakenAndOneByteMoreResetsTheStream() throws Exception {
		serve(this.server);
		Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
		stream.outputStream().write(new byte[] { (byte) 0xB0, 0x09 });
		stream.outputStream().write(new byte[1200]);
		assertThat(next()).hasSize(1200);
		stream.outputStream().write(new byte[] { (byte) 0xB1, 0x09 });
		assertReset(stream);
	}

	@Test
	void aLengthThatDoesNotEndResetsTheStream() throws Exception {
		serve(this.server);
		Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
		stream.outputStream().write(new byte[] { (byte) 0x80, (byte) 0x80, (byte) 0x80 });
		assertReset(stream);
		assertThat(this.received).isEmpty();
	}

	@Test
	void anEndWithinAMessageResetsTheStream() throws Exception {
		serve(this.server);
		Stream stream = this.client.openStream(this.server.addrInfo(), PATH);
		stream.outputStream().write(new byte[] { 5, 1, 2 });
		stream.closeWrite();
		assertReset(stream);
		assertThat(this.received).isEmpty();
	}

	private static void assertReset(Stream stream) {
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.read(ByteBuffer.allocate(1)))
			.satisfies((reset) -> {
				assertThat(reset.isRemote()).isTrue();
				assertThat(reset.code().orElse(PROTOCOL_VIOLATION)).isEqualTo(PROTOCOL_VIOLATION);
			});
	}

	@Test
	void theLimitOfMessagesCanBeRaised() throws Exception {
		NettyNode large = started(link().server().maxDatagramBytes(DatagramService.LARGEST_MAX_BYTES));
		NettyNode sender = started(link().client().maxDatagramBytes(DatagramService.LARGEST_MAX_BYTES));
		DatagramProtocol serving = large.mountProtocol(PATH, DatagramProtocol.create());
		try (Stream stream = sender.openStream(large.addrInfo(), PATH)) {
			stream.outputStream().write(new byte[] { (byte) 0xFF, (byte) 0xFF, 0x03 });
			stream.outputStream().write(new byte[65_535]);
			assertThat(serving.acceptDatagram().payload().remaining()).isEqualTo(65_535);
		}
		assertThatIllegalArgumentException().isThrownBy(() -> NodeBuilder.create().maxDatagramBytes(65_536));
		assertThatIllegalArgumentException().isThrownBy(() -> NodeBuilder.create().maxDatagramBytes(0));
	}

	@Test
	void aPeerThatDoesNotServeThePathIsAnError() {
		for (int i = 0; i < 2; i++) {
			assertThatExceptionOfType(ProtocolUnsupported.class).isThrownBy(() -> send("refused"));
		}
		assertThat(this.client.connections()).hasSize(1);
	}

	@Test
	void aPeerThatNoLongerServesThePathIsAnErrorOfTheNextSend() throws Exception {
		this.client.connect(this.server.addrInfo());
		eventually("identified", () -> !this.client.peerStore().protocols(this.server.peerId()).isEmpty());
		this.client.peerStore().protocols(this.server.peerId(), Set.of(PATH));
		send("optimistic");
		eventually("the refusal known", () -> this.client.peerStore().protocols(this.server.peerId()).isEmpty());
		assertThatExceptionOfType(ProtocolUnsupported.class).isThrownBy(() -> send("told"));
		serve(this.server);
		send("served");
		assertThat(next()).isEqualTo("served");
	}

}
