package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRecord;
import io.p2pboot.libp2p.multiformats.AddressScope;
import io.p2pboot.libp2p.multiformats.DecodeException;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * A peer that another one has named in a PRUNE, with the record that it signed.
 * Immutable.
 *
 * @param peer who is named
 * @param addresses the addresses of its record that this node may dial
 */
record ExchangedRecord(PeerId peer, List<Multiaddr> addresses) {

	/**
	 * Reads a record.
	 * @param peer who is named
	 * @param envelope the record
	 * @param distance how far away the peer is that names it: from the internet nobody
	 * makes this node dial into its own network
	 * @param own the farthest at which this node is reached itself
	 * @throws DecodeException if the record is not the peer's own
	 */
	static ExchangedRecord open(PeerId peer, ByteBuffer envelope, AddressScope distance, AddressScope own)
			throws DecodeException {
		PeerRecord opened = PeerRecord.open(envelope.duplicate());
		if (!opened.peer().equals(peer)) {
			throw new DecodeException("The record of " + opened.peer() + " came for " + peer);
		}
		AddressScope nearest = (own == AddressScope.INTERNET) ? own : distance;
		return new ExchangedRecord(peer,
				opened.addresses().stream().filter((address) -> AddressScope.of(address).reaches(nearest)).toList());
	}

}
