package io.p2pboot.libp2p.protocol.datagram;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.Fakes;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.netty.TestConnection;
import io.p2pboot.libp2p.netty.TestStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Row 7 of what an attacker did: datagrams without content on a stream.
 */
class MessageFlowTest {

	private static final ProtocolPath PATH = ProtocolPath.of("/telemetry/1.0.0");

	private final TestStream stream = new TestStream(PATH,
			TestConnection.of("/ip4/10.0.0.1/tcp/4001", "/ip4/9.9.9.9/tcp/1"));

	private int received;

	private int dropped;

	private final DatagramService service = new DatagramService(
			Fakes.of(NettyNode.class,
					Map.of("observer", (none) -> Fakes.recording(NodeObserver.class, this::observed))),
			DatagramService.DEFAULT_MAX_BYTES);

	private void observed(String event, List<Object> arguments) {
		if (event.equals("datagramDropped")) {
			assertThat(arguments).containsExactly(PATH, Direction.INBOUND, DatagramDrop.RECEIVE_QUEUE_FULL);
			this.dropped++;
		}
	}

	@BeforeEach
	void open() {
		this.service.serve(PATH, (datagram) -> this.received++);
		this.service.accept(this.stream);
	}

	@AfterEach
	void close() {
		this.stream.channel().finishAndReleaseAll();
	}

	@Test
	void emptyDatagramsUpToTheBurstAreReceivedAndOneMoreIsDropped() {
		this.stream.receive(new byte[MessageFlow.SHORT_BURST]);
		assertThat(this.received).isEqualTo(MessageFlow.SHORT_BURST);
		assertThat(this.dropped).isZero();
		this.stream.receive(new byte[3]);
		assertThat(this.received).isEqualTo(MessageFlow.SHORT_BURST);
		assertThat(this.dropped).isEqualTo(3);
		assertThat(this.stream.channel().isOpen()).isTrue();
	}

	@Test
	void afterASecondMoreOfThemAreReceived() {
		this.stream.receive(new byte[MessageFlow.SHORT_BURST]);
		this.stream.channel().advanceTimeBy(1, TimeUnit.SECONDS);
		this.stream.receive(new byte[MessageFlow.SHORT_PER_SECOND + 1]);
		assertThat(this.received).isEqualTo(MessageFlow.SHORT_BURST + MessageFlow.SHORT_PER_SECOND);
		assertThat(this.dropped).isOne();
	}

	@Test
	void datagramsWithContentAreReceivedHoweverFastTheyCome() {
		byte[] datagram = new byte[1 + MessageFlow.BYTES_PER_SHORT];
		datagram[0] = MessageFlow.BYTES_PER_SHORT;
		for (int i = 0; i < 2 * MessageFlow.SHORT_BURST; i++) {
			this.stream.receive(datagram);
		}
		assertThat(this.received).isEqualTo(2 * MessageFlow.SHORT_BURST);
		assertThat(this.dropped).isZero();
	}

}
