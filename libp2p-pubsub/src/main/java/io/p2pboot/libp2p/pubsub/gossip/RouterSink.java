package io.p2pboot.libp2p.pubsub.gossip;

import java.nio.ByteBuffer;
import java.util.Optional;

import io.p2pboot.libp2p.PeerId;

/**
 * What the router has done for it. Called within {@link Router#on}; an implementation may
 * answer {@link #check} and {@link #validate} by the matching event within the call or
 * later, and must not do so twice.
 */
interface RouterSink {

	/** There is something to send to a peer: {@link Router#poll} has it. */
	void ready(PeerId peer);

	/** A message is to be checked for its signature: answered by an event. */
	void check(RoutedMessage message);

	/** A message is to be shown to the validators: answered by an event. */
	void validate(RoutedMessage message);

	/** A message is for the subscribers of this node. */
	void deliver(RoutedMessage message);

	/** Messages of a peer are being checked: so many more, of so many bytes. */
	void held(PeerId peer, int bytes);

	/** One of them is done with. */
	void released(PeerId peer, int bytes);

	/** A direct peer is wanted. */
	void connect(PeerId peer);

	/** A peer is wanted that another one names, with the record that it sent for it. */
	void connect(PeerId peer, ByteBuffer record, PeerId namedBy);

	/** The connection to a peer is to be closed. */
	void disconnect(PeerId peer, String reason);

	/** The newest record that a peer has signed, for peer exchange. */
	Optional<ByteBuffer> record(PeerId peer);

}
