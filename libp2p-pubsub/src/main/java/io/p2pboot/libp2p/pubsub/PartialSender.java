package io.p2pboot.libp2p.pubsub;

import io.p2pboot.libp2p.PeerId;

/**
 * Sends parts of messages from within a call of {@link PartialMessages}; not to be kept.
 */
@FunctionalInterface
public interface PartialSender {

	/**
	 * Sends parts to a peer. Does not block. To one that wants whole messages only the
	 * metadata is sent.
	 * @param to the peer
	 * @param message the parts
	 * @return whether its queue took them; not if it exchanges no parts on the topic, if
	 * nothing is left to send, if it is too long or there is no room
	 */
	boolean send(PeerId to, PartialMessage message);

}
