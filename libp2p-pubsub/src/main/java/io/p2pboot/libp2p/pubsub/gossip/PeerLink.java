package io.p2pboot.libp2p.pubsub.gossip;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.netty.StreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * The streams with one peer. Router's thread only.
 */
final class PeerLink {

	/** How often a stream is opened again on one connection: Rust counts to 5. */
	static final int MAX_REOPENINGS = 3;

	/** How often a peer may open its stream again within a minute. */
	static final int MAX_INBOUND_A_MINUTE = 10;

	private final PeerId peer;

	private @Nullable Connection connection;

	private @Nullable StreamChannel outbound;

	private @Nullable InboundStream inbound;

	private boolean opening;

	private int opened;

	private int inboundOpened;

	private long inboundSince;

	private int writing;

	private long writingSince;

	private boolean streamed;

	PeerLink(PeerId peer) {
		this.peer = peer;
	}

	PeerId peer() {
		return this.peer;
	}

	/** Begins to open a stream; false if one is being opened, open, or was too often. */
	boolean beginOpening(Connection on) {
		if (this.opening || this.outbound != null) {
			return false;
		}
		if (this.connection != on) {
			this.connection = on;
			this.opened = 0;
			this.streamed = false;
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
		this.streamed |= stream != null;
	}

	/** Whether there was a stream to the peer on this connection. */
	boolean isStreamed() {
		return this.streamed;
	}

	@Nullable InboundStream inbound() {
		return this.inbound;
	}

	void inbound(@Nullable InboundStream stream) {
		this.inbound = stream;
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

}
