package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.ErrorCode;
import io.p2pboot.libp2p.NodeObserver.DatagramDrop;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.netty.NativeDatagrams;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one connection that carries them itself: gives each that arrives to
 * its flow, and sends those that wait as the transport takes them, in turn. Event loop
 * only, unless a method says otherwise.
 */
final class NativeConnection implements NativeDatagrams.Receiver, NativeSink {

	/** The protocol of control streams. */
	static final ProtocolPath CONTROL = ProtocolPath.of("/dg/1");

	/** The libp2p connection error code PROTOCOL_VIOLATION. */
	static final long PROTOCOL_VIOLATION = ErrorCode.PROTOCOL_VIOLATION.connection();

	/** How long a datagram waits for its control stream before a round trip is known. */
	static final Duration DEFAULT_HOLD = Duration.ofMillis(100);

	/** The shortest that it waits: a busy peer's streams lag behind its datagrams. */
	static final Duration MIN_HOLD = Duration.ofMillis(50);

	/** The longest that it waits, whatever the round trip. */
	static final Duration MAX_HOLD = Duration.ofSeconds(1);

	private final DatagramService service;

	private final Connection connection;

	private final NativeDatagrams datagrams;

	private final NativeSession session;

	private final Map<Long, NativeFlow> flows = new TreeMap<>();

	/** Flows that have something to send, each once. */
	private final Deque<NativeFlow> ready = new ArrayDeque<>();

	private boolean blocked;

	private boolean draining;

	private volatile boolean refused;

	/** What the peer does not serve with datagrams of the connection. */
	private final Set<ProtocolPath> refusedPaths = ConcurrentHashMap.newKeySet();

	private @Nullable Future<?> expiry;

	NativeConnection(DatagramService service, Connection connection, NativeDatagrams datagrams) {
		this.service = service;
		this.connection = connection;
		this.datagrams = datagrams;
		this.session = new NativeSession(datagrams.isInitiator());
	}

	/** Whether the peer may serve a protocol in this way. Any thread. */
	boolean isUsable(ProtocolPath path) {
		return !this.refused && maxBytes() > StreamIds.MAX_BYTES && !this.refusedPaths.contains(path);
	}

	/**
	 * The peer does not know a protocol; without that of control streams, none. Any
	 * thread.
	 */
	void refused(ProtocolPath path) {
		this.refused |= path.equals(CONTROL);
		this.refusedPaths.add(path);
	}

	/** How large a datagram may be, with its id. Any thread. */
	int maxBytes() {
		return this.datagrams.maxBytes();
	}

	/** How large it may be once the path is known. Any thread. */
	int hopedForBytes() {
		return this.datagrams.hopedForBytes();
	}

	// Flows.

	/**
	 * Makes a flow of a control stream that the peer opened; false if nobody serves it.
	 */
	boolean accept(ControlStream reader, StreamChannel stream, ProtocolPath path) {
		if (!this.service.isServed(path)) {
			return false;
		}
		NativeFlow flow = new NativeFlow(this.service, this, stream, path, this.datagrams.streamId(stream));
		stream.pipeline().addLast(flow).remove(reader);
		this.service.accepted(flow);
		opened(flow);
		return true;
	}

	/** Makes a flow of a control stream that we opened. */
	NativeFlow propose(StreamChannel stream, ProtocolPath path) {
		NativeFlow flow = new NativeFlow(this.service, this, stream, path, this.datagrams.streamId(stream));
		// First: a proposal may fail at once, and the end has to find the flow.
		this.service.proposed(flow);
		opened(flow);
		stream.pipeline().addLast(flow);
		flow.propose();
		return flow;
	}

	private void opened(NativeFlow flow) {
		this.flows.put(flow.streamId(), flow);
		this.session.opened(flow.streamId(), this);
	}

	void receiveClosed(NativeFlow flow) {
		this.session.receiveClosed(flow.streamId());
	}

	void ended(NativeFlow flow) {
		if (this.flows.remove(flow.streamId(), flow)) {
			this.session.ended(flow.streamId());
		}
	}

	// Receiving.

	@Override
	public void received(ByteBuf datagram) {
		try {
			long now = this.datagrams.channel().eventLoop().ticker().nanoTime();
			this.session.on(datagram, now, holdNanos(), this.datagrams.lastOpenedStreamId(), this);
			scheduleExpiry(now);
		}
		catch (NativeViolation ex) {
			this.datagrams.close(PROTOCOL_VIOLATION, String.valueOf(ex.getMessage()));
		}
		finally {
			datagram.release();
		}
	}

	/** About one round trip. */
	private long holdNanos() {
		Duration hold = this.connection.roundTripTime().orElse(DEFAULT_HOLD);
		return Math.max(MIN_HOLD.toNanos(), Math.min(hold.toNanos(), MAX_HOLD.toNanos()));
	}

	private void scheduleExpiry(long now) {
		OptionalLong next = this.session.nextExpiry();
		if (this.expiry == null && next.isPresent()) {
			this.expiry = this.datagrams.channel().eventLoop().schedule(() -> {
				this.expiry = null;
				long then = this.datagrams.channel().eventLoop().ticker().nanoTime();
				this.session.expire(then, this);
				scheduleExpiry(then);
			}, next.getAsLong() - now, TimeUnit.NANOSECONDS);
		}
	}

	@Override
	public void received(long streamId, ByteBuffer payload) {
		NativeFlow flow = this.flows.get(streamId);
		if (flow != null) {
			this.service.received(flow, payload);
		}
	}

	@Override
	public void unknown() {
		this.service.unknown(CONTROL);
	}

	// Sending.

	/** A flow has something to send, or wants to end when it has not. */
	void ready(NativeFlow flow) {
		if (!this.ready.contains(flow)) {
			this.ready.add(flow);
		}
		drain();
	}

	@Override
	public void writable() {
		this.blocked = false;
		drain();
	}

	private void drain() {
		if (this.blocked || this.draining) {
			return;
		}
		this.draining = true;
		try {
			while (!this.blocked && !this.ready.isEmpty()) {
				NativeFlow flow = this.ready.remove();
				ByteBuf next = flow.next();
				if (next != null) {
					send(flow, next);
				}
			}
		}
		finally {
			this.draining = false;
		}
		this.datagrams.flush();
	}

	private void send(NativeFlow flow, ByteBuf datagram) {
		if (datagram.readableBytes() > this.datagrams.maxBytes()) {
			datagram.release();
			this.service.dropped(flow, DatagramDrop.TOO_LARGE, 1);
			this.ready.add(flow);
		}
		else if (this.datagrams.trySend(datagram)) {
			this.service.sent(flow, 1);
			this.ready.add(flow);
		}
		else {
			flow.putBack(datagram);
			this.ready.addFirst(flow);
			this.blocked = true;
		}
	}

}
