package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class HandedOverTest {

	private static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 2);

	private final EmbeddedChannel loop = new EmbeddedChannel();

	private final List<Integer> taken = new ArrayList<>();

	private int batches;

	private final HandedOver handedOver = new HandedOver(this.loop.eventLoop(), (packet) -> {
		this.taken.add(packet.packet().content().getInt(0));
		packet.packet().release();
	}, () -> this.batches++);

	@AfterEach
	void close() {
		this.handedOver.drop();
		this.loop.finishAndReleaseAll();
	}

	@Test
	void packetsComeInOrderAndInBatches() {
		for (int i = 0; i < 3; i++) {
			add(i);
		}
		assertThat(this.taken).isEmpty();
		this.loop.runPendingTasks();
		assertThat(this.taken).containsExactly(0, 1, 2);
		assertThat(this.batches).isOne();
		add(3);
		this.loop.runPendingTasks();
		assertThat(this.taken).hasSize(4);
		assertThat(this.batches).isEqualTo(2);
	}

	@Test
	void asManyPacketsWaitAsAllowedAndOneMoreIsDropped() {
		List<ByteBuf> waiting = new ArrayList<>();
		for (int i = 0; i < HandedOver.MAX_WAITING; i++) {
			waiting.add(add(i));
		}
		assertThat(waiting).allMatch((packet) -> packet.refCnt() == 1);
		assertThat(add(HandedOver.MAX_WAITING).refCnt()).isZero();
		this.loop.runPendingTasks();
		assertThat(this.taken).hasSize(HandedOver.MAX_WAITING);
		assertThat(waiting).allMatch((packet) -> packet.refCnt() == 0);
		add(7);
		this.loop.runPendingTasks();
		assertThat(this.taken).hasSize(HandedOver.MAX_WAITING + 1);
	}

	@Test
	void whatWaitsEndsWithTheSocket() {
		ByteBuf packet = add(1);
		this.handedOver.drop();
		assertThat(packet.refCnt()).isZero();
		this.loop.runPendingTasks();
		assertThat(this.taken).isEmpty();
	}

	private ByteBuf add(int number) {
		ByteBuf content = Unpooled.buffer().writeInt(number);
		this.handedOver.add(new HandedOver.Packet(new DatagramPacket(content, PEER, PEER), false));
		return content;
	}

}
