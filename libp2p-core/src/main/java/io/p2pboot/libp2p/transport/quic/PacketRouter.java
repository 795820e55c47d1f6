package io.p2pboot.libp2p.transport.quic;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.netty.util.concurrent.PromiseCombiner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * First in the pipeline of a UDP socket, with the codec of accepted connections behind it
 * and that of dialled ones behind that (a dial has to meet its own codec first). Either
 * swallows packets that are not its own, so packets are told apart here, by the
 * connection id that they are for. Event loop only.
 */
final class PacketRouter extends ChannelDuplexHandler {

	/** A server ignores Initial packets in smaller datagrams (RFC 9000 section 14.1). */
	static final int MIN_INITIAL_BYTES = 1200;

	/** The largest UDP payload over IPv4. */
	static final int MAX_UDP_BYTES = 65_507;

	private static final Logger logger = LoggerFactory.getLogger(PacketRouter.class);

	private static final int LONG_HEADER = 0x80;

	private static final int TYPE_MASK = 0x30;

	private static final int VERSION_1 = 1;

	/** First byte, then the id. */
	private static final int SHORT_ID_AT = 1;

	/** First byte and version, then the id's length. */
	private static final int LONG_ID_LENGTH_AT = 5;

	/** How many packets are held; what is more is passed on at once. */
	static final int MAX_HELD = 64;

	private final Siblings siblings;

	private final ConnectionIds ids;

	private final StatelessResets resets;

	private final BatchedReads reads;

	private final HandshakeTasks tasks;

	/** Passes on to the codec of dialled connections. */
	private @Nullable ChannelHandlerContext serverCodec;

	/** Packets of the batch that came behind one of a handshake. */
	private final Deque<DatagramPacket> held = new ArrayDeque<>();

	/** Whose packets are in the batch. */
	private final Set<Inflow> batch = new HashSet<>();

	private boolean handshaking;

	/** From the sockets of other event loops. */
	private volatile @Nullable HandedOver handedOver;

	/**
	 * Creates the router of a socket.
	 * @param ids the ids of the socket
	 * @param resets answers packets of nobody
	 * @param reads reads from streams
	 * @param tasks the work of handshakes
	 * @param siblings all sockets of the port
	 */
	PacketRouter(ConnectionIds ids, StatelessResets resets, BatchedReads reads, HandshakeTasks tasks,
			Siblings siblings) {
		this.siblings = siblings;
		this.ids = ids;
		this.resets = resets;
		this.reads = reads;
		this.tasks = tasks;
	}

	void serverCodec(ChannelHandlerContext serverCodec) {
		this.serverCodec = serverCodec;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.handedOver = new HandedOver(ctx.executor(), (handed) -> take(ctx, handed), () -> channelReadComplete(ctx));
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		DatagramPacket packet = (DatagramPacket) message;
		ConnectionIds.Owner owner = owner(packet.content());
		PacketRouter right = (owner == null) ? otherSocket(packet) : null;
		if (right != null) {
			right.handOver(new HandedOver.Packet(packet, false));
		}
		else {
			read(ctx, packet, owner);
		}
	}

	/** The socket that a packet belongs to, where that is not this one. */
	private @Nullable PacketRouter otherSocket(DatagramPacket packet) {
		ByteBuf content = packet.content();
		int at = idAt(content);
		if (!this.siblings.areSeveral() || content.readableBytes() < at + ConnectionIds.LENGTH) {
			return null;
		}
		// Until it has one of our ids, a peer that dials chooses an id by itself.
		PacketRouter right = isLong(content) ? this.siblings.waitingFor(packet.sender()) : null;
		if (right == null && idLength(content) == ConnectionIds.LENGTH) {
			right = this.siblings.named(content, content.readerIndex() + at);
		}
		return (right == this) ? null : right;
	}

	/** Gives this socket a packet that came to another of the port. Any thread. */
	void handOver(HandedOver.Packet packet) {
		HandedOver way = this.handedOver;
		if (way != null) {
			way.add(packet);
		}
		else {
			packet.packet().release();
		}
	}

	private void take(ChannelHandlerContext ctx, HandedOver.Packet handed) {
		DatagramPacket packet = handed.packet();
		if (ctx.isRemoved()) {
			packet.release();
		}
		else if (handed.reset()) {
			this.reads.begin();
			mayBeReset(ctx, packet);
			packet.release();
		}
		else {
			read(ctx, packet, owner(packet.content()));
		}
	}

	private void read(ChannelHandlerContext ctx, DatagramPacket packet, ConnectionIds.@Nullable Owner owner) {
		this.reads.begin();
		ByteBuf content = packet.content();
		ChannelHandlerContext server = this.serverCodec;
		if (owner != null) {
			owner.heard(false);
		}
		if (owner != null && !owner.remote().equals(packet.sender())) {
			// The codec would send to the new address at once, whoever it belongs to.
			packet.release();
		}
		else if (owner != null && !isRead(owner, content)) {
			packet.release();
		}
		else if (owner == null && StatelessResets.concerns(content)) {
			unknown(ctx, packet);
		}
		else if (owner != null && owner.isDialled()) {
			((server != null) ? server : ctx).fireChannelRead(packet);
		}
		else if (server == null || owner == null && isTooSmallInitial(content)) {
			packet.release();
		}
		else if (this.handshaking && !isLong(content) && this.held.size() < MAX_HELD) {
			this.held.add(packet);
		}
		else {
			this.handshaking |= isLong(content);
			ctx.fireChannelRead(packet);
			this.tasks.packetRead();
		}
	}

	/** Whether there is memory for what the packet carries; counts it then. */
	private boolean isRead(ConnectionIds.Owner owner, ByteBuf content) {
		this.batch.add(owner.inflow());
		return owner.inflow().packet(content.readableBytes());
	}

