package io.p2pboot.libp2p.blocking;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.ReferenceCountUtil;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.netty.Futures;
import io.p2pboot.libp2p.netty.StreamChannel;

/**
 * The blocking bridge over a stream's channel, whose auto-read is off. It decides which
 * end of the stream comes first and tells both sides. Any thread; the inner
 * {@link Inbound} is the event loop's side.
 */
public final class BlockingStream implements Stream, PeerWait {

	/**
	 * How the stream as a whole stands.
	 */
	private enum State {

		/** From the beginning. */
		OPEN,

		/**
		 * The application has closed; what was written may still be going out. From OPEN.
		 */
		CLOSED,

		/** The channel is gone and nothing was cut off. From OPEN and CLOSED. */
		OVER,

		/** The channel failed, or was reset by either side. From OPEN and CLOSED. */
		FAILED

	}

	private final StreamChannel stream;

	private final ReceiveSide receiving;

	private final SendSide sending;

	private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

	/** When a wait for something else began; 0 while there is none. */
	private volatile long waitingSince;

	private final InputStream input;

	private final OutputStream output;

	private BlockingStream(StreamChannel stream, Duration firstByteTimeout) {
		this.stream = stream;
		this.receiving = new ReceiveSide(stream::read, Waits.nanos(firstByteTimeout));
		this.sending = new SendSide(stream);
		this.input = new StreamViews.Input(this, this.receiving, this::closeRead);
		this.output = new StreamViews.Output(this);
	}

	/**
	 * Makes a blocking stream of a channel. Called where the channel is set up, on its
	 * event loop; adds a handler at the end of its pipeline.
	 * @param stream the channel
	 * @param firstByteTimeout how long a read waits for the first byte of all, unless a
	 * read time-out is set; the stream is reset then; zero for no limit
	 * @return the stream
	 * @throws IllegalArgumentException if the time is negative
	 */
	public static Stream over(StreamChannel stream, Duration firstByteTimeout) {
		BlockingStream blocking = new BlockingStream(stream, firstByteTimeout);
		stream.config().setAutoRead(false);
		stream.config()
			.setWriteBufferWaterMark(new WriteBufferWaterMark(SendSide.LOW_WATER_BYTES, SendSide.HIGH_WATER_BYTES));
		stream.pipeline().addLast(blocking.new Inbound());
		return blocking;
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
		return this.state.get() == State.OPEN;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		BlockingCalls.checkThread("read");
		if (buffer.isReadOnly()) {
			throw new IllegalArgumentException("The buffer is read-only");
		}
		try {
			return buffer.hasRemaining() ? this.receiving.read(buffer) : 0;
		}
		catch (ReceiveSide.FirstByteMissing ex) {
			long code = ErrorCode.GARBAGE_COLLECTED.stream();
			reset(code);
			throw StreamReset.local(code, String.valueOf(ex.getMessage()));
		}
	}

	@Override
	public int write(ByteBuffer buffer) throws IOException {
		BlockingCalls.checkThread("write");
		this.receiving.spokenTo();
		return this.sending.write(buffer);
	}

	@Override
	public void closeWrite() throws IOException {
		if (this.sending.finish()) {
			this.stream.closeWrite();
		}
	}

	@Override
	public void close() {
		State before = this.state.getAndUpdate((now) -> (now == State.OPEN) ? State.CLOSED : now);
		this.sending.close();
		this.receiving.close();
		if (before == State.OPEN) {
			this.stream.close();
		}
	}

	@Override
	public void reset(long code) {
		if (code < 0 || code > 0xFFFF_FFFFL) {
			throw new IllegalArgumentException("A reset code is 0 to 4294967295, was " + code);
		}
		boolean first = fail(StreamReset.local(code));
		this.receiving.givenUp();
		if (first) {
			this.stream.reset(code);
		}
	}

	/** Ends the stream at once. The first end wins. */
	private boolean fail(IOException cause) {
		if (!end(State.FAILED)) {
			return false;
		}
		this.receiving.failed(cause);
		this.sending.failed(cause);
		return true;
	}

	private boolean end(State end) {
		State before = this.state.getAndUpdate((now) -> switch (now) {
			case OPEN, CLOSED -> end;
			case OVER, FAILED -> now;
		});
		return before == State.OPEN || before == State.CLOSED;
	}

	/** Most streams end in order: making an exception for each would cost a lot. */
	private boolean isInOrder() {
		if (this.state.get() == State.CLOSED) {
			return true;
		}
		ReceiveSide.State received = this.receiving.state();
		return (received == ReceiveSide.State.ENDED || received == ReceiveSide.State.CLOSED)
				&& this.sending.state() == SendSide.State.FINISHED;
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
		this.receiving.timeout(Waits.nanos(timeout));
	}

	@Override
	public void writeTimeout(Duration timeout) {
		this.sending.timeout(Waits.nanos(timeout));
	}

	@Override
	public boolean isSilent() {
		return this.receiving.isSilent();
	}

	@Override
	public long waitedNanos(long now) {
		return Math.max(Waits.since(this.waitingSince, now),
				Math.max(this.receiving.waitedNanos(now), this.sending.waitedNanos(now)));
	}

	@Override
	public void waiting(boolean waiting) {
		this.waitingSince = waiting ? Waits.begin() : 0;
	}

	private void closeRead() {
		this.receiving.close();
		// From here on arriving bytes are released on arrival, which credits the peer.
		Futures.execute(this.stream.eventLoop(), () -> this.stream.config().setAutoRead(true));
	}

	@Override
	public String toString() {
		return "Stream[" + protocol() + ", " + direction().label() + ", " + connection().remotePeer() + "]";
	}

	/**
	 * The event loop's side of the bridge.
	 */
	private final class Inbound extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			BlockingStream.this.receiving.received((ByteBuf) message);
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext ctx) {
			BlockingStream.this.receiving.batchComplete();
		}

		@Override
		public void channelWritabilityChanged(ChannelHandlerContext ctx) {
			if (ctx.channel().isWritable()) {
				BlockingStream.this.sending.writable();
			}
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
			if (event instanceof ChannelInputShutdownEvent || event instanceof ChannelInputShutdownReadComplete) {
				BlockingStream.this.receiving.ended();
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
			if (isInOrder()) {
				end(State.OVER);
			}
			else {
				fail(new ConnectionLost("The connection to " + connection().remotePeer() + " ended"));
			}
		}

	}

}
