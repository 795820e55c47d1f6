package io.p2pboot.libp2p.muxer.yamux;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.eventlog.EventLog;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.ReadGate;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Carries a {@link YamuxSession} on a channel: decodes headers, streams bodies, keeps the
 * children. Event loop only, except for what {@link MuxerSession} promises.
 */
final class YamuxHandler extends ChannelInboundHandlerAdapter implements YamuxSink, MuxerSession, KeepAlive.Link {

	private static final EventLog log = new EventLog(LoggerFactory.getLogger(YamuxMuxer.class));

	/** How many control frames may wait while the peer does not read. */
	static final int MAX_QUEUED_CONTROL = 4096;

	/** How often a full queue is flushed, in control frames. */
	private static final int FLUSH_INTERVAL = 256;

	/** Of this process: what tells where streams lie in their tables. */
	private static final int SECRET = new SecureRandom().nextInt();

	private final Channel channel;

	private final StreamAcceptor inboundStreams;

	private final YamuxSession session;

	private final byte[] header = new byte[FrameType.HEADER_BYTES];

	private final WaitingOpens waitingOpens = new WaitingOpens();

	/** The children that were given payload since the last read was complete. */
	private final Deque<YamuxStreamChannel> touched = new ArrayDeque<>();

	private final Runnable flushTask = this::flushNow;

	private final FrameWriter writer;

	private final SendTurns turns;

	private final KeepAlive keepAlive;

	private final WriteWatch writeWatch;

	private final ReadGate gate;

	private final Deliveries deliveries;

	private int headerFill;

	private long bodyLeft;

	private boolean bodyFin;

	private @Nullable YamuxStream bodyStream;

	private boolean reading;

	private boolean flushScheduled;

	private int queuedControl;

	private long readNanos;

	private volatile long roundTripNanos;

	private volatile int streamCount;

	private volatile boolean ended;

	private volatile boolean goneAway;

	private volatile @Nullable IOException endCause;

	YamuxHandler(Channel channel, YamuxConfig config, ConnectionScope scope, boolean initiator, int writeBytes,
			StreamAcceptor inboundStreams) {
		this.channel = channel;
		this.inboundStreams = inboundStreams;
		this.writer = new FrameWriter(writeBytes);
		this.session = new YamuxSession(config, initiator, this, SECRET, now());
		this.turns = new SendTurns(channel);
		this.keepAlive = new KeepAlive(channel.eventLoop(), config, this);
		this.writeWatch = new WriteWatch(channel, config, this::flushNow, this::lose);
		this.gate = new ReadGate(channel, scope, config.writeTimeout(), (limit) -> fail(StreamProtocol.REFUSED, limit));
		this.deliveries = new Deliveries(channel.eventLoop(), this::ping);
	}

	private long now() {
		return this.channel.eventLoop().ticker().nanoTime();
	}

