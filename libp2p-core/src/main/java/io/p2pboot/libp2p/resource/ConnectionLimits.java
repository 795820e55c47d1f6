package io.p2pboot.libp2p.resource;

/**
 * The flat limits of a node. Each is a largest value that is still allowed; one more is
 * refused with a {@link io.p2pboot.libp2p.LimitExceeded} that names the limit (towards a
 * remote peer: the connection is closed or the stream reset).
 *
 * @param connections how many connections in all
 * @param connectionsPerPeer how many connections with one peer
 * @param inboundUpgrading how many inbound connections may be in their handshakes at once
 * @param inboundStreamsPerConnection how many streams the peer may have open on one
 * connection
 * @param negotiatingPerConnection how many inbound streams of one connection may be
 * negotiating their protocol at once; one more waits, unread, for its turn, and is reset
 * if that takes longer than a negotiation may
 * @param unreadBytesPerConnection how many bytes that no application has read yet the
 * peer may be allowed to send on one connection. Each stream that it may have open counts
 * with yamux's first window of 256 KiB, whatever it sends; if the limit has room for
 * fewer than {@code inboundStreamsPerConnection}, streams beyond its room are refused.
 * The rest is for windows to grow. A peer that keeps to its windows is never cut off.
 * Connections over QUIC have limits of their own
 */
public record ConnectionLimits(int connections, int connectionsPerPeer, int inboundUpgrading,
		int inboundStreamsPerConnection, int negotiatingPerConnection, long unreadBytesPerConnection) {

	/** The first window of a yamux stream, in bytes: the specification fixes it. */
	private static final long FIRST_WINDOW_BYTES = 256 * 1024;

	/** The limits of a node that is not told otherwise. */
	public static final ConnectionLimits DEFAULT = new ConnectionLimits(1024, 8, 128, 1000, 32,
			1000 * FIRST_WINDOW_BYTES + (64 << 20));

	/**
	 * Checks the limits.
	 * @param connections how many connections in all
	 * @param connectionsPerPeer how many connections with one peer
	 * @param inboundUpgrading how many inbound connections in their handshakes
	 * @param inboundStreamsPerConnection how many inbound streams on a connection
	 * @param negotiatingPerConnection how many inbound streams negotiating on a
	 * connection
	 * @param unreadBytesPerConnection how many unread bytes on a connection, at least 256
	 * KiB, which is yamux's first window
	 * @throws IllegalArgumentException if a limit is not positive or too small
	 */
	public ConnectionLimits {
		positive("connections", connections);
		positive("connectionsPerPeer", connectionsPerPeer);
		positive("inboundUpgrading", inboundUpgrading);
		positive("inboundStreamsPerConnection", inboundStreamsPerConnection);
		positive("negotiatingPerConnection", negotiatingPerConnection);
		if (unreadBytesPerConnection < FIRST_WINDOW_BYTES) {
			throw new IllegalArgumentException("unreadBytesPerConnection must be at least " + FIRST_WINDOW_BYTES
					+ ", was " + unreadBytesPerConnection);
		}
	}

	/**
	 * Returns these limits with another number of connections.
	 * @param connections how many connections in all
	 * @return the limits
	 */
	public ConnectionLimits withConnections(int connections) {
		return new ConnectionLimits(connections, this.connectionsPerPeer, this.inboundUpgrading,
				this.inboundStreamsPerConnection, this.negotiatingPerConnection, this.unreadBytesPerConnection);
	}

	/**
	 * Returns these limits with another number of connections for a peer.
	 * @param connectionsPerPeer how many connections with one peer
	 * @return the limits
	 */
	public ConnectionLimits withConnectionsPerPeer(int connectionsPerPeer) {
		return new ConnectionLimits(this.connections, connectionsPerPeer, this.inboundUpgrading,
				this.inboundStreamsPerConnection, this.negotiatingPerConnection, this.unreadBytesPerConnection);
	}

	/**
	 * Returns these limits with another number of handshakes at once.
	 * @param inboundUpgrading how many inbound connections in their handshakes
	 * @return the limits
	 */
	public ConnectionLimits withInboundUpgrading(int inboundUpgrading) {
		return new ConnectionLimits(this.connections, this.connectionsPerPeer, inboundUpgrading,
				this.inboundStreamsPerConnection, this.negotiatingPerConnection, this.unreadBytesPerConnection);
	}

	/**
	 * Returns these limits with other numbers of inbound streams. The limit on unread
	 * bytes moves with the first windows of that many streams more or fewer, so that
	 * windows may grow as before.
	 * @param inboundStreamsPerConnection how many inbound streams on a connection
	 * @param negotiatingPerConnection how many of them may be negotiating
	 * @return the limits
	 */
	public ConnectionLimits withInboundStreams(int inboundStreamsPerConnection, int negotiatingPerConnection) {
		long more = (inboundStreamsPerConnection - (long) this.inboundStreamsPerConnection) * FIRST_WINDOW_BYTES;
		return new ConnectionLimits(this.connections, this.connectionsPerPeer, this.inboundUpgrading,
				inboundStreamsPerConnection, negotiatingPerConnection,
				Math.max(FIRST_WINDOW_BYTES, this.unreadBytesPerConnection + more));
	}

	/**
	 * Returns these limits with another number of unread bytes; to be called after
	 * {@link #withInboundStreams}, which moves it.
	 * @param unreadBytesPerConnection how many unread bytes on a connection, at least 256
	 * KiB
	 * @return the limits
	 */
	public ConnectionLimits withUnreadBytesPerConnection(long unreadBytesPerConnection) {
		return new ConnectionLimits(this.connections, this.connectionsPerPeer, this.inboundUpgrading,
				this.inboundStreamsPerConnection, this.negotiatingPerConnection, unreadBytesPerConnection);
	}

	private static void positive(String name, int value) {
		if (value < 1) {
			throw new IllegalArgumentException(name + " must be positive, was " + value);
		}
	}

}
