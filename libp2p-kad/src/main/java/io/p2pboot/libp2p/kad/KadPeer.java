package io.p2pboot.libp2p.kad;

import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * A peer as messages name it. Immutable.
 *
 * @param id the peer
 * @param key its point of the key space
 * @param addresses where it may be reached; may be empty
 * @param connection what the sender says of its connection to it
 */
record KadPeer(PeerId id, KadKey key, List<Multiaddr> addresses, Link connection) {

	/** Whether the sender of a message is connected to the peer. */
	enum Link {

		/** Neither connected nor known to be reachable; also what is not understood. */
		NOT_CONNECTED,

		/** Connected now. */
		CONNECTED,

		/** Was connected lately. */
		CAN_CONNECT,

		/** Could not be connected lately. */
		CANNOT_CONNECT

	}

	KadPeer {
		addresses = List.copyOf(addresses);
	}

	static KadPeer of(PeerId id, List<Multiaddr> addresses) {
		return new KadPeer(id, KadKey.of(id), addresses, Link.NOT_CONNECTED);
	}

	KadPeer with(List<Multiaddr> others) {
		return new KadPeer(this.id, this.key, others, this.connection);
	}

}
