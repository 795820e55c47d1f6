package io.p2pboot.libp2p.muxer.yamux;

import java.util.List;
import java.util.concurrent.TimeUnit;

import io.p2pboot.libp2p.StreamProtocol;
import org.jspecify.annotations.Nullable;

/**
 * The protocol without any I/O: takes headers, keeps streams, tells a {@link YamuxSink}.
 * A body follows the header of a DATA frame; {@link #onHeader} returns the stream that it
 * belongs to. Event loop only; after a {@link YamuxViolation} nothing may be asked any
 * more.
 */
final class YamuxSession {

	/** How much of it is kept for urgent streams. */
	static final int URGENT_BACKLOG = 8;

	/** How many of our streams may wait for the peer's acknowledgement. */
	static final int ACK_BACKLOG = 256 - URGENT_BACKLOG;

	/**
	 * How many bytes that arrive after the application stopped reading are discarded
	 * before the stream is reset.
	 */
	static final int MAX_DISCARDED_BYTES = 1 << 20;

	/**
	 * How long a stream that we closed may wait for the peer's credit, and for its end.
	 */
	static final long LINGER_NANOS = TimeUnit.MINUTES.toNanos(5);

	private final boolean initiator;

	private final YamuxSink sink;

	private final StreamTable streams;

	private final FloodBound flood;

	private final WindowPool pool;

	private final int inboundStreams;

	private long nextId;

	/** The peer's streams that are open, or of which something is unread. */
	private int inbound;

	private int unacknowledged;

	private long roundTripNanos;

	YamuxSession(YamuxConfig config, boolean initiator, YamuxSink sink, int secret, long now) {
		this.inboundStreams = config.streamsWithinBudget();
		this.pool = new WindowPool(config);
		this.initiator = initiator;
		this.sink = sink;
		this.streams = new StreamTable(secret);
		this.flood = new FloodBound(now);
		this.nextId = initiator ? 1 : 2;
	}

	// Frames of the peer.

	/**
	 * Takes a header.
	 * @return for DATA the stream whose body follows; null if the body is to be discarded
	 */
	@Nullable YamuxStream onHeader(int version, int typeCode, int flags, int id, long length, long now) throws YamuxViolation {
		if (version != 0) {
			throw new YamuxViolation("version " + version + " is not 0");
		}
		FrameType type = FrameType.of(typeCode);
		if ((flags & ~FrameType.ALL_FLAGS) != 0) {
			throw new YamuxViolation("flags " + flags + " are unknown");
		}
		switch (type) {
			case PING -> onPing(flags, id, length, now);
			case GO_AWAY -> onGoAway(id, length, now);
			case DATA, WINDOW_UPDATE -> {
				return onStreamFrame(type, flags, id, length, now);
			}
		}
		return null;
	}

	private void onPing(int flags, int id, long length, long now) throws YamuxViolation {
		if (id != 0) {
			throw new YamuxViolation("a ping is on stream " + Integer.toUnsignedString(id) + ", not on 0");
		}
		this.flood.count(now);
		if ((flags & FrameType.SYN) != 0) {
			this.sink.send(FrameType.PING, FrameType.ACK, 0, length);
		}
		else if ((flags & FrameType.ACK) != 0) {
			this.sink.pong(length);
		}
	}

	private void onGoAway(int id, long length, long now) throws YamuxViolation {
		if (id != 0) {
			throw new YamuxViolation("a GoAway is on stream " + Integer.toUnsignedString(id) + ", not on 0");
		}
		this.flood.count(now);
		this.sink.goAway(length);
	}

