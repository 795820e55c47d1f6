package io.p2pboot.libp2p.swarm;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * The blocking bridge over a stream's channel. The channel's auto-read is off: one batch
 * is asked for when the application has consumed the one before, and that is what gives
 * the peer its credit back. Any thread; guarded by {@code lock}. The inner
 * {@link Inbound} is the event loop's side.
 */
final class BlockingStream implements Stream {

	/** How many bytes of one write are handed to the channel at a time. */
	static final int WRITE_CHUNK_BYTES = 64 * 1024;

	/** Above this many queued bytes a writer blocks. */
	static final int HIGH_WATER_BYTES = 256 * 1024;

	/** Below this many queued bytes it goes on. */
	static final int LOW_WATER_BYTES = 128 * 1024;

	private final StreamChannel stream;

	private final Channel channel;

	private final EventLoopGuard guard;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition readable = this.lock.newCondition();

	private final Condition writable = this.lock.newCondition();

	private final ReentrantLock readers = new ReentrantLock();

	private final ReentrantLock writers = new ReentrantLock();

	private final Deque<ByteBuf> received = new ArrayDeque<>();

	private final InputStream input = new Input();

	private final OutputStream output = new Output();

	private boolean readRequested;

	private boolean abandoned;

	private boolean inputEnded;

	private boolean readClosed;

	private boolean writeClosed;

	private boolean closed;

	/** The channel is gone and nothing was cut off: there is no failure to tell of. */
	private boolean over;

	private @Nullable IOException failure;

	private volatile long readTimeoutNanos;

	private volatile long writeTimeoutNanos;

	BlockingStream(StreamChannel stream, EventLoopGuard guard) {
		this.stream = stream;
		this.channel = stream.channel();
		this.guard = guard;
	}

	/** Returns the handler that feeds this stream; goes last into the pipeline. */
	Inbound inbound() {
		return new Inbound();
	}

	@Override
	public ProtocolPath protocol() {
		return this.stream.protocol();
	}

