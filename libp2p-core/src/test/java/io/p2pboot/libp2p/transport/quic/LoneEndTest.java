package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.transport.MuxedConnection;
import io.p2pboot.libp2p.transport.quic.MuxNode.Inbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ends of streams that leave after their data: the codec forgets one that waits, once the
 * data is acknowledged.
 */
class LoneEndTest extends QuicSuite {

	private final BlockingQueue<StreamChildChannel> accepted = new LinkedBlockingQueue<>();

	private MuxedConnection connection;

	/** One stream may fill the congestion window. */
	@Override
	QuicConfig config() {
		return QuicConfig.DEFAULT.withStreams(256, 4 << 20, 16 << 20);
	}

	@BeforeEach
	void connectNodes() throws Exception {
		this.server.serveWith(this.accepted::add);
		this.connection = connect();
		this.server.nextInbound();
	}

	@Test
	void anEndForWhichThereIsNoRoomIsNotLost() throws Exception {
		for (int round = 0; round < 5; round++) {
			StreamChildChannel bulk = opposite(new Inbox(), false);
			Inbox mine = new Inbox();
			StreamChildChannel answer = opposite(mine, true);
			Future<Void> wrote = answer.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
			// Right behind the byte: nothing of it is acknowledged yet.
			wrote.addListener((done) -> answer.eventLoop().execute(() -> {
				bulk.writeAndFlush(Unpooled.wrappedBuffer(new byte[3_000_000]));
				answer.shutdownOutput();
			}));
			assertThat(mine.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
			assertThat(mine.nextEvent()).as("round " + round).isEqualTo("ChannelInputShutdownEvent");
			await(bulk.reset(0));
		}
	}

	@Test
	void manyEndsThatLeaveAloneDoNotWaitForATimer() throws Exception {
		List<Inbox> inboxes = new ArrayList<>();
		long began = System.nanoTime();
		for (int i = 0; i < 200; i++) {
			Inbox mine = new Inbox();
			inboxes.add(mine);
			StreamChildChannel answer = opposite(mine, true);
			await(answer.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])));
			answer.shutdownOutput();
			assertThat(mine.nextEvent()).isEqualTo("ChannelOutputShutdownEvent");
			assertThat(mine.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		}
		assertThat(inboxes).allSatisfy((inbox) -> assertThat(inbox.bytes()).isOne());
		assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(200 * 25);
	}

	/** Opens a stream, and gives the peer's end of it. */
	private StreamChildChannel opposite(Inbox mine, boolean ended) throws Exception {
		StreamChildChannel stream = open(this.connection, mine);
		stream.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
		if (ended) {
			stream.shutdownOutput();
		}
		StreamChildChannel end = this.accepted.poll(20, TimeUnit.SECONDS);
		assertThat(end).as("a stream within 20 s").isNotNull();
		Inbox theirs = new Inbox();
		await(end.eventLoop().submit(() -> end.pipeline().addLast(theirs)));
		end.config().setAutoRead(true);
		if (ended) {
			assertThat(theirs.nextEvent()).isEqualTo("ChannelInputShutdownEvent");
		}
		return end;
	}

}