	// Receiving.

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.writer.start(ctx);
		this.keepAlive.start();
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		ByteBuf bytes = (ByteBuf) message;
		this.reading = true;
		this.readNanos = now();
		this.keepAlive.heard();
		try {
			while (bytes.isReadable() && !this.ended) {
				if (this.bodyLeft > 0) {
					body(bytes);
				}
				else if (this.headerFill == 0 && bytes.readableBytes() >= FrameType.HEADER_BYTES) {
					int start = bytes.readerIndex();
					bytes.skipBytes(FrameType.HEADER_BYTES);
					header(bytes.getInt(start), bytes.getInt(start + 4), bytes.getUnsignedInt(start + 8));
				}
				else {
					gatherHeader(bytes);
				}
			}
		}
		catch (YamuxViolation ex) {
			fail(GoAwayCode.PROTOCOL_ERROR.ordinal(), ex);
		}
		finally {
			bytes.release();
		}
	}

	private void gatherHeader(ByteBuf bytes) throws YamuxViolation {
		int length = Math.min(bytes.readableBytes(), FrameType.HEADER_BYTES - this.headerFill);
		bytes.readBytes(this.header, this.headerFill, length);
		this.headerFill += length;
		if (this.headerFill == FrameType.HEADER_BYTES) {
			this.headerFill = 0;
			header(int32(this.header, 0), int32(this.header, 4), int32(this.header, 8) & 0xFFFF_FFFFL);
		}
	}

	private void header(int first, int id, long length) throws YamuxViolation {
		int type = first >>> 16 & 0xFF;
		int flags = first & 0xFFFF;
		YamuxStream stream = this.session.onHeader(first >>> 24, type, flags, id, length, this.readNanos);
		if (type == FrameType.DATA.ordinal() && length > 0) {
			this.bodyLeft = length;
			this.bodyStream = stream;
			this.bodyFin = stream != null && (flags & FrameType.FIN) != 0;
		}
		sizeChanged();
	}

	private static int int32(byte[] bytes, int at) {
		return (bytes[at] & 0xFF) << 24 | (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8
				| bytes[at + 3] & 0xFF;
	}

	private void body(ByteBuf bytes) {
		int length = (int) Math.min(bytes.readableBytes(), this.bodyLeft);
		this.bodyLeft -= length;
		YamuxStream stream = this.bodyStream;
		if (stream == null) {
			bytes.skipBytes(length);
		}
		else {
			deliver(stream, bytes, length);
			if (this.bodyLeft == 0 && this.bodyFin) {
				this.session.onFin(stream);
				sizeChanged();
			}
		}
	}

	private void deliver(YamuxStream stream, ByteBuf bytes, int length) {
		YamuxStreamChannel child = stream.channel();
		if (child == null || child.isInputShutdown()) {
			bytes.skipBytes(length);
			this.session.discard(stream, length, this.readNanos);
			if (child != null && stream.isClosed()) {
				child.failed(StreamReset.local(StreamReset.NO_ERROR, "the peer sends more than is discarded"));
			}
			sizeChanged();
			return;
		}
		this.gate.arrived(length);
		child.receive(bytes.readRetainedSlice(length));
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		for (YamuxStreamChannel child = this.touched.poll(); child != null; child = this.touched.poll()) {
			child.readComplete();
		}
		this.reading = false;
		flushNow();
		ctx.fireChannelReadComplete();
	}

	/** A child was given payload: its read completes with the parent's. */
	void touched(YamuxStreamChannel child) {
		this.touched.add(child);
	}

	/** After streams came or went. */
	private void sizeChanged() {
		int size = this.ended ? 0 : this.session.size();
		if (size != this.streamCount) {
			this.streamCount = size;
			closeIfDrained();
		}
	}

	// What the session tells.

	@Override
	public void send(FrameType type, int flags, int streamId, long length) {
		if (!this.ended && !isTooSlow()) {
			this.writer.frame(type, flags, streamId, length, 0);
			flushSoon();
		}
	}

	/** Ends the connection when too many control frames wait for a peer. */
	private boolean isTooSlow() {
		if (!this.channel.isWritable() && this.queuedControl % FLUSH_INTERVAL == 0) {
			flushNow();
		}
		if (this.channel.isWritable()) {
			this.queuedControl = 0;
		}
		else if (++this.queuedControl > MAX_QUEUED_CONTROL) {
			lose(new LimitExceeded("control frames queued for a peer that does not read", this.queuedControl,
					MAX_QUEUED_CONTROL));
			return true;
		}
		return this.ended;
	}

	@Override
	public void opened(YamuxStream stream) {
		if (this.ended) {
			return;
		}
		start(stream, Direction.INBOUND, this.inboundStreams);
	}

	private YamuxStreamChannel start(YamuxStream stream, Direction direction, StreamAcceptor setup) {
		YamuxStreamChannel child = new YamuxStreamChannel(this, stream, direction);
		stream.channel(child);
		child.start(setup);
		return child;
	}

	@Override
	public void writable(YamuxStream stream) {
		YamuxStreamChannel child = stream.channel();
		if (child != null) {
			child.resume();
		}
	}

	@Override
	public void finished(YamuxStream stream) {
		YamuxStreamChannel child = stream.channel();
		if (child != null) {
			child.finished();
		}
	}

	@Override
	public void reset(YamuxStream stream, long code) {
		YamuxStreamChannel child = stream.channel();
		if (child != null) {
			child.failed(StreamReset.byRemote(code));
		}
	}

	@Override
	public void expired(YamuxStream stream) {
		YamuxStreamChannel child = stream.channel();
		if (child != null) {
			child.failed(StreamReset.local(StreamReset.NO_ERROR, "the peer does not take what was written"));
		}
	}

	@Override
	public void acknowledged() {
		this.waitingOpens.release((urgent) -> this.session.mayOpen(urgent) && !this.ended, this::open);
	}

	@Override
	public void pong(long value) {
		this.deliveries.pong(value);
		long nanos = this.keepAlive.pong(value);
		if (nanos > 0) {
			this.roundTripNanos = nanos;
			this.session.roundTrip(nanos);
		}
	}

	@Override
	public void goAway(long code) {
		if (code != GoAwayCode.NORMAL.ordinal()) {
			lose(new ConnectionLost("The peer ended the connection with yamux code " + code));
		}
		else {
			this.goneAway = true;
			this.waitingOpens.fail(new ConnectionLost("The peer ends the connection"));
			closeIfDrained();
		}
	}

	/** After a GoAway the connection lives as long as its last stream. */
	private void closeIfDrained() {
		if (this.goneAway && !this.ended && this.session.size() == 0) {
			lose(new ConnectionLost(this.session.hasIdsLeft() ? "The peer has closed the connection"
					: "The stream ids of the connection are used up"));
		}
	}

	// What the children ask.

	boolean isOpen() {
		return !this.ended;
	}

	/** The longest body of a frame with data. */
	int maxBodyBytes() {
		return this.writer.maxBodyBytes();
	}

	SendTurns turns() {
		return this.turns;
	}

	/** Begins a frame with data, and returns where its body goes. */
	ByteBuf sendData(YamuxStream stream, int length) {
		ByteBuf body = this.writer.frame(FrameType.DATA, 0, stream.id(), length, length);
		flushSoon();
		return body;
	}

	void consumed(YamuxStream stream, int bytes) {
		this.gate.consumed(bytes);
		this.session.consumed(stream, bytes, now());
	}

	void finish(YamuxStream stream) {
		this.session.finish(stream);
		sizeChanged();
	}

	/** A stream closes once all is sent. */
	void leave(YamuxStream stream) {
		this.session.leave(stream, now());
	}

	/** The channel of a stream has closed. */
	void abandon(YamuxStream stream) {
		this.session.abandon(stream, now());
	}

	void resetStream(YamuxStream stream, long code) {
		this.session.reset(stream, code);
		sizeChanged();
	}

	private void flushSoon() {
		if (!this.reading && !this.flushScheduled) {
			this.flushScheduled = true;
			this.channel.eventLoop().execute(this.flushTask);
		}
	}

	private void flushNow() {
		this.flushScheduled = false;
		long bytes = this.writer.flush();
		if (bytes > 0 && !this.ended) {
			this.writeWatch.flushed(bytes);
		}
	}

	@Override
	public void channelWritabilityChanged(ChannelHandlerContext ctx) {
		this.turns.run();
		ctx.fireChannelWritabilityChanged();
	}

	// Keep-alive.

	@Override
	public void ping(long value) {
		send(FrameType.PING, FrameType.SYN, 0, value);
	}

	@Override
	public void tick() {
		this.session.sweep(now());
		sizeChanged();
	}

	@Override
	public void lost(ConnectionLost cause) {
		lose(cause);
	}

	// The end.

	private void fail(long code, IOException cause) {
		if (!this.ended) {
			send(FrameType.GO_AWAY, 0, 0, code);
			lose(new ConnectionLost(String.valueOf(cause.getMessage()), cause));
		}
	}

	private void lose(IOException cause) {
		end(cause);
		this.writer.flush();
		this.channel.close();
	}

	private void end(IOException cause) {
		if (this.ended) {
			return;
		}
		this.endCause = cause;
		this.ended = true;
		this.keepAlive.stop();
		this.writeWatch.stop();
		this.gate.stop();
		this.waitingOpens.fail(cause);
		this.deliveries.end();
		this.turns.clear();
		for (YamuxStream stream : this.session.streams()) {
			YamuxStreamChannel child = stream.channel();
			if (child != null) {
				child.drain();
			}
			stream.reset();
			if (child != null) {
				child.failed(cause);
			}
		}
		this.streamCount = 0;
	}

	/** For a test of the last ids: the next stream that we open has this one. */
	void skipIds(long nextId) {
		this.session.skipIds(nextId);
	}

	@Override
	public void channelInactive(ChannelHandlerContext ctx) {
		if (!this.ended) {
			end(new ConnectionLost("The connection was closed"));
		}
		this.writer.release();
		ctx.fireChannelInactive();
	}

	@Override
	public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
		if (!(cause instanceof IOException)) {
			log.warn("connection.failed", "The connection with {} failed: {}", this.channel.remoteAddress(), cause);
		}
		end(new ConnectionLost("The connection failed: " + cause.getMessage(), cause));
		ctx.close();
	}

	// What the connection asks, on any thread.

	@Override
	public Channel channel() {
		return this.channel;
	}

	@Override
	public Future<StreamChildChannel> openStream(StreamAcceptor setup) {
		return open(setup, false);
	}

	@Override
	public Future<StreamChildChannel> openUrgentStream(StreamAcceptor setup) {
		return open(setup, true);
	}

	private Future<StreamChildChannel> open(StreamAcceptor setup, boolean urgent) {
		Promise<StreamChildChannel> result = this.channel.eventLoop().newPromise();
		if (this.channel.eventLoop().inEventLoop()) {
			open(setup, urgent, result);
		}
		else {
			this.channel.eventLoop().execute(() -> open(setup, urgent, result));
		}
		return result;
	}

	private void open(StreamAcceptor setup, boolean urgent, Promise<StreamChildChannel> result) {
		if (this.ended || this.goneAway || !this.channel.isActive()) {
			result.tryFailure(new ConnectionLost("The connection takes no more streams"));
		}
		else if (!this.session.hasIdsLeft()) {
			result.tryFailure(new ConnectionLost("The stream ids of the connection are used up"));
			this.goneAway = true;
			send(FrameType.GO_AWAY, 0, 0, GoAwayCode.NORMAL.ordinal());
			closeIfDrained();
		}
		else if (this.session.mayOpen(urgent)) {
			if (!result.setUncancellable()) {
				return;
			}
			YamuxStream stream = this.session.open(now());
			if (this.ended) {
				// Its first frame was one too many for a peer that does not read.
				result.tryFailure(new ConnectionLost("The connection takes no more streams"));
				return;
			}
			YamuxStreamChannel child = start(stream, Direction.OUTBOUND, setup);
			sizeChanged();
			result.trySuccess(child);
		}
		else {
			this.waitingOpens.add(setup, urgent, result);
		}
	}

	@Override
	public int streams() {
		return this.streamCount;
	}

	@Override
	public boolean takesStreams() {
		return !this.ended && !this.goneAway;
	}

	@Override
	public Optional<Duration> roundTripTime() {
		long nanos = this.roundTripNanos;
		return (nanos == 0) ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
	}

	@Override
	public Optional<IOException> endCause() {
		return Optional.ofNullable(this.endCause);
	}

	@Override
	public Future<?> delivered() {
		return this.deliveries.begin(() -> this.ended ? List.of() : this.session.streams());
	}

	@Override
	public ChannelFuture close(long code) {
		ChannelPromise closed = this.channel.newPromise();
		this.channel.eventLoop().execute(() -> {
			if (!this.ended) {
				send(FrameType.GO_AWAY, 0, 0, code);
				lose(new ConnectionLost("The connection was closed by this node"));
			}
			this.channel.closeFuture().addListener((done) -> closed.trySuccess());
		});
		return closed;
	}

}
