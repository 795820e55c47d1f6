package io.p2pboot.libp2p.transport.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PacketRouterTest {

	private static final InetSocketAddress US = new InetSocketAddress("127.0.0.1", 1);

	private static final InetSocketAddress PEER = new InetSocketAddress("127.0.0.1", 2);

	private final ConnectionIds ids = new ConnectionIds(PacketRouterTest::token);

	/** The first bytes of the packets that reached the codec of accepted connections. */
	private final List<Integer> accepted = new ArrayList<>();

	private EmbeddedChannel socket;

	private long id;

	@BeforeEach
	void open() {
		PacketRouter router = new PacketRouter(this.ids, new StatelessResets(PacketRouterTest::token),
				new BatchedReads(), new HandshakeTasks(), new Siblings(1));
		Codec codec = new Codec(this.accepted);
		this.socket = new EmbeddedChannel(router, codec);
		router.serverCodec(this.socket.pipeline().context(codec));
		this.ids.newId(ByteBuffer.allocate(8), ByteBuffer.allocate(8), 8);
		this.id = this.ids.accepted(PEER);
	}

	@AfterEach
	void close() {
		this.socket.finishAndReleaseAll();
	}

	private void read(ByteBuf packet, InetSocketAddress from) {
		this.socket.pipeline().fireChannelRead(new DatagramPacket(packet, US, from));
	}

	private ByteBuf data() {
		return Unpooled.buffer().writeByte(0x40).writeLong(this.id).writeZero(20);
	}

	private ByteBuf initial() {
		return Unpooled.buffer().writeByte(0xC0).writeInt(1).writeByte(8).writeLong(77).writeZero(1200);
	}

	@Test
	void whatFollowsAHandshakeInABatchWaitsUntilThatIsDone() {
		read(data(), PEER);
		read(initial(), PEER);
		read(data(), PEER);
		read(data(), PEER);
		assertThat(this.accepted).containsExactly(0x40, 0xC0);
		this.socket.pipeline().fireChannelReadComplete();
		this.socket.runPendingTasks();
		assertThat(this.accepted).containsExactly(0x40, 0xC0, 0x40, 0x40);
		read(data(), PEER);
		assertThat(this.accepted).hasSize(5);
	}

	@Test
	void asManyPacketsWaitAsAllowedAndOneMorePassesAtOnce() {
		read(initial(), PEER);
		for (int i = 0; i < PacketRouter.MAX_HELD; i++) {
			read(data(), PEER);
		}
		assertThat(this.accepted).hasSize(1);
		read(data(), PEER);
		assertThat(this.accepted).hasSize(2);
		this.socket.pipeline().fireChannelReadComplete();
		this.socket.runPendingTasks();
		assertThat(this.accepted).hasSize(2 + PacketRouter.MAX_HELD);
	}

	@Test
	void packetsThatWaitEndWithTheSocket() {
		ByteBuf late = data();
		read(initial(), PEER);
		read(late, PEER);
		this.socket.close();
		this.socket.runPendingTasks();
		assertThat(late.refCnt()).isZero();
		assertThat(this.accepted).hasSize(1);
	}

	/** T45: connections do not migrate. */
	@Test
	void aPacketOfAKnownConnectionFromAnotherAddressIsDropped() {
		ByteBuf spoofed = data();
		read(spoofed, new InetSocketAddress("127.0.0.1", 3));
		assertThat(this.accepted).isEmpty();
		assertThat(spoofed.refCnt()).isZero();
		read(data(), PEER);
		assertThat(this.accepted).containsExactly(0x40);
	}

	/** RFC 9000, section 14.1; an unvalidated address gets no answer to less. */
	@Test
	void aFirstPacketThatIsTooSmallIsDropped() {
		ByteBuf whole = initial();
		read(whole.copy(0, PacketRouter.MIN_INITIAL_BYTES - 1), PEER);
		assertThat(this.accepted).isEmpty();
		read(whole.copy(0, PacketRouter.MIN_INITIAL_BYTES), PEER);
		assertThat(this.accepted).containsExactly(0xC0);
		whole.release();
	}

	private static byte[] token(long id) {
		return ByteBuffer.allocate(ResetTokens.BYTES).putLong(id).putLong(~id).array();
	}

	private static ByteBuf unknown(int length) {
		return Unpooled.buffer().writeByte(0x47).writeLong(99).writeZero(length - 9);
	}

	/** RFC 9000, section 10.3. */
	@ParameterizedTest
	@ValueSource(ints = { 22, 30, 43, 44, 1200 })
	void aPacketOfAForgottenConnectionIsAnsweredWithASmallerReset(int length) {
		ByteBuf packet = unknown(length);
		read(packet, PEER);
		assertThat(packet.refCnt()).isZero();
		assertThat(this.accepted).isEmpty();
		DatagramPacket answer = this.socket.readOutbound();
		assertThat(answer.recipient()).isEqualTo(PEER);
		ByteBuf reset = answer.content();
		assertThat(reset.readableBytes()).isLessThan(length).isBetween(21, 43);
		assertThat(reset.getByte(0) & 0xC0).isEqualTo(0x40);
		byte[] last = new byte[ResetTokens.BYTES];
		reset.getBytes(reset.readableBytes() - last.length, last);
		assertThat(last).isEqualTo(token(99));
		answer.release();
	}

	@Test
	void whatIsTooSmallForASmallerResetIsDropped() {
		read(unknown(21), PEER);
		read(initial().setLong(6, 99).setByte(0, 0xE0), PEER);
		assertThat(this.socket.outboundMessages()).isEmpty();
	}

	@Test
	void asManyResetsLeaveInASecondAsAllowedAndNotOneMore() {
		this.socket.freezeTime();
		for (int i = 0; i <= StatelessResets.MAX_PER_SECOND; i++) {
			read(unknown(100), PEER);
		}
		assertThat(this.socket.outboundMessages()).hasSize(StatelessResets.MAX_PER_SECOND);
		this.socket.advanceTimeBy(1, TimeUnit.SECONDS);
		read(unknown(100), PEER);
		assertThat(this.socket.outboundMessages()).hasSize(StatelessResets.MAX_PER_SECOND + 1);
	}

	/** The codec finds out: it knows the token. */
	@Test
	void whatMayBeAPeersResetReachesItsConnectionThatWasDialled() {
		List<Integer> dialled = new ArrayList<>();
		List<Long> under = new ArrayList<>();
		this.socket.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				ByteBuf content = ((DatagramPacket) message).content();
				dialled.add(content.readableBytes());
				under.add(content.getLong(1));
				content.release();
			}
		});
		long ours = this.ids.dial(PEER);
		read(unknown(40), new InetSocketAddress("127.0.0.1", 3));
		assertThat(dialled).isEmpty();
		read(unknown(40), PEER);
		assertThat(dialled).containsExactly(40 + ConnectionIds.LENGTH);
		assertThat(under).containsExactly(ours);
		assertThat(this.ids.connection(ours).mayBeReset()).isTrue();
		this.ids.ended(ours);
		read(unknown(40), PEER);
		assertThat(dialled).hasSize(1);
	}

	@Test
	void theTokenOfTheShortestResetStaysWhole() {
		List<ByteBuf> dialled = new ArrayList<>();
		this.socket.pipeline().addLast(new ChannelInboundHandlerAdapter() {
			@Override
			public void channelRead(ChannelHandlerContext ctx, Object message) {
				dialled.add(((DatagramPacket) message).content());
			}
		});
		long ours = this.ids.dial(PEER);
		read(Unpooled.buffer().writeByte(0x41).writeInt(0x01020304).writeBytes(token(7)), PEER);
		ByteBuf packet = dialled.get(0);
		assertThat(packet.getByte(0)).isEqualTo((byte) 0x41);
		assertThat(packet.getLong(1)).isEqualTo(ours);
		byte[] last = new byte[ResetTokens.BYTES];
		packet.getBytes(packet.readableBytes() - last.length, last);
		assertThat(last).isEqualTo(token(7));
		packet.release();
	}

	@Test
	void theNextPacketOfAConnectionSaysThatItWasNotReset() {
		read(data(), PEER);
		ConnectionIds.Owner owner = this.ids.connection(this.id);
		owner.heard(true);
		read(data(), PEER);
		assertThat(owner.mayBeReset()).isFalse();
	}

	/** Stands for the codec of accepted connections. */
	private static final class Codec extends ChannelInboundHandlerAdapter {

		private final List<Integer> taken;

		Codec(List<Integer> taken) {
			this.taken = taken;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf content = ((DatagramPacket) message).content();
			this.taken.add((int) content.getUnsignedByte(content.readerIndex()));
			content.release();
		}

	}

}