	private @Nullable YamuxStream onStreamFrame(FrameType type, int flags, int id, long length, long now)
			throws YamuxViolation {
		if (id == 0) {
			throw new YamuxViolation("a " + type + " frame is on stream 0");
		}
		YamuxStream stream = this.streams.get(id);
		if ((flags & FrameType.SYN) != 0) {
			if (stream != null) {
				throw new YamuxViolation("stream " + Integer.toUnsignedString(id) + " is opened twice");
			}
			checkOpening(type, id, length);
			stream = open(flags, id, now);
		}
		if (stream == null) {
			// It was just closed, or was never ours to know: legal, but not without
			// bound.
			this.flood.count(now);
			return null;
		}
		boolean news = (flags & FrameType.SYN) != 0;
		if ((flags & FrameType.ACK) != 0) {
			news |= acknowledged(stream);
		}
		if ((flags & FrameType.RST) != 0) {
			this.flood.count(now);
			onReset(stream, (type == FrameType.WINDOW_UPDATE) ? length : 0);
			return null;
		}
		news |= (flags & FrameType.FIN) != 0 && stream.mayReceive();
		boolean deliver = false;
		if (type == FrameType.WINDOW_UPDATE) {
			onCredit(stream, news, length, now);
		}
		else {
			deliver = onData(stream, news, length, now);
		}
		if ((flags & FrameType.FIN) != 0 && (type != FrameType.DATA || length == 0)) {
			onFin(stream);
		}
		return deliver ? stream : null;
	}

	/** Nothing is registered before the frame is checked. */
	private void checkOpening(FrameType type, int id, long length) throws YamuxViolation {
		boolean peerIsInitiator = !this.initiator;
		if (((id & 1) == 1) != peerIsInitiator) {
			throw new YamuxViolation("stream " + Integer.toUnsignedString(id) + " has our parity");
		}
		long most = (type == FrameType.DATA) ? YamuxConfig.INITIAL_WINDOW_BYTES
				: YamuxStream.MAX_WINDOW_BYTES - YamuxConfig.INITIAL_WINDOW_BYTES;
		if (length > most) {
			throw new YamuxViolation("the first frame of stream " + Integer.toUnsignedString(id) + " is of " + length
					+ " bytes, more than " + most);
		}
	}

	/** Null if the stream is refused, or reset in the same breath. */
	private @Nullable YamuxStream open(int flags, int id, long now) {
		if ((flags & FrameType.RST) != 0) {
			return null;
		}
		if (this.inbound >= this.inboundStreams) {
			this.sink.send(FrameType.WINDOW_UPDATE, FrameType.RST, id, StreamProtocol.REFUSED);
			return null;
		}
		YamuxStream stream = new YamuxStream(id, now);
		stream.acknowledge();
		this.streams.put(stream);
		this.inbound++;
		this.sink.send(FrameType.WINDOW_UPDATE, FrameType.ACK, id, 0);
		this.sink.opened(stream);
		return stream;
	}

	/** False if that was known before. */
	private boolean acknowledged(YamuxStream stream) {
		boolean first = stream.acknowledge();
		if (first) {
			this.unacknowledged--;
			this.sink.acknowledged();
		}
		return first;
	}

	private void onReset(YamuxStream stream, long code) {
		stream.reset();
		remove(stream);
		this.sink.reset(stream, code);
	}

	private void onCredit(YamuxStream stream, boolean news, long length, long now) throws YamuxViolation {
		if (!news && stream.isIdleCredit(length)) {
			this.flood.count(now);
		}
		if (length == 0) {
			return;
		}
		stream.credited(length);
		if (stream.maySend()) {
			this.sink.writable(stream);
		}
	}

	/** Whether the body is to be delivered. */
	private boolean onData(YamuxStream stream, boolean news, long length, long now) throws YamuxViolation {
		if (length == 0) {
			if (!news) {
				this.flood.count(now);
			}
			return false;
		}
		stream.received(length);
		if (stream.mayReceive()) {
			return true;
		}
		// Sent in a race with the FIN before it, by a peer that writes and closes at
		// once: nobody reads it. Credit is not given for it, so that the window bounds
		// it too.
		stream.consumed((int) length);
		this.flood.count(now);
		return false;
	}

	/** To be called too when the body of a DATA frame with FIN has come whole. */
	void onFin(YamuxStream stream) {
		if (stream.remoteFin()) {
			this.pool.settle(stream);
			if (stream.isClosed()) {
				ended(stream);
			}
			this.sink.finished(stream);
		}
	}

