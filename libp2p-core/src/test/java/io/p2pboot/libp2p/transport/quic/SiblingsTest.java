package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SiblingsTest {

	private static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 2);

	private final Siblings siblings = new Siblings(3);

	private final PacketRouter[] routers = { router(0), router(1), router(2) };

	private final EmbeddedChannel socket = new EmbeddedChannel(this.routers);

	private PacketRouter router(int number) {
		return new PacketRouter(ids(number), new StatelessResets(SiblingsTest::token), new BatchedReads(),
				new HandshakeTasks(), this.siblings);
	}

	private static ConnectionIds ids(int number) {
		return ConnectionIds.numbered(number, SiblingsTest::token);
	}

	private static byte[] token(long id) {
		return ByteBuffer.allocate(ResetTokens.BYTES).putLong(id).array();
	}

	@BeforeEach
	void add() {
		List.of(this.routers).forEach(this.siblings::add);
	}

	@AfterEach
	void close() {
		this.socket.finishAndReleaseAll();
	}

	@Test
	void eachIdNamesItsSocket() {
		for (int number = 0; number < this.routers.length; number++) {
			ConnectionIds ids = ids(number);
			assertThat(named(ids.dial(PEER))).isSameAs(this.routers[number]);
			assertThat(named(ids.newId(8).getLong(0))).isSameAs(this.routers[number]);
		}
		assertThat(named((long) this.routers.length << 56)).isNull();
		assertThat(named(-1)).isNull();
	}

	private PacketRouter named(long id) {
		ByteBuf packet = Unpooled.buffer().writeByte(0x40).writeLong(id);
		PacketRouter named = this.siblings.named(packet, 1);
		packet.release();
		return named;
	}

	@Test
	void onePortOfOneSocketReadsNoNumbers() {
		ByteBuf packet = Unpooled.buffer().writeZero(9);
		assertThat(new Siblings(1).named(packet, 1)).isNull();
		packet.release();
	}

	@Test
	void whoDialledAnAddressIsKnownUntilItsLastConnectionEnds() {
		this.siblings.dialling(PEER, 0);
		this.siblings.dialling(PEER, 2);
		this.siblings.dialling(PEER, 2);
		assertThat(this.siblings.diallers(PEER, this.routers[0])).containsExactly(this.routers[2]);
		this.siblings.ended(PEER, 2);
		assertThat(this.siblings.diallers(PEER, this.routers[1])).containsExactly(this.routers[0], this.routers[2]);
		this.siblings.ended(PEER, 2);
		this.siblings.ended(PEER, 0);
		assertThat(this.siblings.diallers(PEER, this.routers[1])).isEmpty();
		assertThat(this.siblings.size()).isZero();
	}

	@Test
	void whoWaitsForAPeerIsKnownUntilItDoesNot() {
		this.siblings.punching(PEER, 1);
		assertThat(this.siblings.waitingFor(PEER)).isSameAs(this.routers[1]);
		this.siblings.punchEnded(PEER, 0);
		assertThat(this.siblings.waitingFor(PEER)).isSameAs(this.routers[1]);
		this.siblings.punchEnded(PEER, 1);
		assertThat(this.siblings.waitingFor(PEER)).isNull();
		assertThat(this.siblings.size()).isZero();
	}

}
