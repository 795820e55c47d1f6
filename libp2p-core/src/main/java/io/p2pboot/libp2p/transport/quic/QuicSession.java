package io.p2pboot.libp2p.transport.quic;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionPathStats;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.codec.quic.QuicTransportParameters;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.StreamReset;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of a QUIC connection. Event loop only, except for what {@link MuxerSession}
 * promises.
 */
final class QuicSession implements MuxerSession {

	private static final Logger logger = LoggerFactory.getLogger(QuicSession.class);

	/** How many opens may wait until the peer allows more streams. */
	static final int MAX_WAITING_OPENS = 4096;

	/** How long a stream that was closed here waits for the peer to take the rest. */
	static final long LINGER_NANOS = TimeUnit.MINUTES.toNanos(5);

	/** The largest buffer for one read of a stream. */
	static final int MAX_READ_BYTES = 128 * 1024;

	/**
	 * How many streams that ended with a reset a connection may have where the codec
	 * cannot be made to forget them.
	 */
	static final int MAX_UNFORGOTTEN_STREAMS = 20_000;

	private static final int MIN_READ_BYTES = 512;

	private static final int FIRST_READ_BYTES = 2048;

	/**
	 * How many of the streams that the peer allows are kept for urgent ones, where it
	 * allows many.
	 */
	static final int URGENT_STREAMS = 4;

	/** One that allows fewer may have them all used. */
	static final int MANY_STREAMS = 16 * URGENT_STREAMS;

	private record WaitingOpen(StreamAcceptor setup, boolean urgent, Promise<StreamChildChannel> result) {
	}

	private final QuicChannel channel;

	private final StreamAcceptor inboundStreams;

	private final BatchedReads reads;

	private final Optional<QuicDatagrams> datagrams;

	private final SessionStreams streams;

	private final Deque<WaitingOpen> waitingOpens = new ArrayDeque<>();

	private final LoneFin loneFin = new LoneFin();

	/** Their FIN waits until their data is acknowledged. */
	private final Set<QuicStream> finsWait = new LinkedHashSet<>();

	private final Quiet quiet;

	/** How many of the streams that the peer allows are left to urgent ones. */
	private final int keptStreams;

	private final Duration idleTimeout;

	private long lastSentNanos;

	private long lastReadNanos;

	private int unforgotten;

	private final WastedStreams wasted;

	private final Windows windows;

	private volatile @Nullable ConnectionLost loss;

	private volatile boolean ended;

	private volatile int streamCount;

	private volatile long roundTripNanos;

	QuicSession(QuicChannel channel, StreamAcceptor inboundStreams, BatchedReads reads, QuicConfig config,
			ConnectionScope scope, Optional<QuicDatagrams> datagrams) {
		this.channel = channel;
		this.idleTimeout = config.idleTimeout();
		this.quiet = new Quiet(channel, this.idleTimeout);
		this.streams = new SessionStreams(config);
		this.windows = new Windows(channel, config, scope, this.streams, this::giveUp);
		channel.attr(Inflow.KEY).get().onBatch(this::batchRead);
		this.keptStreams = keptStreams(channel);
		this.lastSentNanos = channel.eventLoop().ticker().nanoTime();
		this.lastReadNanos = this.lastSentNanos;
		this.wasted = new WastedStreams(this.lastSentNanos);
		this.datagrams = datagrams;
		this.inboundStreams = inboundStreams;
		this.reads = reads;
		measure();
	}

	private EventLoop loop() {
		return this.channel.eventLoop();
	}

	// From the connection.

	/** A stream that the peer opened. */
	void opened(QuicStreamChannel wire) {
		adopt(wire, this.inboundStreams);
	}