	// What the application does.

	/** Whether the peer's backlog has room for one more stream of ours. */
	boolean mayOpen(boolean urgent) {
		return this.unacknowledged < (urgent ? ACK_BACKLOG + URGENT_BACKLOG : ACK_BACKLOG);
	}

	boolean hasIdsLeft() {
		return this.nextId <= 0xFFFF_FFFFL;
	}

	void skipIds(long nextId) {
		this.nextId = nextId;
	}

	YamuxStream open(long now) {
		YamuxStream stream = new YamuxStream((int) this.nextId, now);
		this.nextId += 2;
		this.unacknowledged++;
		this.streams.put(stream);
		this.sink.send(FrameType.WINDOW_UPDATE, FrameType.SYN, stream.id(), 0);
		return stream;
	}

	/** The application has read bytes: gives the peer credit when enough is free. */
	void consumed(YamuxStream stream, int bytes, long now) {
		stream.consumed(bytes);
		int credit = stream.credit(now, this.roundTripNanos, this.pool.widest(stream));
		this.pool.settle(stream);
		if (credit > 0) {
			this.sink.send(FrameType.WINDOW_UPDATE, 0, stream.id(), credit);
		}
		giveBackPlace(stream);
	}

	/** Bytes have come that nobody will read: the peer may end, but not go on. */
	void discard(YamuxStream stream, int bytes, long now) {
		consumed(stream, bytes, now);
		if (stream.discarded(bytes) > MAX_DISCARDED_BYTES) {
			reset(stream, 0);
		}
	}

	/** The application has closed the stream, which has still something to send. */
	void leave(YamuxStream stream, long now) {
		stream.leave(now);
	}

	/** All that the application wrote is sent, and it is done with the stream. */
	void abandon(YamuxStream stream, long now) {
		stream.abandon(now);
	}

	/**
	 * Resets the streams that were closed here and have waited too long: for the peer to
	 * take what was written, or for its end.
	 */
	void sweep(long now) {
		for (YamuxStream stream : streams()) {
			if (stream.isLeftFor(LINGER_NANOS, now)) {
				reset(stream, 0);
				this.sink.expired(stream);
			}
		}
	}

	void finish(YamuxStream stream) {
		stream.localFin();
		if (stream.isClosed()) {
			ended(stream);
		}
		this.sink.send(FrameType.WINDOW_UPDATE, FrameType.FIN, stream.id(), 0);
	}

	void reset(YamuxStream stream, long code) {
		if (!stream.isClosed()) {
			stream.reset();
			ended(stream);
			this.sink.send(FrameType.WINDOW_UPDATE, FrameType.RST, stream.id(), code);
		}
	}

	private void ended(YamuxStream stream) {
		remove(stream);
		this.flood.streamEnded();
	}

	private void remove(YamuxStream stream) {
		if (!this.streams.remove(stream)) {
			return;
		}
		this.pool.settle(stream);
		giveBackPlace(stream);
		if (!isInbound(stream)) {
			acknowledged(stream);
		}
	}

	/**
	 * A peer may open another stream once one of its streams has ended and nothing of it
	 * is unread: streams that end at once are not a way round the budget.
	 */
	private void giveBackPlace(YamuxStream stream) {
		if (stream.isClosed() && stream.unread() == 0 && isInbound(stream) && stream.giveBackPlace()) {
			this.inbound--;
		}
	}

	private boolean isInbound(YamuxStream stream) {
		return ((stream.id() & 1) == 1) != this.initiator;
	}

	/** By how much all windows together are wider than they start. */
	long lent() {
		return this.pool.lent();
	}

	void roundTrip(long nanos) {
		this.roundTripNanos = nanos;
	}

	int size() {
		return this.streams.size();
	}

	/** A copy, for the caller to change the streams meanwhile. */
	List<YamuxStream> streams() {
		return this.streams.all();
	}

}
