package io.p2pboot.libp2p.pubsub.gossip;

import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.pubsub.PubSubConfig;

/**
 * What a peer can do: follows from the protocol that was negotiated with it.
 */
enum PeerLevel {

	/** Takes every message, and no control messages. */
	FLOODSUB(PubSubConfig.FLOODSUB),

	/** Meshes and gossip. */
	GOSSIPSUB_1_0(PubSubConfig.GOSSIPSUB_1_0),

	/** Back-off and peer exchange too. */
	GOSSIPSUB_1_1(PubSubConfig.GOSSIPSUB_1_1),

	/** IDONTWANT too. */
	GOSSIPSUB_1_2(PubSubConfig.GOSSIPSUB_1_2),

	/** Extensions too. */
	GOSSIPSUB_1_3(PubSubConfig.GOSSIPSUB_1_3);

	private final ProtocolPath protocol;

	PeerLevel(ProtocolPath protocol) {
		this.protocol = protocol;
	}

	static PeerLevel of(ProtocolPath protocol) {
		for (PeerLevel level : values()) {
			if (level.protocol.equals(protocol)) {
				return level;
			}
		}
		throw new IllegalArgumentException(protocol + " is no protocol of publish and subscribe");
	}

	ProtocolPath protocol() {
		return this.protocol;
	}

	boolean hasMesh() {
		return this != FLOODSUB;
	}

	boolean hasBackoff() {
		return compareTo(GOSSIPSUB_1_1) >= 0;
	}

	boolean hasDoNotWant() {
		return compareTo(GOSSIPSUB_1_2) >= 0;
	}

	boolean hasExtensions() {
		return compareTo(GOSSIPSUB_1_3) >= 0;
	}

}
