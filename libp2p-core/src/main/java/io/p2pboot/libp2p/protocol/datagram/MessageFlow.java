package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.DatagramFlow;
import io.p2pboot.libp2p.DatagramTooLarge;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Varint;
import io.p2pboot.libp2p.netty.Allowance;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A flow over a stream of its own: messages behind their lengths. {@link #send} is called
 * on any thread and only queues; the rest runs on the connection's event loop. The stream
 * and the flow end together. The peer's FIN ends a flow that we opened: our FIN follows
 * what is queued. One that the peer opened stays open a while for the answers.
 */
final class MessageFlow extends ChannelInboundHandlerAdapter implements DatagramFlow {

	/** The libp2p stream error code PROTOCOL_VIOLATION. */
	static final long PROTOCOL_VIOLATION = ErrorCode.PROTOCOL_VIOLATION.stream();

	/** How many bytes are joined into one write. */
	static final int BATCH_BYTES = 32 * 1024;

	/** Above this many bytes in the channel datagrams wait in the queue. */
	static final int HIGH_WATER_BYTES = 64 * 1024;

	/**
	 * How many short datagrams may come at once: they cost us more than the peer, and
	 * what is more of them is dropped.
	 */
	static final int SHORT_BURST = 20_000;

	/** How many more of them a second. */
	static final int SHORT_PER_SECOND = 10_000;

	/** So many bytes of content allow one more. */
	static final int BYTES_PER_SHORT = 64;

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(DatagramService.class));

	private final DatagramService service;

	private final StreamChannel stream;

	private final Channel channel;

	private final int maxBytes;

	private final MessageReader reader;

	private final Consumer<ByteBuffer> received = this::received;

	private final Runnable drainTask = this::drain;

	private final Allowance allowance;

	private int refused;

	private final SendQueue queue = new SendQueue();

	private final AnswerTime answerTime;

	private volatile boolean open = true;

	/** Event loop only. */
	private boolean finishing;

	/** Event loop only. */
	private @Nullable Throwable cause;

	MessageFlow(DatagramService service, StreamChannel stream, int maxBytes) {
		this.service = service;
		this.stream = stream;
		this.channel = stream.channel();
		this.maxBytes = maxBytes;
		this.answerTime = new AnswerTime(this.channel.eventLoop(), this::finishOnLoop);
		this.reader = new MessageReader(maxBytes);
		this.allowance = Allowance.perSecond(SHORT_BURST, SHORT_PER_SECOND, now());
	}

	private long now() {
		return this.channel.eventLoop().ticker().nanoTime();
	}

	/** Goes into the pipeline of the stream, last. Event loop. */
	void attach() {
		this.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(HIGH_WATER_BYTES / 2, HIGH_WATER_BYTES));
		this.channel.pipeline().addLast(this);
	}

	@Override
	public ProtocolPath protocol() {
		return this.stream.protocol();
	}

	@Override
	public Connection connection() {
		return this.stream.connection();
	}

	@Override
	public Direction direction() {
		return this.stream.direction();
	}

	@Override
	public boolean isOpen() {
		return this.open && connection().isOpen();
	}

	@Override
	public int maxBytes() {
		return this.maxBytes;
	}

	// Sending.

	@Override
	public void send(ByteBuffer payload) throws DatagramTooLarge {
		int size = payload.remaining();
		if (size > this.maxBytes) {
			throw new DatagramTooLarge(size, this.maxBytes);
		}
		ByteBuf message = this.channel.alloc().directBuffer(Varint.size(size) + size);
		writeLength(message, size);
		message.writeBytes(payload);
		switch (this.queue.offer(message)) {
			case FIRST -> schedule();
			case QUEUED -> {
			}
			case FULL -> {
				message.release();
				this.service.dropped(this, DatagramDrop.SEND_QUEUE_FULL, 1);
			}
			case CLOSED -> {
				message.release();
				this.service.dropped(this, DatagramDrop.CONNECTION_LOST, 1);
			}
		}
	}

	static void writeLength(ByteBuf target, int size) {
		int rest = size;
		while (rest >= 0x80) {
			target.writeByte(rest | 0x80);
			rest >>>= 7;
		}
		target.writeByte(rest);
	}

	private void schedule() {
		try {
			this.channel.eventLoop().execute(this.drainTask);
		}
		catch (RejectedExecutionException ex) {
			// The node is closed, and its event loops are.
			end();
		}
	}

	private void drain() {
		boolean wrote = false;
		while (this.open && this.channel.isWritable()) {
			SendQueue.Batch batch = this.queue.poll(this.channel.alloc(), BATCH_BYTES);
			if (batch == null) {
				break;
			}
			write(batch);
			wrote = true;
		}
		if (wrote) {
			this.channel.flush();
		}
		if (this.finishing && this.open && this.queue.isEmpty()) {
			end();
			this.stream.close();
		}
	}

	private void write(SendQueue.Batch batch) {
		int datagrams = batch.datagrams();
		this.answerTime.used();
		this.channel.write(batch.bytes()).addListener((done) -> {
			if (done.isSuccess()) {
				this.service.sent(this, datagrams);
			}
			else {
				this.service.dropped(this, DatagramDrop.CONNECTION_LOST, datagrams);
			}
		});
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		if (ctx.channel().isWritable()) {
			drain();
		}
	}

	// Receiving.

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		try {
			if (this.cause == null) {
				this.reader.read(bytes, this.received);
			}
		}
		catch (DecodeException ex) {
			violated(ex);
		}
		finally {
			bytes.release();
		}
		if (this.refused > 0) {
			this.service.refused(this, this.refused);
			this.refused = 0;
		}
	}

	private void received(ByteBuffer payload) {
		this.allowance.give(payload.remaining(), BYTES_PER_SHORT);
		if (this.allowance.take(now())) {
			this.service.received(this, payload);
		}
		else {
			this.refused++;
		}
	}

	private void violated(DecodeException violation) {
		log.debug("datagrams.violated", "Resetting a stream of {} from {}: {}", protocol(), connection().remotePeer(),
				violation.getMessage());
		this.cause = violation;
		end();
		this.stream.reset(PROTOCOL_VIOLATION);
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent && this.cause == null) {
			if (this.reader.isWithinMessage()) {
				violated(new DecodeException("The stream ends within a datagram"));
			}
			else if (direction() == Direction.INBOUND && !this.finishing) {
				this.answerTime.begin();
			}
			else {
				finishOnLoop();
			}
		}
		ctx.fireUserEventTriggered(event);
	}

	// The end.

	@Override
	public void finish() {
		this.service.ending(this);
		try {
			this.channel.eventLoop().execute(this::finishOnLoop);
		}
		catch (RejectedExecutionException ex) {
			end();
		}
	}

	private void finishOnLoop() {
		this.service.ending(this);
		this.finishing = true;
		drain();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (this.cause == null) {
			this.cause = cause;
		}
		end();
		ctx.close();
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		end();
		ctx.fireChannelInactive();
	}

	/** Ends sending; what waits is lost. The first end wins. */
	private void end() {
		this.open = false;
		this.answerTime.stop();
		int lost = this.queue.close();
		if (lost > 0) {
			this.service.dropped(this, DatagramDrop.CONNECTION_LOST, lost);
		}
		this.service.ended(this, this.cause);
	}

}
