package io.p2pboot.libp2p.transport;

import java.time.Duration;
import java.util.Optional;

import io.p2pboot.libp2p.Connection;
import io.p2pboot.libp2p.Direction;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.muxer.MuxerSession;
import io.p2pboot.libp2p.resource.ConnectionScope;
import io.p2pboot.libp2p.security.SecureSession;

/**
 * A connection that is secured and multiplexed.
 *
 * @param direction who opened it
 * @param transport the transport's label
 * @param local our end's address
 * @param remote the other end's address
 * @param security the negotiated security protocol; empty where the transport brings its
 * own
 * @param muxer the negotiated muxer; empty where the transport brings its own
 * @param peer what the handshake proved; its muxer is present where it was chosen early
 * @param session the streams
 * @param handshake the time from the raw connection to this one
 * @param scope what it uses
 * @param limit what it may carry, where somebody between limits it
 */
public record MuxedConnection(Direction direction, String transport, Multiaddr local, Multiaddr remote,
		Optional<String> security, Optional<String> muxer, SecureSession peer, MuxerSession session, Duration handshake,
		ConnectionScope scope, Optional<Connection.Limit> limit) {

	/**
	 * Creates a connection that nobody limits.
	 * @param direction who opened it
	 * @param transport the transport's label
	 * @param local our end's address
	 * @param remote the other end's address
	 * @param security the negotiated security protocol
	 * @param muxer the negotiated muxer
	 * @param peer what the handshake proved
	 * @param session the streams
	 * @param handshake the time from the raw connection to this one
	 * @param scope what it uses
	 */
	public MuxedConnection(Direction direction, String transport, Multiaddr local, Multiaddr remote,
			Optional<String> security, Optional<String> muxer, SecureSession peer, MuxerSession session,
			Duration handshake, ConnectionScope scope) {
		this(direction, transport, local, remote, security, muxer, peer, session, handshake, scope, Optional.empty());
	}

}