	@Override
	public AddrInfo remotePeer() {
		Connection connection = this.stream.connection();
		return new AddrInfo(connection.remotePeer(), List.of(connection.remoteAddress()));
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
		this.lock.lock();
		try {
			return !this.closed && !this.over && this.failure == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		this.guard.check("read");
		if (buffer.isReadOnly()) {
			throw new IllegalArgumentException("The buffer is read-only");
		}
		if (!buffer.hasRemaining()) {
			return 0;
		}
		Waits.lock(this.readers, "reading");
		try {
			ByteBuf first = awaitReceived();
			return (first != null) ? copy(first, buffer) : -1;
		}
		finally {
			this.readers.unlock();
		}
	}

	/** Waits for a buffer and leaves it in the queue; null at the end of the stream. */
	private @Nullable ByteBuf awaitReceived() throws IOException {
		long timeout = this.readTimeoutNanos;
		long left = timeout;
		this.lock.lock();
		try {
			while (this.received.isEmpty()) {
				if (this.readClosed) {
					throw new ClosedChannelException();
				}
				if (this.failure != null && !(this.inputEnded && this.failure instanceof ConnectionLost)) {
					throw this.failure;
				}
				if (this.inputEnded) {
					return null;
				}
				request();
				left = Waits.await(this.readable, timeout, left, "read");
			}
			return this.received.remove();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Copies outside the lock, so that the event loop never waits for a copy. */
	private int copy(ByteBuf source, ByteBuffer target) {
		int length = Math.min(source.readableBytes(), target.remaining());
		int limit = target.limit();
		target.limit(target.position() + length);
		source.readBytes(target);
		target.limit(limit);
		boolean drained = !source.isReadable();
		this.lock.lock();
		try {
			if (drained || this.readClosed || this.abandoned || this.failure != null && !this.inputEnded) {
				source.release();
				if (this.received.isEmpty() && !this.inputEnded && !this.readClosed && this.failure == null) {
					request();
				}
			}
			else {
				this.received.addFirst(source);
			}
		}
		finally {
			this.lock.unlock();
		}
		return length;
	}

	private void request() {
		if (!this.readRequested) {
			this.readRequested = true;
			this.channel.read();
		}
	}

	@Override
	public int write(ByteBuffer buffer) throws IOException {
		this.guard.check("write");
		Waits.lock(this.writers, "writing");
		try {
			int total = buffer.remaining();
			checkWritable();
			while (buffer.hasRemaining()) {
				awaitWritable();
				submit(buffer);
			}
			return total;
		}
		finally {
			this.writers.unlock();
		}
	}

	/**
	 * Hands a chunk over, unless the writing side has ended meanwhile: what follows FIN
	 * would fail the stream as a whole. The channel only queues it.
	 */
	private void submit(ByteBuffer buffer) throws IOException {
		int position = buffer.position();
		ByteBuf chunk = chunk(buffer);
		this.lock.lock();
		try {
			throwIfNotWritable();
			this.channel.writeAndFlush(chunk, this.channel.voidPromise());
		}
		catch (IOException ex) {
			chunk.release();
			buffer.position(position);
			throw ex;
		}
		finally {
			this.lock.unlock();
		}
	}

	private ByteBuf chunk(ByteBuffer buffer) {
		int length = Math.min(buffer.remaining(), WRITE_CHUNK_BYTES);
		ByteBuf chunk = this.channel.alloc().directBuffer(length);
		int limit = buffer.limit();
		buffer.limit(buffer.position() + length);
		chunk.writeBytes(buffer);
		buffer.limit(limit);
		return chunk;
	}

	private void checkWritable() throws IOException {
		this.lock.lock();
		try {
			throwIfNotWritable();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void throwIfNotWritable() throws IOException {
		if (this.writeClosed) {
			throw new ClosedChannelException();
		}
		if (this.failure != null) {
			throw this.failure;
		}
	}

	private void awaitWritable() throws IOException {
		if (this.channel.isWritable()) {
			return;
		}
		long timeout = this.writeTimeoutNanos;
		long left = timeout;
		this.lock.lock();
		try {
			throwIfNotWritable();
			while (!this.channel.isWritable()) {
				left = Waits.await(this.writable, timeout, left, "write");
				throwIfNotWritable();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void closeWrite() throws IOException {
		this.lock.lock();
		try {
			if (this.writeClosed) {
				return;
			}
			if (this.failure != null) {
				throw this.failure;
			}
			this.writeClosed = true;
			this.writable.signalAll();
		}
		finally {
			this.lock.unlock();
		}
		this.stream.closeWrite();
	}

	@Override
	public void close() {
		if (markClosed()) {
			this.stream.close();
		}
	}

	private boolean markClosed() {
		this.lock.lock();
		try {
			if (this.closed) {
				return false;
			}
			this.closed = true;
			this.writeClosed = true;
			endReading();
			this.writable.signalAll();
			return !this.over && this.failure == null;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void endReading() {
		this.readClosed = true;
		discard();
		this.readable.signalAll();
	}

	private void discard() {
		this.received.forEach(ReferenceCountUtil::release);
		this.received.clear();
	}

	@Override
	public void reset(long code) {
		if (code < 0 || code > 0xFFFF_FFFFL) {
			throw new IllegalArgumentException("A reset code is 0 to 4294967295, was " + code);
		}
		boolean first = fail(StreamReset.local(code));
		abandon();
		if (first) {
			this.stream.reset(code);
		}
	}

	/** Nobody will read what is left, not even what came before a clean end. */
	private void abandon() {
		this.lock.lock();
		try {
			this.abandoned = true;
			discard();
		}
		finally {
			this.lock.unlock();
		}
	}

	/** The first failure wins; what was received before a clean end stays readable. */
	private boolean fail(IOException cause) {
		this.lock.lock();
		try {
			if (this.failure != null || this.over) {
				return false;
			}
			this.failure = cause;
			if (!this.inputEnded) {
				discard();
			}
			this.readable.signalAll();
			this.writable.signalAll();
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public InputStream inputStream() {
		return this.input;
	}

	@Override
	public OutputStream outputStream() {
		return this.output;
	}

	@Override
	public void readTimeout(Duration timeout) {
		this.readTimeoutNanos = Waits.nanos(timeout);
	}

	@Override
	public void writeTimeout(Duration timeout) {
		this.writeTimeoutNanos = Waits.nanos(timeout);
	}

	private void closeRead() {
		this.lock.lock();
		try {
			endReading();
		}
		finally {
			this.lock.unlock();
		}
		// From here on arriving bytes are released on arrival, which credits the peer.
		this.channel.config().setAutoRead(true);
	}

	@Override
	public String toString() {
		return "Stream[" + protocol() + ", " + direction().label() + ", " + connection().remotePeer() + "]";
	}

	/**
	 * The event loop's side of the bridge.
	 */
	final class Inbound extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			ByteBuf bytes = (ByteBuf) message;
			BlockingStream.this.lock.lock();
			try {
				if (bytes.isReadable() && !BlockingStream.this.readClosed && BlockingStream.this.failure == null) {
					BlockingStream.this.received.add(bytes);
					BlockingStream.this.readable.signal();
					return;
				}
			}
			finally {
				BlockingStream.this.lock.unlock();
			}
			bytes.release();
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext ctx) {
			BlockingStream.this.lock.lock();
			try {
				BlockingStream.this.readRequested = false;
				if (BlockingStream.this.received.isEmpty() && BlockingStream.this.lock.hasWaiters(readable())) {
					request();
				}
			}
			finally {
				BlockingStream.this.lock.unlock();
			}
		}

		private Condition readable() {
			return BlockingStream.this.readable;
		}

		@Override
		public void channelWritabilityChanged(ChannelHandlerContext ctx) {
			if (ctx.channel().isWritable()) {
				BlockingStream.this.lock.lock();
				try {
					BlockingStream.this.writable.signalAll();
				}
				finally {
					BlockingStream.this.lock.unlock();
				}
			}
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
				BlockingStream.this.lock.lock();
				try {
					BlockingStream.this.inputEnded = true;
					BlockingStream.this.readable.signalAll();
				}
				finally {
					BlockingStream.this.lock.unlock();
				}
			}
			ReferenceCountUtil.release(event);
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
			fail((cause instanceof IOException io) ? io
					: new ConnectionLost("The stream failed: " + cause.getMessage(), cause));
			ctx.close();
		}

		@Override
		public void channelInactive(ChannelHandlerContext ctx) {
			if (!isOver()) {
				fail(new ConnectionLost("The connection to " + connection().remotePeer() + " ended"));
			}
		}

		/** Most streams end in order: making an exception for each would cost a lot. */
		private boolean isOver() {
			BlockingStream.this.lock.lock();
			try {
				boolean inOrder = BlockingStream.this.inputEnded && BlockingStream.this.writeClosed;
				BlockingStream.this.over = BlockingStream.this.failure == null
						&& (BlockingStream.this.closed || inOrder);
				return BlockingStream.this.over;
			}
			finally {
				BlockingStream.this.lock.unlock();
			}
		}

	}

	/**
	 * The reading side.
	 */
	private final class Input extends InputStream {

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			return BlockingStream.this.read(ByteBuffer.wrap(bytes, offset, length));
		}

		@Override
		public int available() {
			BlockingStream.this.lock.lock();
			try {
				return BlockingStream.this.received.stream().mapToInt(ByteBuf::readableBytes).sum();
			}
			finally {
				BlockingStream.this.lock.unlock();
			}
		}

		@Override
		public void close() {
			closeRead();
		}

	}

	/**
	 * The writing side.
	 */
	private final class Output extends OutputStream {

		@Override
		public void write(int one) throws IOException {
			write(new byte[] { (byte) one }, 0, 1);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			BlockingStream.this.write(ByteBuffer.wrap(bytes, offset, length));
		}

		@Override
		public void close() throws IOException {
			try {
				closeWrite();
			}
			catch (IOException ex) {
				// A new one: try-with-resources must not suppress a failure by itself.
				throw new IOException("The stream failed before its end was written", ex);
			}
		}

	}

}
