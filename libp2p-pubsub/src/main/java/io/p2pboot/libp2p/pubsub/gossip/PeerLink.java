package io.p2pboot.libp2p.pubsub.gossip;

import java.util.concurrent.atomic.AtomicInteger;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * The streams with one peer. Router's thread only, but {@link #unread}.
 */
final class PeerLink {

	/** How often a stream is opened again on one connection: Rust counts to 5. */
	static final int MAX_REOPENINGS = 3;

	/** How often a peer may open its stream again within a minute. */
	static final int MAX_INBOUND_A_MINUTE = 10;

	private final PeerId peer;

	/** Bytes of frames that were read and are not done with. Any thread. */
	private final AtomicInteger unread = new AtomicInteger();

	private final int maxMessages;

	private @Nullable Connection connection;

	private @Nullable StreamChannel outbound;

	private @Nullable StreamChannel inbound;

	private boolean opening;

	private int opened;

	private int inboundOpened;

	private long inboundSince;

	private int writing;

	private long writingSince;

	private int checking;

	private boolean paused;

	PeerLink(PeerId peer, int maxMessages) {
		this.peer = peer;
		this.maxMessages = maxMessages;
	}

	PeerId peer() {
		return this.peer;
	}

	AtomicInteger unread() {
		return this.unread;
	}

	/** Begins to open a stream; false if one is being opened, open, or was too often. */
	boolean beginOpening(Connection on) {
		if (this.opening || this.outbound != null) {
			return false;
		}
		if (this.connection != on) {
			this.connection = on;
			this.opened = 0;
		}
		if (this.opened > MAX_REOPENINGS) {
			return false;
		}
		this.opened++;
		this.opening = true;
		return true;
	}

	/** How often a stream was opened on this connection. */
	int opened() {
		return this.opened;
	}

	boolean isExhausted(Connection on) {
		return this.connection == on && this.opened > MAX_REOPENINGS;
	}

	void endOpening() {
		this.opening = false;
	}

	@Nullable StreamChannel outbound() {
		return this.outbound;
	}

	void outbound(@Nullable StreamChannel stream) {
		this.outbound = stream;
		this.writing = 0;
	}

	@Nullable StreamChannel inbound() {
		return this.inbound;
	}

	void inbound(@Nullable StreamChannel stream) {
		this.inbound = stream;
		this.paused = false;
	}

	/** Counts a stream that the peer opens; false if there were too many. */
	boolean countInbound(long now) {
		if (this.inboundOpened == 0 || now - this.inboundSince >= 60_000_000_000L) {
			this.inboundSince = now;
			this.inboundOpened = 0;
		}
		return ++this.inboundOpened <= MAX_INBOUND_A_MINUTE + 1;
	}

	int writing() {
		return this.writing;
	}

	void write(int bytes, long now) {
		if (this.writing == 0) {
			this.writingSince = now;
		}
		this.writing += bytes;
	}

	void written(int bytes, long now) {
		this.writing = Math.max(0, this.writing - bytes);
		this.writingSince = now;
	}

	/** For how long nothing that was written has left. */
	long stalledFor(long now) {
		return (this.writing > 0) ? now - this.writingSince : 0;
	}

	void held(int bytes) {
		this.checking++;
		this.unread.addAndGet(bytes);
	}

	void released(int bytes) {
		this.checking--;
		this.unread.addAndGet(-bytes);
	}

	/** Stops reading while too much is under way, and goes on once half of it is done. */
	void adjustReading(int maxBytes) {
		StreamChannel stream = this.inbound;
		if (stream == null) {
			return;
		}
		if (!this.paused && this.checking >= this.maxMessages) {
			this.paused = true;
			stream.config().setAutoRead(false);
		}
		boolean few = this.checking <= this.maxMessages / 2 && this.unread.get() <= maxBytes / 2;
		if (few && (this.paused || !stream.config().isAutoRead())) {
			this.paused = false;
			stream.config().setAutoRead(true);
		}
	}

}
