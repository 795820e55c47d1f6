package io.p2pboot.libp2p.transport.quic;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.ConnectionLost;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds what one connection makes of packets, and holds in the queue of its socket,
 * until the event loop comes round to other work. The codec sends in a loop until it has
 * nothing more, and there are states in which it always has more: acknowledgements that
 * no congestion window stops. Every packet begins with a buffer from here; where the
 * budget is spent there comes one that no packet fits into, as the codec itself does
 * where its window is used up, and the loop ends. A connection that goes on and on
 * without hearing anything is freed. Event loop only.
 */
final class SendBudget extends AbstractByteBufAllocator {

	/** How much a connection may have in the queue of its socket, in buffers. */
	static final int MAX_QUEUED_BYTES = 4 << 20;

	/** How long it may make packets before other work is looked at. */
	static final long MAX_TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

	/** So many packets take no time: what was slow was other work of the same turn. */
	static final int MIN_TURN_PACKETS = 64;

	/**
	 * So many packets may be made without one from the peer; more than the largest window
	 * of a connection holds.
	 */
	static final int MAX_UNHEARD_PACKETS = 65_536;

	/** How many packets one turn may make once the connection closes. */
	static final int MAX_CLOSING_PACKETS = 64;

	private static final Logger logger = LoggerFactory.getLogger(SendBudget.class);

	/** Too small for any packet; the codec asks for as much when it may not send. */
	private static final int NO_ROOM_BYTES = 8;

	/** The codec's methods that send are called so. */
	private static final String SENDING = "connectionSend";

	/** How far from here the codec's method is, at most. */
	private static final int MAX_FRAMES = 8;

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

	private static final ByteBufAllocator BUFFERS = PooledByteBufAllocator.DEFAULT;

	private final QuicChannel channel;

	private boolean turn;

	private boolean closing;

	private boolean over;

	private long turnBegan;

	private int turnPackets;

	private long queuedBytes;

	private boolean refused;

	private int unheardPackets;

	private long heard = -1;

	SendBudget(QuicChannel channel) {
		super(true);
		this.channel = channel;
	}

	/** The connection sends its end, and nothing else from now on. */
	static void closing(QuicChannel channel) {
		if (channel.alloc() instanceof SendBudget budget) {
			budget.closing = true;
		}
	}

	@Override
	protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
		begin();
		if (isSpent() && isSending()) {
			this.refused = true;
			return BUFFERS.directBuffer(NO_ROOM_BYTES, NO_ROOM_BYTES);
		}
		this.turnPackets++;
		this.queuedBytes += initialCapacity;
		return BUFFERS.directBuffer(initialCapacity, maxCapacity);
	}

	@Override
	protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
		return BUFFERS.heapBuffer(initialCapacity, maxCapacity);
	}

	@Override
	public boolean isDirectBufferPooled() {
		return true;
	}

	private long now() {
		return this.channel.eventLoop().ticker().nanoTime();
	}

	private void begin() {
		if (this.turn || !this.channel.isRegistered() || !this.channel.eventLoop().inEventLoop()) {
			return;
		}
		this.turn = true;
		this.turnBegan = now();
		if (isSocketQueueEmpty()) {
			this.queuedBytes = 0;
		}
		try {
			this.channel.eventLoop().execute(this::end);
		}
		catch (RejectedExecutionException ex) {
			logger.trace("The event loop has ended", ex);
		}
	}

	private boolean isSpent() {
		return this.over || this.queuedBytes >= MAX_QUEUED_BYTES
				|| (this.closing && this.turnPackets >= MAX_CLOSING_PACKETS)
				|| (this.turnPackets >= MIN_TURN_PACKETS && now() - this.turnBegan > MAX_TURN_NANOS);
	}

	/** Other buffers are needed whatever has been sent. */
	private static boolean isSending() {
		return StackWalker.getInstance()
			.walk((frames) -> frames.limit(MAX_FRAMES).anyMatch((frame) -> frame.getMethodName().startsWith(SENDING)));
	}

	private boolean isSocketQueueEmpty() {
		Channel socket = this.channel.parent();
		ChannelOutboundBuffer queue = (socket != null) ? socket.unsafe().outboundBuffer() : null;
		return queue == null || queue.isEmpty();
	}

	/** The loop has come round. */
	private void end() {
		boolean endless = this.closing && this.refused && this.turnPackets > 0;
		boolean spent = this.refused;
		this.unheardPackets += this.turnPackets;
		this.turn = false;
		this.turnPackets = 0;
		this.refused = false;
		if (this.over || !this.channel.isOpen()) {
			return;
		}
		if (endless || isUnheard()) {
			stop();
		}
		else if (spent && isSocketQueueEmpty()) {
			goOn();
		}
		else if (spent) {
			this.channel.eventLoop().schedule(this::goOn, RETRY_NANOS, TimeUnit.NANOSECONDS);
		}
	}

	private boolean isUnheard() {
		if (this.unheardPackets <= MAX_UNHEARD_PACKETS) {
			return false;
		}
		long before = this.heard;
		this.heard = packetsReceived();
		this.unheardPackets = 0;
		return this.heard == before;
	}

	private long packetsReceived() {
		Future<QuicConnectionStats> stats = this.channel.collectStats();
		return stats.isSuccess() ? stats.getNow().recv() : 0;
	}

	private void goOn() {
		QuicheAccess access = QuicheAccess.of(this.channel);
		if (!this.channel.isOpen() || !access.offers(QuicheAccess.Use.FLUSHING)) {
			return;
		}
		try {
			access.flush(this.channel);
		}
		catch (Throwable ex) {
			logger.debug("A connection goes on sending with the next packet: {}", ex.toString());
		}
	}

	/** Frees the connection; it makes no packet any more. */
	private void stop() {
		this.over = true;
		logger.debug("The codec makes packets without end for {}: its connection is freed",
				this.channel.remoteSocketAddress());
		this.channel.pipeline().fireExceptionCaught(new ConnectionLost("The codec made packets without end"));
		this.channel.close();
	}

}
