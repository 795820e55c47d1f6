package io.p2pboot.libp2p.transport.quic;

import java.util.List;
import java.util.function.Consumer;

import io.netty.handler.codec.quic.QuicChannel;
import io.p2pboot.libp2p.LimitExceeded;
import io.p2pboot.libp2p.muxer.ReadGate;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.resource.StreamScope;

/**
 * What the codec holds of a connection in its windows, in the node's account of unread
 * bytes: it is neither heap nor Java's direct memory. Counted is what has come and was
 * not delivered, as far as windows allow it; a window is at most what it was at first and
 * twice what was read since, as the codec doubles it. Event loop only.
 */
final class Windows {

	/** Up to how many bytes of a connection are not counted: most come and go at once. */
	static final int UNCOUNTED_BYTES = 16 << 10;

	/** To which part of it what is told for streams is right. */
	private static final long SHARED_WITHIN = 8;

	private final QuicConfig config;

	private final HeldBytes held;

	private final ReadGate gate;

	private final SessionStreams streams;

	private long delivered;

	private int counted;

	/** How much of it was told to whom, in equal parts. */
	private int shared;

	private List<QuicStream> sharing = List.of();

	Windows(QuicChannel channel, QuicConfig config, ConnectionScope scope, SessionStreams streams,
			Consumer<LimitExceeded> givenUp) {
		Inflow inflow = channel.attr(Inflow.KEY).get();
		this.config = config;
		this.streams = streams;
		this.held = inflow.held();
		// As long as a connection over TCP.
		this.gate = new ReadGate(channel, inflow, scope, config.handshakeTimeout(), givenUp);
	}

	/** Data was delivered to a stream, or discarded. */
	void delivered(int bytes) {
		this.delivered += bytes;
		this.held.delivered(bytes);
		if (this.counted > 0) {
			count(Math.max(0, this.counted - bytes));
			share();
		}
	}

	/** A batch of packets was read, or a stream has ended. */
	void measure() {
		if (this.streams.isEmpty()) {
			this.held.empty();
		}
		else if (this.held.bytes() > UNCOUNTED_BYTES && this.streams.unread().isEmpty()) {
			this.held.settled();
		}
		long bytes = this.held.bytes();
		count((bytes > UNCOUNTED_BYTES) ? (int) Math.min(bytes, promised()) : 0);
		share();
	}

	/**
	 * Says for which streams the codec holds what is counted, as soon as that differs by
	 * an eighth from what was said. The codec does not tell them apart: streams that
	 * could be read have equal parts, or all where none of them could.
	 */
	private void share() {
		if (Math.abs((long) this.counted - this.shared) * SHARED_WITHIN <= this.shared) {
			return;
		}
		if (!this.sharing.isEmpty()) {
			int before = this.shared / this.sharing.size();
			this.sharing.forEach((stream) -> tell(stream, -before));
		}
		this.sharing = (this.counted == 0) ? List.of() : holders();
		this.shared = this.sharing.isEmpty() ? 0 : this.counted;
		if (this.shared > 0) {
			int now = this.shared / this.sharing.size();
			this.sharing.forEach((stream) -> tell(stream, now));
		}
	}

	private List<QuicStream> holders() {
		return this.streams.unread().isEmpty() ? this.streams.all() : List.copyOf(this.streams.unread());
	}

	/** One that has ended, or was refused, counts for nothing. */
	private static void tell(QuicStream stream, int more) {
		StreamScope scope = stream.attr(StreamScope.KEY).get();
		if (scope != null && more > 0) {
			scope.reserve(more);
		}
		else if (scope != null && more < 0) {
			scope.release(-more);
		}
	}

	private long promised() {
		long ofConnection = SessionStreams.window(this.config.connectionWindowBytes(), this.delivered,
				QuicConfig.MAX_CONNECTION_WINDOW_BYTES);
		return Math.min(ofConnection, this.streams.windowBytes());
	}

	private void count(int bytes) {
		int before = this.counted;
		this.counted = bytes;
		if (bytes > before) {
			this.gate.arrived(bytes - before);
		}
		else if (bytes < before) {
			this.gate.consumed(before - bytes);
		}
	}

	/** The connection has ended. */
	void end() {
		this.gate.stop();
	}

}
