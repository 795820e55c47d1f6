package io.p2pboot.libp2p.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.p2pboot.libp2p.DatagramProtocol;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.ProtocolHost;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.yamux.DatagramYamux;
import io.p2pboot.libp2p.muxer.yamux.DatagramYamux.Side;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.protocol.datagram.DatagramService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Datagrams on connections that carry them beside their streams: {@code /dg/1}.
 */
class NativeDatagramTest extends DatagramConformance {

	private static final int MAX_BYTES = 1400;

	private final DatagramYamux.Air air = new DatagramYamux.Air();

	private final DatagramYamux clientMuxer = new DatagramYamux(this.air, MAX_BYTES);

	@Override
	NodeLink link() {
		return NodeLink.DATAGRAMS;
	}

	@Override
	NodeBuilder serverBuilder() {
		return super.serverBuilder().muxer(new DatagramYamux(this.air, MAX_BYTES));
	}

	@Override
	NodeBuilder clientBuilder() {
		return super.clientBuilder().muxer(this.clientMuxer);
	}

	private int limit(NettyNode peer) {
		return ((ProtocolHost) this.client).maxDatagramBytes(peer.addrInfo(), PATH).orElseThrow();
	}

	private Side side(boolean initiator) {
		return this.air.sides.stream().filter((side) -> side.isInitiator() == initiator).findFirst().orElseThrow();
	}

	@Test
	void onlyANodeWhoseTransportCarriesDatagramsListsTheControlProtocol() throws IOException {
		assertThat(this.server.protocols()).contains(DatagramService.CONTROL);
		assertThat(started(NodeLink.MEMORY.client()).protocols()).doesNotContain(DatagramService.CONTROL);
	}

	@Test
	void aDatagramMayFillWhatTheConnectionCarriesLessTheIdOfItsStream() throws Exception {
		serve(this.server);
		this.client.connect(this.server.addrInfo());
		// Before the flow is open its id is not known.
		assertThat(limit(this.server)).isEqualTo(MAX_BYTES - 8);
		send("open");
		assertThat(limit(this.server)).isEqualTo(MAX_BYTES - 1);
		assertThat(next()).isEqualTo("open");
	}

	@Test
	void whatNoLongerFitsWhenItsTurnComesIsDroppedAndCounted() throws Exception {
		serve(this.server);
		send("open");
		assertThat(next()).isEqualTo("open");
		side(true).stall(true);
		this.client.sendDatagram(this.server.addrInfo(), PATH, ByteBuffer.allocate(1000));
		this.client.sendDatagram(this.server.addrInfo(), PATH, bytes("small"));
		this.clientMuxer.maxBytes(500);
		side(true).stall(false);
		assertThat(next()).isEqualTo("small");
		assertThat(this.clientEvents.dropped(DatagramDrop.TOO_LARGE)).isEqualTo(1);
		assertThatExceptionOfType(DatagramTooLarge.class)
			.isThrownBy(() -> this.client.sendDatagram(this.server.addrInfo(), PATH, ByteBuffer.allocate(500)));
	}

	@Test
	void sendingNeverBlocksOnAConnectionThatIsStalled() throws Exception {
		serve(this.server);
		send("open");
		assertThat(next()).isEqualTo("open");
		side(true).stall(true);
		for (int i = 0; i < 2000; i++) {
			send("waiting");
		}
		assertThat(this.clientEvents.dropped(DatagramDrop.SEND_QUEUE_FULL)).isBetween(900, 1000);
		this.client.disconnect(this.server.peerId());
		eventually("all counted", () -> this.clientEvents.sent() + this.clientEvents.dropped() == 2001);
		assertThat(this.clientEvents.dropped(DatagramDrop.CONNECTION_LOST)).isPositive();
	}

	@Test
	void aConnectionThatCarriesNoneIsUsedWithAStream() throws Exception {
		this.clientMuxer.maxBytes(0);
		serve(this.server);
		send("on a stream");
		assertThat(next()).isEqualTo("on a stream");
		assertThat(limit(this.server)).isEqualTo(DatagramService.DEFAULT_MAX_BYTES);
	}

	@Test
	void aPeerWithoutTheControlProtocolIsServedOnAStream() throws Exception {
		NettyNode plain = started(NodeLink.MEMORY.server());
		serve(plain);
		this.client.sendDatagram(plain.addrInfo(), PATH, bytes("on a stream"));
		assertThat(next()).isEqualTo("on a stream");
		assertThat(limit(plain)).isEqualTo(DatagramService.DEFAULT_MAX_BYTES);
	}

	@Test
	void aPeerThatServesThePathWithStreamsOnlyIsServedOnAStream() throws Exception {
		StreamProtocol serving = this.server.mountProtocol(PATH, StreamProtocol.create());
		this.client.connect(this.server.addrInfo());
		send("lost: nothing but a reset answers a control stream");
		eventually("the refusal", () -> limit(this.server) == DatagramService.DEFAULT_MAX_BYTES);
		send("on a stream");
		try (Stream stream = serving.acceptStream()) {
			assertThat(stream.inputStream().readNBytes(12)).isEqualTo("\13on a stream".getBytes());
		}
	}

	@Test
	void aPeerThatDoesNotServeThePathIsAnErrorOnceKnown() throws Exception {
		this.client.connect(this.server.addrInfo());
		eventually("an error", () -> {
			try {
				send("refused");
				return false;
			}
			catch (ProtocolUnsupported ex) {
				return true;
			}
			catch (IOException ex) {
				throw new AssertionError(ex);
			}
		});
	}

