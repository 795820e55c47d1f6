package io.p2pboot.libp2p.security;

import java.util.List;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.crypto.PrivateKey;

/**
 * What a handshake starts from.
 *
 * @param identity our key
 * @param initiator whether we dialled
 * @param expectedPeer the only peer that may answer; empty to accept any
 * @param muxers the muxers that we offer inside the handshake, in order of preference
 */
public record SecurityRequest(PrivateKey identity, boolean initiator, Optional<PeerId> expectedPeer,
		List<String> muxers) {

	/**
	 * Copies the muxers.
	 * @param identity our key
	 * @param initiator whether we dialled
	 * @param expectedPeer the only peer that may answer
	 * @param muxers the muxers that we offer
	 */
	public SecurityRequest {
		muxers = List.copyOf(muxers);
	}

}
