package io.p2pboot.libp2p.security;

import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PublicKey;

/**
 * What a handshake proved.
 *
 * @param remotePeer the peer at the other end
 * @param remoteKey its key
 * @param muxer the muxer that both sides chose inside the handshake; empty where it has
 * to be negotiated
 * @param preferredWriteBytes how many bytes are best written at once, positive: what
 * fills the frames or records of the security protocol
 */
public record SecureSession(PeerId remotePeer, PublicKey remoteKey, Optional<String> muxer, int preferredWriteBytes) {

	/** What is written at once where nothing else is better: four records of TLS. */
	public static final int DEFAULT_WRITE_BYTES = 64 * 1024;

	/**
	 * Creates a session that prefers {@value #DEFAULT_WRITE_BYTES} bytes at once.
	 * @param remotePeer the peer at the other end
	 * @param remoteKey its key
	 * @param muxer the muxer that was chosen inside the handshake
	 */
	public SecureSession(PeerId remotePeer, PublicKey remoteKey, Optional<String> muxer) {
		this(remotePeer, remoteKey, muxer, DEFAULT_WRITE_BYTES);
	}

}
