package io.p2pboot.libp2p.protocol.datagram;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

import io.netty.buffer.ByteBuf;

/**
 * The flows of one connection that carries datagrams itself: which stream ids are open,
 * and what becomes of each datagram that arrives. No I/O, no clock; one thread.
 * Specification: the libp2p draft of {@code /dg/1} (specs pull request 680).
 */
final class NativeSession {

	/** How many datagrams of streams not yet seen are held; a further one is dropped. */
	static final int MAX_EARLY_DATAGRAMS = 32;

	/** How many bytes they hold together. */
	static final int MAX_EARLY_BYTES = 48 * 1024;

	/** How many ended flows are remembered, so that what is late is not held. */
	static final int MAX_ENDED = 128;

	/**
	 * What a flow still does.
	 */
	private enum State {

		/** From the start; left to RECEIVE_CLOSED, or removed. */
		OPEN,

		/** The peer has ended its side; removed when ours ends. */
		RECEIVE_CLOSED

	}

	private record Early(long streamId, ByteBuffer payload, long untilNanos) {
	}

	private final boolean initiator;

	private final Map<Long, State> flows = new TreeMap<>();

	private final Deque<Early> early = new ArrayDeque<>();

	private final Deque<Long> ended = new ArrayDeque<>();

	private int earlyBytes;

	/**
	 * Creates the session of a new connection.
	 * @param initiator whether we dialled
	 */
	NativeSession(boolean initiator) {
		this.initiator = initiator;
	}

	/**
	 * The control stream has told its protocol: datagrams that came before it follow.
	 */
	void opened(long streamId, NativeSink sink) {
		this.flows.put(streamId, State.OPEN);
		Iterator<Early> held = this.early.iterator();
		while (held.hasNext()) {
			Early next = held.next();
			if (next.streamId() == streamId) {
				held.remove();
				this.earlyBytes -= next.payload().remaining();
				sink.received(streamId, next.payload());
			}
		}
	}

	/** The peer has ended its side of the control stream. */
	void receiveClosed(long streamId) {
		this.flows.replace(streamId, State.RECEIVE_CLOSED);
	}

	/** The control stream is gone. */
	void ended(long streamId) {
		if (this.flows.remove(streamId) != null) {
			this.ended.add(streamId);
			if (this.ended.size() > MAX_ENDED) {
				this.ended.remove();
			}
		}
	}

	/**
	 * A datagram has arrived.
	 * @param datagram the datagram, read and left to the caller
	 * @param now the time, in nanoseconds
	 * @param holdNanos how long it may wait for its control stream
	 * @param lastOpened the highest stream id that this side has opened; -1 for none
	 * @param sink takes what follows
	 * @throws NativeViolation if its id cannot be read or can never exist
	 */
	void on(ByteBuf datagram, long now, long holdNanos, long lastOpened, NativeSink sink) throws NativeViolation {
		long streamId = StreamIds.read(datagram);
		State state = this.flows.get(streamId);
		if (state == State.OPEN) {
			sink.received(streamId, payload(datagram));
			return;
		}
		if (state == State.RECEIVE_CLOSED || this.ended.contains(streamId)) {
			// "If a datagram is received after the corresponding stream's receive side is
			// closed, the received datagrams MUST be silently dropped."
			sink.unknown();
			return;
		}
		if (StreamIds.isUnidirectional(streamId)) {
			throw new NativeViolation("A datagram names the unidirectional stream " + streamId);
		}
		if (StreamIds.isOf(this.initiator, streamId)) {
			if (streamId > lastOpened) {
				throw new NativeViolation(
						"A datagram names the stream " + streamId + ", which this side would have to open and has not");
			}
			sink.unknown();
			return;
		}
		hold(streamId, datagram, now + holdNanos, sink);
	}

	private void hold(long streamId, ByteBuf datagram, long untilNanos, NativeSink sink) {
		int size = datagram.readableBytes();
		if (this.early.size() >= MAX_EARLY_DATAGRAMS || this.earlyBytes + size > MAX_EARLY_BYTES) {
			sink.unknown();
			return;
		}
		this.earlyBytes += size;
		this.early.add(new Early(streamId, payload(datagram), untilNanos));
	}

	private static ByteBuffer payload(ByteBuf datagram) {
		byte[] bytes = new byte[datagram.readableBytes()];
		datagram.readBytes(bytes);
		return ByteBuffer.wrap(bytes);
	}

	/** Drops what has waited long enough for its control stream. */
	void expire(long now, NativeSink sink) {
		Iterator<Early> held = this.early.iterator();
		while (held.hasNext()) {
			Early next = held.next();
			if (next.untilNanos() - now <= 0) {
				held.remove();
				this.earlyBytes -= next.payload().remaining();
				sink.unknown();
			}
		}
	}

	/** When the next of the datagrams that are held expires. */
	OptionalLong nextExpiry() {
		return this.early.stream().mapToLong(Early::untilNanos).min();
	}

}