	/**
	 * A packet for an id of nobody: it may be the reset of a peer that has forgotten a
	 * connection, which only its last bytes tell. The codec knows the token, and looks
	 * where it cannot decrypt; so it gets the packet under an id that it knows. The
	 * shortest resets have no room for that id: it is put in before what came. A packet
	 * of a connection that this side has forgotten is answered.
	 */
	private void unknown(ChannelHandlerContext ctx, DatagramPacket packet) {
		try {
			mayBeReset(ctx, packet);
			for (PacketRouter sibling : this.siblings.diallers(packet.sender(), this)) {
				sibling.handOver(new HandedOver.Packet(packet.retainedDuplicate(), true));
			}
			if (this.serverCodec != null) {
				this.resets.answer(ctx, packet);
			}
		}
		finally {
			packet.release();
		}
	}

	private void mayBeReset(ChannelHandlerContext ctx, DatagramPacket packet) {
		ChannelHandlerContext server = this.serverCodec;
		for (ConnectionIds.Owner owner : List.copyOf(this.ids.with(packet.sender()))) {
			if (owner.isDialled()) {
				ByteBuf came = packet.content();
				ByteBuf copy = ctx.alloc().directBuffer(came.readableBytes() + ConnectionIds.LENGTH);
				copy.writeByte(came.getByte(came.readerIndex())).writeLong(owner.anyId());
				copy.writeBytes(came, came.readerIndex() + SHORT_ID_AT, came.readableBytes() - SHORT_ID_AT);
				owner.heard(true);
				((server != null) ? server : ctx)
					.fireChannelRead(new DatagramPacket(copy, packet.recipient(), packet.sender()));
			}
		}
	}

	/**
	 * Passes on what waited for the handshake. The codec completes it in a task of its
	 * own, which comes before, and has thrown away till then what the peer sent at once:
	 * its first data, or that it closes, which no peer says twice.
	 */
	private void release(ChannelHandlerContext ctx) {
		if (this.held.isEmpty()) {
			return;
		}
		this.reads.begin();
		for (DatagramPacket next = this.held.poll(); next != null; next = this.held.poll()) {
			ctx.fireChannelRead(next);
			this.tasks.packetRead();
		}
		complete(ctx);
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		for (DatagramPacket next = this.held.poll(); next != null; next = this.held.poll()) {
			next.release();
		}
		HandedOver way = this.handedOver;
		if (way != null) {
			way.drop();
		}
	}

	private ConnectionIds.@Nullable Owner owner(ByteBuf packet) {
		int at = idAt(packet);
		int length = idLength(packet);
		return (packet.readableBytes() >= at + length) ? this.ids.owner(packet, packet.readerIndex() + at, length)
				: null;
	}

	private static boolean hasIdLength(ByteBuf packet) {
		return packet.readableBytes() > LONG_ID_LENGTH_AT && isLong(packet);
	}

	private static int idAt(ByteBuf packet) {
		return hasIdLength(packet) ? LONG_ID_LENGTH_AT + 1 : SHORT_ID_AT;
	}

	private static int idLength(ByteBuf packet) {
		return hasIdLength(packet) ? packet.getUnsignedByte(packet.readerIndex() + LONG_ID_LENGTH_AT)
				: ConnectionIds.LENGTH;
	}

	private static boolean isLong(ByteBuf packet) {
		return (packet.getByte(packet.readerIndex()) & LONG_HEADER) != 0;
	}

	/**
	 * Of other versions a client's first packet cannot be told; it has to be as large.
	 */
	private static boolean isTooSmallInitial(ByteBuf packet) {
		if (packet.readableBytes() >= MIN_INITIAL_BYTES) {
			return false;
		}
		if (packet.readableBytes() <= LONG_ID_LENGTH_AT) {
			return true;
		}
		boolean initial = (packet.getByte(packet.readerIndex()) & TYPE_MASK) == 0;
		return isLong(packet) && (initial || packet.getInt(packet.readerIndex() + 1) != VERSION_1);
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		this.handshaking = false;
		if (!this.held.isEmpty()) {
			ctx.executor().execute(() -> release(ctx));
		}
		complete(ctx);
	}

	private void complete(ChannelHandlerContext ctx) {
		this.reads.complete();
		ctx.fireChannelReadComplete();
		ChannelHandlerContext server = this.serverCodec;
		if (server != null) {
			server.fireChannelReadComplete();
		}
		this.batch.forEach(Inflow::batchRead);
		this.batch.clear();
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		if (message instanceof SegmentedDatagramPacket packet && packet.content().readableBytes() > MAX_UDP_BYTES) {
			split(ctx, packet, promise);
		}
		else {
			ctx.write(message, promise);
		}
	}

	/** The kernel takes as many segments at once as one UDP payload holds. */
	private static void split(ChannelHandlerContext ctx, SegmentedDatagramPacket packet, ChannelPromise promise) {
		ByteBuf content = packet.content();
		int segment = packet.segmentSize();
		int most = MAX_UDP_BYTES / segment * segment;
		PromiseCombiner parts = new PromiseCombiner(ctx.executor());
		while (content.isReadable()) {
			ByteBuf part = content.readRetainedSlice(Math.min(most, content.readableBytes()));
			Object next = (part.readableBytes() > segment)
					? new SegmentedDatagramPacket(part, segment, packet.recipient())
					: new DatagramPacket(part, packet.recipient());
			parts.add(ctx.write(next));
		}
		packet.release();
		parts.finish(promise.unvoid());
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		// The socket goes on: an ICMP error is about one peer, and anyone can send it.
		logger.debug("On the UDP socket {}: {}", ctx.channel().localAddress(), cause.toString());
	}

}
