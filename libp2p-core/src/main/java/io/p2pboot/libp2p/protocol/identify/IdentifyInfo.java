package io.p2pboot.libp2p.protocol.identify;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * What a peer said in one exchange, within bounds, nothing of it verified. Immutable.
 *
 * @param protocols the paths it serves
 * @param addresses where it listens
 * @param observed where it sees us; null if it did not say, as the ones below
 * @param agentVersion its software
 * @param protocolVersion the family of protocols
 * @param publicKey its key, encoded
 * @param signedRecord the envelope of its addresses
 */
record IdentifyInfo(Set<ProtocolPath> protocols, List<Multiaddr> addresses, @Nullable Multiaddr observed,
		@Nullable String agentVersion, @Nullable String protocolVersion, @Nullable ByteBuffer publicKey,
		@Nullable ByteBuffer signedRecord) {

}