	private QuicStream adopt(QuicStreamChannel wire, StreamAcceptor setup) {
		QuicStream stream = new QuicStream(this, wire);
		wire.config().setAutoRead(false);
		wire.config()
			.setRecvByteBufAllocator(
					new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES));
		wire.pipeline().addLast(new StreamFeed(stream));
		if (!wire.isRegistered()) {
			// First: it passes nothing on before, and our stream reads from it at once.
			loop().register(wire);
		}
		this.streams.add(stream);
		this.streamCount = this.streams.size();
		stream.start(setup);
		return stream;
	}

	/**
	 * Packets were read: they may have brought data, leave to open streams, or the
	 * acknowledgement of all that was sent.
	 */
	private void batchRead() {
		this.lastReadNanos = loop().ticker().nanoTime();
		readEnds();
		this.windows.measure();
		streamsAllowed();
		if (!this.finsWait.isEmpty() && this.quiet.isQuiet(false)) {
			List.copyOf(this.finsWait).forEach(QuicStream::acknowledged);
			this.finsWait.clear();
		}
	}

	/**
	 * Lets streams that nobody reads hear of their end as soon as nothing is left before
	 * it: the codec tells only those that read, and the peer's reset leaves nothing.
	 */
	private void readEnds() {
		QuicheAccess access = QuicheAccess.of(this.channel);
		if (this.streams.unread().isEmpty() || !this.channel.isActive()
				|| !access.offers(QuicheAccess.Use.STREAM_ENDS)) {
			return;
		}
		try {
			// First all: a stream that hears of its end may have the connection closed.
			for (long id : access.endedStreams(this.channel)) {
				this.streams.unread(id).ifPresent(QuicStream::readEnd);
			}
		}
		catch (Throwable ex) {
			logger.debug("Streams hear of their end when they are read: {}", ex.toString());
		}
	}

	/** A datagram beside the streams. */
	void received(ByteBuf datagram) {
		this.datagrams.ifPresentOrElse((beside) -> beside.received(datagram), datagram::release);
	}

	/** The peer may allow more streams. */
	void streamsAllowed() {
		while (!this.waitingOpens.isEmpty() && mayOpen(this.waitingOpens.element().urgent()) && !this.ended) {
			WaitingOpen next = this.waitingOpens.remove();
			if (!next.result().isDone()) {
				open(next.setup(), next.urgent(), next.result());
			}
		}
	}

	/**
	 * Resets the streams that were closed here and have waited too long for the peer to
	 * take what was written.
	 */
	void sweep(long now) {
		List<QuicStream> late = this.streams.all()
			.stream()
			.filter((stream) -> stream.isLeftFor(LINGER_NANOS, now))
			.toList();
		late.forEach(QuicStream::expire);
	}

	/** The connection has ended, or is about to. The first cause is kept. */
	void lose(ConnectionLost cause) {
		if (this.loss == null) {
			this.loss = cause;
		}
	}

	/** Delivers what has come on the streams of a connection that the peer has closed. */
	void drain() {
		this.streams.all().forEach(QuicStream::drain);
	}

	void end() {
		this.ended = true;
		loss();
		this.windows.end();
		while (!this.waitingOpens.isEmpty()) {
			this.waitingOpens.remove().result().tryFailure(loss());
		}
	}

	// From the streams.

	boolean isOpen() {
		return !this.ended;
	}

	ConnectionLost loss() {
		ConnectionIds.Owner owner = this.channel.attr(ConnectionIds.OWNER).get();
		if (this.loss == null && owner != null && owner.mayBeReset() && !this.channel.isTimedOut()) {
			lose(new ConnectionLost("The peer does not know the connection any more; it may have been restarted"));
		}
		ConnectionLost cause = this.loss;
		return (cause != null) ? cause : new ConnectionLost("The connection was closed");
	}

	/** The codec takes data. */
	void sent(long nanos) {
		this.lastSentNanos = nanos;
	}

	void read(QuicStreamChannel wire) {
		this.reads.read(wire);
	}

	/** The first bytes of a stream have come. */
	void answered(QuicStreamChannel wire) {
		if (wire.isLocalCreated()) {
			Confirmation.answered(this.channel);
		}
	}

	/**
	 * How long the FIN of a stream has to wait that was read to its end and whose last
	 * data was sent at the time given. The stream is told if the data is seen to be
	 * acknowledged before.
	 */
	long finWaitNanos(QuicStream stream, long sentNanos) {
		if (!this.channel.isActive() || this.quiet.isQuiet(false)) {
			return 0;
		}
		long wait = loneFinNanos(stream.wire(), sentNanos);
		if (wait > 0) {
			this.finsWait.add(stream);
		}
		else {
			this.finsWait.remove(stream);
		}
		return wait;
	}

	private long loneFinNanos(QuicStreamChannel wire, long sentNanos) {
		Future<QuicConnectionPathStats> path = this.channel.collectPathStats(0);
		if (!path.isSuccess()) {
			return 0;
		}
		QuicConnectionPathStats stats = path.getNow();
		long now = loop().ticker().nanoTime();
		return this.loneFin.waitNanos(stats.lost(), stats.cwnd(), roomBytes(wire), stats.rtt(), sentNanos,
				this.lastReadNanos, now);
	}

	/** The codec's channel knows how much there was when the stream sent something. */
	private long roomBytes(QuicStreamChannel wire) {
		QuicheAccess access = QuicheAccess.of(this.channel);
		if (access.offers(QuicheAccess.Use.STREAM_ROOM)) {
			try {
				return access.roomBytes(this.channel, wire.streamId());
			}
			catch (Throwable ex) {
				logger.debug("The end of a stream may have to wait in the codec: {}", ex.toString());
			}
		}
		return wire.bytesBeforeUnwritable();
	}

	/** Others need the memory that the connection holds. */
	private void giveUp(LimitExceeded reason) {
		lose(new ConnectionLost("The connection was closed by this node: " + reason.getMessage(), reason));
		close(ErrorCode.RESOURCE_LIMIT_EXCEEDED.connection());
	}

	/** Data of a stream is not the codec's any more. */
	void delivered(QuicStream stream, int bytes) {
		settled(stream);
		this.streams.delivered(stream, bytes);
		this.windows.delivered(bytes);
	}

	/** Whether a stream has asked for what may have come is not as it was. */
	void settled(QuicStream stream) {
		this.streams.settled(stream);
	}

	/** What the peer may still open for nothing. */
	WastedStreams wasted() {
		return this.wasted;
	}

	/** A stream of ours has closed: lets go of the codec's. */
	void closed(QuicStream stream, boolean endRead, boolean endWritten) {
		this.streams.remove(stream);
		this.finsWait.remove(stream);
		this.streamCount = this.streams.size();
		if (this.streams.isEmpty()) {
			this.windows.measure();
		}
		QuicStreamChannel wire = stream.wire();
		if (this.ended || !this.channel.isActive()) {
			wire.close();
			return;
		}
		if (!endRead && !wire.isInputShutdown()) {
			wire.shutdownInput(0);
		}
		if (!endWritten && !wire.isOutputShutdown()) {
			wire.shutdownOutput(0);
		}
		wire.close();
		if (stream.isWasted() && !this.wasted.count(loop().ticker().nanoTime(), this.channel.remoteSocketAddress())) {
			lose(new ConnectionLost("The peer has reset more than " + WastedStreams.BURST + " streams, and "
					+ WastedStreams.PER_SECOND + " a second"));
			close(ErrorCode.RATE_LIMITED.connection());
		}
		else if (!endRead && !StreamTable.remove(wire) && ++this.unforgotten > MAX_UNFORGOTTEN_STREAMS) {
			lose(new ConnectionLost("More than " + MAX_UNFORGOTTEN_STREAMS + " streams ended with a reset"));
			close(0);
		}
	}

	// What the connection's users ask, on any thread.

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
		Promise<StreamChildChannel> result = loop().newPromise();
		if (loop().inEventLoop()) {
			open(setup, urgent, result);
		}
		else {
			loop().execute(() -> open(setup, urgent, result));
		}
		return result;
	}

	/**
	 * The codec spends a stream id even where it may not open one, so it is not asked.
	 */
	private boolean mayOpen(boolean urgent) {
		return allowedStreams() > (urgent ? 0 : this.keptStreams);
	}

	/**
	 * How many more streams the peer allows. The channel of the codec counts down what it
	 * was told, and looks at what the peer allows by now only when nothing is left of it,
	 * or when the peer allows no unidirectional streams.
	 */
	private long allowedStreams() {
		QuicheAccess access = QuicheAccess.of(this.channel);
		if (this.channel.isActive() && access.offers(QuicheAccess.Use.STREAM_CREDIT)) {
			try {
				return access.streamsLeft(this.channel);
			}
			catch (Throwable ex) {
				logger.debug("Streams are opened as far as the codec's channel knows: {}", ex.toString());
			}
		}
		return this.channel.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL);
	}

	/** None where the codec would have to use all of them up before it looks again. */
	private static int keptStreams(QuicChannel channel) {
		QuicTransportParameters peer = channel.peerTransportParameters();
		boolean many = peer != null && peer.initialMaxStreamsBidi() >= MANY_STREAMS;
		return (many && QuicheAccess.of(channel).offers(QuicheAccess.Use.STREAM_CREDIT)) ? URGENT_STREAMS : 0;
	}

	private void open(StreamAcceptor setup, boolean urgent, Promise<StreamChildChannel> result) {
		if (this.waitingOpens.size() >= MAX_WAITING_OPENS) {
			this.waitingOpens.removeIf((open) -> open.result().isDone());
		}
		if (this.ended || !this.channel.isActive()) {
			result.tryFailure(loss());
		}
		else if (mayOpen(urgent)) {
			create(setup, result);
		}
		else if (urgent && this.waitingOpens.size() < MAX_WAITING_OPENS + MANY_STREAMS) {
			this.waitingOpens.addFirst(new WaitingOpen(setup, true, result));
		}
		else if (this.waitingOpens.size() < MAX_WAITING_OPENS) {
			this.waitingOpens.add(new WaitingOpen(setup, false, result));
		}
		else {
			result.tryFailure(
					new LimitExceeded("streams waiting for the peer", MAX_WAITING_OPENS + 1L, MAX_WAITING_OPENS));
		}
	}

	private void create(StreamAcceptor setup, Promise<StreamChildChannel> result) {
		if (!result.setUncancellable()) {
			return;
		}
		this.channel.createStream(QuicStreamType.BIDIRECTIONAL, new Silent())
			.addListener((Future<QuicStreamChannel> made) -> {
				if (!made.isSuccess()) {
					result.tryFailure(
							new ConnectionLost("Could not open a stream: " + made.cause().getMessage(), made.cause()));
					return;
				}
				this.datagrams.ifPresent((beside) -> beside.opened(made.getNow().streamId()));
				QuicStream stream = adopt(made.getNow(), setup);
				if (!result.trySuccess(stream)) {
					stream.reset(StreamReset.NO_ERROR);
				}
			});
	}

	/** The codec takes codes as int and would send a negative one as a 64-bit number. */
	static int wireCode(long code) {
		return (int) Math.min(code, Integer.MAX_VALUE);
	}

	@Override
	public Optional<NativeDatagrams> datagrams() {
		return this.datagrams.map((beside) -> beside);
	}

	@Override
	public int streams() {
		return this.streamCount;
	}

	@Override
	public Optional<Duration> roundTripTime() {
		long nanos = this.roundTripNanos;
		if (!this.ended) {
			loop().execute(this::measure);
		}
		return (nanos == 0) ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
	}

	private void measure() {
		this.datagrams.ifPresent(QuicDatagrams::measure);
		if (this.channel.isActive()) {
			this.channel.collectPathStats(0).addListener((Future<QuicConnectionPathStats> stats) -> {
				if (stats.isSuccess()) {
					this.roundTripNanos = stats.getNow().rtt();
				}
			});
		}
	}

	@Override
	public Optional<IOException> endCause() {
		return Optional.ofNullable(this.loss);
	}

	@Override
	public Future<?> delivered() {
		Promise<Void> result = loop().newPromise();
		loop().execute(
				() -> Delivery.await(this.channel, this.streams.all(), this.idleTimeout, this.lastSentNanos, result));
		return result;
	}

	@Override
	public ChannelFuture close(long code) {
		ChannelPromise closed = this.channel.newPromise();
		loop().execute(() -> {
			lose(new ConnectionLost("The connection was closed by this node"));
			end();
			Farewell.close(this.channel, wireCode(code));
			this.channel.closeFuture().addListener((done) -> closed.trySuccess());
		});
		return closed;
	}

	/** The handler of a stream that the codec opens for us. */
	static ChannelHandler silent() {
		return new Silent();
	}

	/** Keeps a new stream from reading before ours asks. */
	private static final class Silent extends ChannelInboundHandlerAdapter {

		@Override
		public void handlerAdded(ChannelHandlerContext ctx) {
			ctx.channel().config().setAutoRead(false);
		}

	}

}
