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
 */
public record SecureSession(PeerId remotePeer, PublicKey remoteKey, Optional<String> muxer) {

}
