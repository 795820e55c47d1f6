package io.p2pboot.libp2p.muxer.yamux;

import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.RecordedStream;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.muxer.yamux.YamuxPeer.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.ACK;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.DATA;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.FIN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.PING;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.RST;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.SYN;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW;
import static io.p2pboot.libp2p.muxer.yamux.YamuxPeer.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What waits for a peer that keeps us waiting: streams that were closed, and opens.
 */
@Timeout(60)
class YamuxPatienceTest {

	private final YamuxPeer peer = new YamuxPeer();

	private int pings = 1;

	@AfterEach
	void close() {
		this.peer.close();
	}

	/** Lets five minutes pass, in which the peer answers every ping. */
	private List<Frame> fiveMinutes() {
		List<Frame> frames = new ArrayList<>();
		this.peer.sendFrame(PING, ACK, 0, this.pings);
		for (int period = 0; period < 10; period++) {
			this.peer.advance(30_000);
			frames.addAll(this.peer.acceptFrames());
			this.pings++;
			this.peer.sendFrame(PING, ACK, 0, this.pings);
		}
		frames.removeIf((frame) -> frame.type() == PING);
		return frames;
	}

	@Test
	void aClosedStreamWhosePeerGivesNoCreditIsResetAfterFiveMinutes() { // M22
		RecordedStream stream = this.peer.openStream(1);
		ChannelFuture written = stream.write(new byte[WINDOW + 1]);
		ChannelFuture closed = stream.channel().close();
		this.peer.acceptFrames();
		assertThat(closed.isDone()).isFalse();
		assertThat(fiveMinutes()).containsExactly(new Frame(WINDOW_UPDATE, RST, 1, 0));
		assertThat(closed.isSuccess()).isTrue();
		assertThat(written.isDone()).isTrue();
		assertThat(written.isSuccess()).isFalse();
		assertThat(stream.failure()).isInstanceOfSatisfying(StreamReset.class,
				(reset) -> assertThat(reset.isRemote()).isFalse());
		assertThat(this.peer.session().streams()).isZero();
		this.peer.assertAlive();
	}

	@Test
	void aStreamThatIsNotClosedWaitsForCreditAsLongAsItHasTo() { // M32
		RecordedStream stream = this.peer.openStream(1);
		stream.write(new byte[WINDOW + 1]);
		ChannelFuture ended = stream.channel().shutdownOutput();
		this.peer.acceptFrames();
		assertThat(fiveMinutes()).isEmpty();
		this.peer.sendFrame(WINDOW_UPDATE, 0, 1, 8192);
		assertThat(this.peer.acceptFrames()).containsExactly(new Frame(DATA, 0, 1, 1, "\0"),
				new Frame(WINDOW_UPDATE, FIN, 1, 0));
		assertThat(ended.isSuccess()).isTrue();
	}

	@Test
	void aFaultOfOurOwnEndsTheConnectionAndIsReported() { // B20, N28
		RecordedStream stream = this.peer.openStream(1);
		StackOverflowError fault = new StackOverflowError();
		List<ILoggingEvent> logged = logged(YamuxMuxer.class,
				() -> this.peer.channel().pipeline().fireExceptionCaught(fault));
		assertThat(this.peer.channel().isOpen()).isFalse();
		assertThat(stream.failure()).isInstanceOf(ConnectionLost.class).hasCause(fault);
		assertThat(logged).singleElement()
			.satisfies((line) -> assertThat(line.getFormattedMessage()).contains("StackOverflowError"));
	}

	@Test
	void whatIsUnsentWhenThePeerResetsIsNoFailureOfAHandler() {
		RecordedStream stream = this.peer.openStream(1);
		StreamChildChannel channel = stream.channel();
		channel.pipeline().remove(stream);
		channel.writeAndFlush(Unpooled.buffer().writeZero(WINDOW + 1), channel.voidPromise());
		List<ILoggingEvent> logged = logged(StreamChildChannel.class,
				() -> this.peer.sendFrame(WINDOW_UPDATE, RST, 1, 0));
		assertThat(channel.isOpen()).isFalse();
		assertThat(logged).isEmpty();
	}

	private static List<ILoggingEvent> logged(Class<?> source, Runnable action) {
		Logger logger = (Logger) LoggerFactory.getLogger(source);
		ListAppender<ILoggingEvent> appender = new ListAppender<>();
		appender.start();
		logger.addAppender(appender);
		try {
			action.run();
			return appender.list;
		}
		finally {
			logger.detachAppender(appender);
		}
	}

	@Test
	void anOpenThatNobodyWaitsForAnyMoreOpensNothing() { // M37
		List<RecordedStream> unacknowledged = new ArrayList<>();
		for (int index = 0; index < YamuxSession.ACK_BACKLOG; index++) {
			unacknowledged.add(this.peer.weOpen());
		}
		List<Future<StreamChildChannel>> waiting = new ArrayList<>();
		for (int index = 0; index < WaitingOpens.MAXIMUM; index++) {
			waiting.add(this.peer.session().openStream(new RecordedStream()));
		}
		waiting.forEach((open) -> open.cancel(false));
		Future<StreamChildChannel> last = this.peer.session().openStream(new RecordedStream());
		this.peer.acceptFrames();
		this.peer.sendFrame(WINDOW_UPDATE, ACK, 2, 0);
		assertThat(this.peer.acceptFrames())
			.containsExactly(new Frame(WINDOW_UPDATE, SYN, 2 * YamuxSession.ACK_BACKLOG + 2, 0));
		assertThat(last.isSuccess()).isTrue();
		assertThat(this.peer.session().streams()).isEqualTo(unacknowledged.size() + 1);
	}

}
