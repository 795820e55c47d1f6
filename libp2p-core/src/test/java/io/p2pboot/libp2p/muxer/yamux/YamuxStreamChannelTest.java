package io.p2pboot.libp2p.muxer.yamux;

import java.nio.charset.StandardCharsets;

import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.NodeObserver;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxPeer.Frame;
import io.p2pboot.libp2p.netty.TestConnection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.FIN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.SYN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a stream knows of itself, and how it ends.
 */
class YamuxStreamChannelTest {

	private final YamuxPeer peer = new YamuxPeer();

	@AfterEach
	void close() {
		this.peer.close();
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	@Test
	void aStreamKnowsWhoOpenedItAndItsId() {
		assertThat(this.peer.openStream(1).channel().direction()).isEqualTo(Direction.INBOUND);
		StreamChildChannel ours = this.peer.weOpen().channel();
		assertThat(ours.direction()).isEqualTo(Direction.OUTBOUND);
		assertThat(ours.streamId()).isEqualTo(2);
	}

	@Test
	void whatAStreamCarriesIsSaidOnce() {
		StreamChildChannel stream = this.peer.openStream(1).channel();
		assertThatIllegalStateException().isThrownBy(stream::protocol);
		assertThatIllegalStateException().isThrownBy(stream::connection);
		Connection connection = TestConnection.of("/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/2");
		stream.negotiated(ProtocolPath.of("/a"), connection, NodeObserver.NONE);
		assertThat(stream.protocol()).isEqualTo(ProtocolPath.of("/a"));
		assertThat(stream.connection()).isSameAs(connection);
		assertThatIllegalStateException()
			.isThrownBy(() -> stream.negotiated(ProtocolPath.of("/b"), connection, NodeObserver.NONE))
			.withMessageContaining("/a");
	}

	@Test
	void aStreamThatCannotBeSetUpIsClosed() {
		Future<StreamChildChannel> opened = this.peer.session().openStream((stream) -> {
			throw new IllegalArgumentException("expected");
		});
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, SYN, 2, 0),
				new Frame(WINDOW_UPDATE, FIN, 2, 0));
		assertThat(opened.getNow().isOpen()).isFalse();
	}

	@Test
	void aResetOfAStreamThatIsOverSendsNothing() {
		RecordedStream stream = this.peer.openStream(1);
		this.peer.sendFrame(WINDOW_UPDATE, FIN, 1, 0);
		stream.channel().closeWrite();
		stream.channel().reset(7);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(WINDOW_UPDATE, FIN, 1, 0));
		assertThat(stream.channel().isOpen()).isFalse();
		assertThat(stream.failures()).isZero();
	}

	@Test
	void aStreamThatIsReadNoMoreIsOverOnceBothSidesHaveFinished() {
		RecordedStream stream = this.peer.openStreamUnread(1);
		stream.channel().config().setAutoRead(false);
		this.peer.sendData(0, 1, bytes("first, asked for with auto-read"));
		this.peer.sendData(FIN, 1, bytes("unread"));
		stream.channel().shutdownOutput();
		this.peer.acceptFrames();
		assertThat(stream.channel().isOpen()).isTrue();
		stream.channel().shutdownInput();
		this.peer.acceptFrames();
		assertThat(stream.channel().isOpen()).isFalse();
		assertThat(stream.failures()).isZero();
		assertThat(this.peer.session().streams()).isZero();
	}

}