	@Test
	void aPeerThatDoesNotListThePathIsAskedForANativeFlow() throws Exception {
		this.client.connect(this.server.addrInfo());
		eventually("identified",
				() -> this.client.peerStore().protocols(this.server.peerId()).contains(DatagramService.CONTROL));
		serve(this.server);
		// As Go does, which lists the handlers of streams only.
		this.client.peerStore().protocols(this.server.peerId(), Set.of(DatagramService.CONTROL));
		send("beside the streams");
		assertThat(next()).isEqualTo("beside the streams");
		assertThat(this.clientEvents.openStreams(DatagramService.CONTROL)).isEqualTo(1);
	}

	@Test
	void aRefusalOfAPathThatThePeerDoesNotListIsAnErrorOfTheFirstSend() throws Exception {
		this.client.connect(this.server.addrInfo());
		eventually("identified",
				() -> this.client.peerStore().protocols(this.server.peerId()).contains(DatagramService.CONTROL));
		assertThatExceptionOfType(ProtocolUnsupported.class).isThrownBy(() -> send("refused"));
	}

	@Test
	void datagramsAfterTheEndOfTheFlowAreDroppedAndTheConnectionLives() throws Exception {
		serve(this.server);
		send("open");
		assertThat(next()).isEqualTo("open");
		this.server.unmountProtocol(PATH);
		eventually("the flow ended",
				() -> limit(this.server) == DatagramService.DEFAULT_MAX_BYTES || limit(this.server) == MAX_BYTES - 8);
		side(true).inject(datagram("late"));
		eventually("dropped", () -> this.serverEvents.dropped(DatagramDrop.UNKNOWN_FLOW) == 1);
		assertThat(this.received).isEmpty();
		assertThat(this.client.connections()).hasSize(1);
	}

	@Test
	void aDatagramOfAStreamThatNeverComesIsDropped() throws Exception {
		serve(this.server);
		send("open");
		assertThat(next()).isEqualTo("open");
		side(true).inject(Unpooled.wrappedBuffer(new byte[] { 0x3C, 1, 2, 3 }));
		eventually("dropped", () -> this.serverEvents.dropped(DatagramDrop.UNKNOWN_FLOW) == 1);
		send("the connection lives");
		assertThat(next()).isEqualTo("the connection lives");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "40", "8000", "c0000000000000", "02", "03", "3d", "7ffd", "ffffffffffffffff" })
	void anIdThatCannotExistEndsTheConnection(String hex) throws Exception {
		serve(this.server);
		send("open");
		assertThat(next()).isEqualTo("open");
		side(true).inject(Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex)));
		eventually("closed", () -> this.server.connections().isEmpty());
		assertThat(side(false).closedWith).isEqualTo(0x1003);
		assertThat(this.received).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "808008", "05612f622f63", "050a2f622f63", "8008", "8100" })
	void aControlStreamWithoutAPathIsReset(String hex) throws Exception {
		Stream control = this.client.openStream(this.server.addrInfo(), DatagramService.CONTROL);
		control.outputStream().write(HexFormat.of().parseHex(hex));
		assertReset(control, 0x1004);
	}

	@Test
	void aControlStreamThatEndsBeforeItsPathIsReset() throws Exception {
		Stream control = this.client.openStream(this.server.addrInfo(), DatagramService.CONTROL);
		control.outputStream().write(5);
		control.closeWrite();
		assertReset(control, 0x1004);
	}

	@Test
	void aControlStreamForAPathThatNobodyServesIsReset() throws Exception {
		Stream control = this.client.openStream(this.server.addrInfo(), DatagramService.CONTROL);
		control.outputStream().write("\6/other".getBytes());
		assertReset(control, 0x1001);
	}

	/** A datagram of the flow that the server knows. */
	private ByteBuf datagram(String text) {
		return Unpooled.buffer().writeByte((int) side(false).controlId).writeBytes(text.getBytes());
	}

	private static void assertReset(Stream stream, long code) {
		stream.readTimeout(Duration.ofSeconds(20));
		assertThatExceptionOfType(StreamReset.class).isThrownBy(() -> stream.read(ByteBuffer.allocate(1)))
			.satisfies((reset) -> assertThat(reset.code()).hasValue(code));
	}

	@Test
	void aPeersFlowCarriesDatagramsBothWaysUntilItEndsItsSide() throws Exception {
		DatagramProtocol serving = this.server.mountProtocol(PATH, DatagramProtocol.create());
		Stream control = this.client.openStream(this.server.addrInfo(), DatagramService.CONTROL);
		control.outputStream().write(PATH.toString().length());
		control.outputStream().write(PATH.toString().getBytes());
		eventually("the flow", () -> side(false).controlId >= 0);
		side(true).inject(datagram("by hand"));
		assertThat(text(serving.acceptDatagram())).isEqualTo("by hand");
		serving.sendDatagram(bytes("answer"), this.client.addrInfo());
		// The client knows no flow of the stream that the test opened.
		eventually("the answer", () -> this.clientEvents.dropped(DatagramDrop.UNKNOWN_FLOW) == 1);
		control.closeWrite();
		assertThat(control.inputStream().read()).isEqualTo(-1);
		side(true).inject(datagram("late"));
		eventually("the late one", () -> this.serverEvents.dropped(DatagramDrop.UNKNOWN_FLOW) == 1);
	}

	@Test
	void theControlPathIsAsInTheDraft() {
		assertThat(DatagramService.CONTROL).isEqualTo(ProtocolPath.of("/dg/1"));
	}

}
