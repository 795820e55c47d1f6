package io.p2pboot.libp2p.muxer.yamux;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.muxer.Muxer;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.muxer.StreamAcceptor;
import io.p2pboot.libp2p.muxer.StreamChildChannel;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.StreamChannel;
import io.p2pboot.libp2p.resource.ConnectionScope;
import org.jspecify.annotations.Nullable;

/**
 * Yamux whose connections carry datagrams beside their streams, within one process and
 * one connection after the other: ids, order and limits are as QUIC's.
 */
public final class DatagramYamux implements Muxer {

	/** How many datagrams are under way in one direction. */
	public static final int IN_FLIGHT = 16;

	private final YamuxMuxer yamux = new YamuxMuxer(YamuxConfig.DEFAULT);

	private final Air air;

	private volatile int maxBytes;

	public DatagramYamux(Air air, int maxBytes) {
		this.air = air;
		this.maxBytes = maxBytes;
	}

	/** Changes what fits, for connections that stand and those to come. */
	public void maxBytes(int maxBytes) {
		this.maxBytes = maxBytes;
	}

	@Override
	public String id() {
		return this.yamux.id();
	}

	@Override
	public MuxerSession attach(Channel channel, boolean initiator, int writeBytes, StreamAcceptor inboundStreams,
			ConnectionScope scope) {
		return this.air
			.join(new Side(this, this.yamux.attach(channel, initiator, writeBytes, inboundStreams, scope), initiator));
	}

	/** What the datagrams of the connections of two nodes pass through. */
	public static final class Air {

		private final ReentrantLock lock = new ReentrantLock();

		private final Deque<Side> alone = new ArrayDeque<>();

		/**
		 * The sides of all connections, each dialler's before or after its listener's.
		 */
		public final Queue<Side> sides = new ConcurrentLinkedQueue<>();

		private Side join(Side side) {
			this.sides.add(side);
			this.lock.lock();
			try {
				Side other = this.alone.peek();
				if (other == null || other.initiator == side.initiator) {
					this.alone.add(side);
				}
				else {
					this.alone.remove();
					other.peer = side;
					side.peer = other;
					other.early.forEach(Runnable::run);
					side.early.forEach(Runnable::run);
				}
			}
			finally {
				this.lock.unlock();
			}
			return side;
		}

	}

	/** One end of a connection. */
	public static final class Side implements MuxerSession, NativeDatagrams {

		private final DatagramYamux muxer;

		private final MuxerSession session;

		private final boolean initiator;

		private volatile @Nullable Side peer;

		/** What was sent before the peer's end was there. */
		private final Queue<Runnable> early = new ConcurrentLinkedQueue<>();

		/** The id that was asked for last: that of a control stream. */
		public volatile long controlId = -1;

		private volatile @Nullable Receiver receiver;

		private volatile boolean stalled;

		private int inFlight;

		private boolean refused;

		private long lastOpened = -1;

		/** The code with which this side closed the connection; -1 if it has not. */
		public volatile long closedWith = -1;

		private Side(DatagramYamux muxer, MuxerSession session, boolean initiator) {
			this.muxer = muxer;
			this.session = session;
			this.initiator = initiator;
		}

		/** While stalled nothing leaves. */
		public void stall(boolean stalled) {
			this.stalled = stalled;
			if (!stalled) {
				channel().eventLoop().execute(this::freed);
			}
		}

		/** Sends bytes of the test's own choice. */
		public void inject(ByteBuf datagram) {
			channel().eventLoop().execute(() -> pass(datagram, (delivered) -> {
			}));
		}

		@Override
		public Channel channel() {
			return this.session.channel();
		}

		@Override
		public Optional<NativeDatagrams> datagrams() {
			return Optional.of(this);
		}

		@Override
		public int maxBytes() {
			return this.muxer.maxBytes;
		}

		@Override
		public boolean isInitiator() {
			return this.initiator;
		}

		@Override
		public long streamId(StreamChannel stream) {
			this.controlId = quicId(stream);
			return this.controlId;
		}

		private long quicId(StreamChannel stream) {
			long id = stream.streamId();
			boolean byInitiator = id % 2 == 1;
			long quicId = byInitiator ? (id - 1) * 2 : (id - 2) * 2 + 1;
			if (byInitiator == this.initiator) {
				this.lastOpened = Math.max(this.lastOpened, quicId);
			}
			return quicId;
		}

		@Override
		public long lastOpenedStreamId() {
			return this.lastOpened;
		}

		@Override
		public boolean trySend(ByteBuf datagram) {
			if (datagram.readableBytes() > this.muxer.maxBytes) {
				throw new AssertionError("Too large: " + datagram.readableBytes());
			}
			if (this.stalled || this.inFlight >= IN_FLIGHT) {
				this.refused = true;
				return false;
			}
			this.inFlight++;
			pass(datagram, (delivered) -> channel().eventLoop().execute(() -> {
				this.inFlight--;
				freed();
			}));
			return true;
		}

		private void freed() {
			Receiver told = this.receiver;
			if (this.refused && told != null && !this.stalled) {
				this.refused = false;
				told.writable();
			}
		}

		private void pass(ByteBuf datagram, Consumer<Boolean> done) {
			Side other = this.peer;
			if (other == null) {
				this.early.add(() -> pass(datagram, done));
				return;
			}
			if (!other.channel().isActive()) {
				datagram.release();
				done.accept(false);
				return;
			}
			other.channel().eventLoop().execute(() -> {
				Receiver to = other.receiver;
				if (to == null) {
					datagram.release();
				}
				else {
					to.received(datagram);
				}
				done.accept(to != null);
			});
		}

		@Override
		public void flush() {
			// Each datagram leaves when it is taken.
		}

		@Override
		public void receiver(Receiver receiver) {
			this.receiver = receiver;
		}

		@Override
		public void close(long code, String reason) {
			this.closedWith = code;
			this.session.close(code);
		}

		@Override
		public Future<StreamChildChannel> openStream(StreamAcceptor setup) {
			Future<StreamChildChannel> opened = this.session.openStream(setup);
			opened.addListener((done) -> {
				if (done.isSuccess()) {
					quicId(opened.getNow());
				}
			});
			return opened;
		}

		@Override
		public int streams() {
			return this.session.streams();
		}

		@Override
		public Optional<Duration> roundTripTime() {
			return this.session.roundTripTime();
		}

		@Override
		public ChannelFuture close(long code) {
			return this.session.close(code);
		}

	}

}
