package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.DatagramFlow;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.ProtocolUnsupported;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * A flow whose datagrams the connection carries itself. The control stream only shows
 * that it lives. {@link #send} is called on any thread and only queues; the rest runs on
 * the connection's event loop.
 */
final class NativeFlow extends ChannelInboundHandlerAdapter implements DatagramFlow {

	/** The code of a control stream whose protocol nobody serves. */
	static final long REFUSED = ErrorCode.PROTOCOL_NEGOTIATION_FAILED.stream();

	private final DatagramService service;

	private final NativeConnection owner;

	private final StreamChannel control;

	private final ProtocolPath path;

	private final long streamId;

	private final int prefixBytes;

	private final SendQueue queue = new SendQueue();

	private final Runnable readyTask = this::ready;

	private volatile boolean open = true;

	/** Taken from the queue and refused by the transport. Event loop only. */
	private @Nullable ByteBuf held;

	/** Event loop only. */
	private boolean finishing;

	/** Event loop only. */
	private @Nullable Throwable cause;

	NativeFlow(DatagramService service, NativeConnection owner, StreamChannel control, ProtocolPath path,
			long streamId) {
		this.service = service;
		this.owner = owner;
		this.control = control;
		this.path = path;
		this.streamId = streamId;
		this.prefixBytes = StreamIds.size(streamId);
	}

	/** Tells the peer which protocol the flow is of. Event loop. */
	void propose() {
		byte[] text = this.path.toString().getBytes(StandardCharsets.UTF_8);
		ByteBuf message = this.control.channel().alloc().buffer(Varint.MAX_BYTES + text.length);
		MessageFlow.writeLength(message, text.length);
		message.writeBytes(text);
		this.control.channel().writeAndFlush(message, this.control.channel().voidPromise());
	}

	long streamId() {
		return this.streamId;
	}

	@Override
	public ProtocolPath protocol() {
		return this.path;
	}

	@Override
	public Connection connection() {
		return this.control.connection();
	}

	@Override
	public Direction direction() {
		return this.control.direction();
	}

	@Override
	public boolean isOpen() {
		return this.open && connection().isOpen();
	}

	/** The stream that shows that the flow is open. */
	StreamChannel control() {
		return this.control;
	}

	@Override
	public int maxBytes() {
		return Math.max(0, this.owner.maxBytes() - this.prefixBytes);
	}

	/** Whether there is no room yet for a datagram of a size, and may be soon. */
	boolean mayGrowTo(int bytes) {
		return maxBytes() < bytes && bytes <= this.owner.hopedForBytes() - this.prefixBytes;
	}

	// Sending.

	@Override
	public void send(ByteBuffer payload) throws DatagramTooLarge {
		int size = payload.remaining();
		int maximum = maxBytes();
		if (size > maximum) {
			throw new DatagramTooLarge(size, maximum);
		}
		ByteBuf datagram = this.control.channel().alloc().directBuffer(this.prefixBytes + size);
		StreamIds.write(this.streamId, datagram);
		datagram.writeBytes(payload);
		switch (this.queue.offer(datagram)) {
			case FIRST -> schedule();
			case QUEUED -> {
			}
			case FULL -> {
				datagram.release();
				this.service.dropped(this, DatagramDrop.SEND_QUEUE_FULL, 1);
			}
			case CLOSED -> {
				datagram.release();
				this.service.dropped(this, DatagramDrop.CONNECTION_LOST, 1);
			}
		}
	}

	private void schedule() {
		try {
			this.control.channel().eventLoop().execute(this.readyTask);
		}
		catch (RejectedExecutionException ex) {
			// The node is closed, and its event loops are.
			end();
		}
	}

	private void ready() {
		this.owner.ready(this);
	}

	/** Takes the next datagram to send; null if there is none. Event loop. */
	@Nullable ByteBuf next() {
		ByteBuf again = this.held;
		if (again != null) {
			this.held = null;
			return again;
		}
		SendQueue.Batch batch = this.queue.poll(this.control.channel().alloc(), 0);
		if (batch == null && this.finishing && this.open) {
			end();
			this.control.close();
		}
		return (batch != null) ? batch.bytes() : null;
	}

	/** Keeps a datagram that the transport had no room for. Event loop. */
	void putBack(ByteBuf datagram) {
		this.held = datagram;
	}

	// The control stream.

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		// The draft knows no other use of the control stream.
		ReferenceCountUtil.release(message);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent) {
			this.owner.receiveClosed(this);
			finishOnLoop();
		}
		ctx.fireUserEventTriggered(event);
	}

	@Override
	public void finish() {
		this.service.ending(this);
		try {
			this.control.channel().eventLoop().execute(this::finishOnLoop);
		}
		catch (RejectedExecutionException ex) {
			end();
		}
	}

	private void finishOnLoop() {
		this.service.ending(this);
		this.finishing = true;
		this.owner.ready(this);
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (this.cause == null) {
			this.cause = refusal(cause);
		}
		end();
		ctx.close();
	}

	/**
	 * A peer that knows datagrams refuses a protocol by a reset of its control stream.
	 */
	private Throwable refusal(Throwable cause) {
		boolean refused = cause instanceof StreamReset reset && reset.isRemote()
				&& reset.code().orElse(StreamReset.NO_ERROR) == REFUSED;
		return refused ? new ProtocolUnsupported(connection().remotePeer(), List.of(this.path)) : cause;
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		end();
		ctx.fireChannelInactive();
	}

	/** Ends sending; what waits is lost. The first end wins. */
	private void end() {
		this.open = false;
		int lost = this.queue.close();
		ByteBuf left = this.held;
		if (left != null) {
			this.held = null;
			left.release();
			lost++;
		}
		if (lost > 0) {
			this.service.dropped(this, DatagramDrop.CONNECTION_LOST, lost);
		}
		this.owner.ended(this);
		this.service.ended(this, this.cause);
	}

}
