package io.p2pboot.libp2p.muxer;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a stream: keeps what arrives and what happens, for a test to wait
 * for. Any thread.
 */
public final class RecordedStream extends ChannelInboundHandlerAdapter implements StreamAcceptor {

	/** How long a test waits for what must happen. */
	public static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final ByteArrayOutputStream received = new ByteArrayOutputStream();

	private volatile @Nullable StreamChildChannel channel;

	private boolean ended;

	private boolean closed;

	private int reads;

	private int failures;

	private @Nullable Throwable failure;

	@Override
	public void accept(StreamChildChannel stream) {
		stream.pipeline().addLast(this);
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.channel = (StreamChildChannel) ctx.channel();
	}

	/** Returns the stream. */
	public StreamChildChannel channel() {
		return Objects.requireNonNull(this.channel);
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		change(() -> {
			byte[] copy = new byte[bytes.readableBytes()];
			bytes.readBytes(copy);
			bytes.release();
			this.received.writeBytes(copy);
			this.reads++;
		});
	}

	@Override
	public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
		if (event instanceof ChannelInputShutdownEvent) {
			change(() -> this.ended = true);
		}
		else if (!(event instanceof ChannelOutputShutdownEvent)) {
			throw new AssertionError("Unexpected event " + event);
		}
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		change(() -> {
			this.failures++;
			this.failure = cause;
		});
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		change(() -> this.closed = true);
	}

	private void change(Runnable change) {
		this.lock.lock();
		try {
			change.run();
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	// What a test does.

	/** Writes bytes and flushes. */
	public ChannelFuture write(byte... bytes) {
		return channel().writeAndFlush(Unpooled.wrappedBuffer(bytes));
	}

	// What a test looks at.

	/** Returns what has arrived so far. */
	public byte[] received() {
		this.lock.lock();
		try {
			return this.received.toByteArray();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns how many bytes have arrived so far. */
	public int receivedBytes() {
		this.lock.lock();
		try {
			return this.received.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns in how many pieces they came. */
	public int reads() {
		this.lock.lock();
		try {
			return this.reads;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns whether the peer's FIN was seen. */
	public boolean hasEnded() {
		this.lock.lock();
		try {
			return this.ended;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns whether the stream's channel has closed. */
	public boolean isClosed() {
		this.lock.lock();
		try {
			return this.closed;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns the last exception. */
	public @Nullable Throwable failure() {
		this.lock.lock();
		try {
			return this.failure;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Returns how many exceptions there were. */
	public int failures() {
		this.lock.lock();
		try {
			return this.failures;
		}
		finally {
			this.lock.unlock();
		}
	}

	// What a test waits for.

	/** Waits until so many bytes have arrived, and returns all that have. */
	public byte[] awaitBytes(int count) {
		await("bytes: " + count, () -> this.received.size() >= count);
		return received();
	}

	/** Waits for the peer's FIN. */
	public void awaitEnd() {
		await("the end", () -> this.ended);
	}

	/** Waits until the channel has closed. */
	public void awaitClosed() {
		await("the close", () -> this.closed);
	}

	/** Waits for an exception and returns it. */
	public Throwable awaitFailure() {
		await("a failure", () -> this.failure != null);
		return Objects.requireNonNull(failure());
	}

	private void await(String what, BooleanSupplier condition) {
		long deadline = System.nanoTime() + PATIENCE.toNanos();
		this.lock.lock();
		try {
			while (!condition.getAsBoolean()) {
				long left = deadline - System.nanoTime();
				if (left <= 0 || !this.changed.await(left, TimeUnit.NANOSECONDS)) {
					throw new AssertionError("Waited in vain for " + what + "; received " + this.received.size()
							+ " bytes, ended " + this.ended + ", closed " + this.closed + ", failure " + this.failure);
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError("Interrupted while waiting for " + what, ex);
		}
		finally {
			this.lock.unlock();
		}
	}

}
