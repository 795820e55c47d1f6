package io.p2pboot.libp2p.pubsub;

import java.nio.ByteBuffer;
import java.util.List;

import io.p2pboot.libp2p.PeerId;

/**
 * What an application does with parts of messages: it cuts and merges them, knows who has
 * which, and validates them, while the router tells peers that parts are exchanged,
 * carries them, and sends no whole messages to those that want parts. Experimental, as
 * the extension is. Every method is called on the router's thread and must not block; one
 * that throws is told to {@link PubSubObserver#validatorFailed}.
 *
 * <p>
 * Of the groups that a peer begins at most {@value #MAX_GROUPS_PEER} a topic are shown to
 * the application, and of those of all peers {@value #MAX_GROUPS_TOPIC}; a group to which
 * this node has sent parts itself counts no more. Each is forgotten
 * {@value #GROUP_HEARTBEATS} heartbeats after it began or this node has sent parts.
 *
 * @see PubSubConfig.Builder#partialMessages(PartialMessages)
 */
public interface PartialMessages {

	/** How many groups that one peer has begun are known on a topic. */
	int MAX_GROUPS_PEER = 8;

	/** How many groups that peers have begun are known on a topic. */
	int MAX_GROUPS_TOPIC = 255;

	/** For how many heartbeats a group is known. */
	int GROUP_HEARTBEATS = 5;

	/**
	 * Returns whether parts are exchanged on a topic; always the same for one.
	 * @param topic the topic
	 * @return the mode
	 */
	PartialMode mode(String topic);

	/**
	 * Parts have come.
	 * @param from who sent them; nobody has signed them
	 * @param message the parts
	 * @param sender answers
	 */
	void received(PeerId from, PartialMessage message, PartialSender sender);

	/**
	 * Peers outside of the mesh may be told which parts there are: in each heartbeat some
	 * of those that want parts.
	 * @param topic the topic
	 * @param peers the peers
	 * @param sender sends to them
	 */
	default void gossip(String topic, List<PeerId> peers, PartialSender sender) {
	}

	/**
	 * A group is forgotten.
	 * @param topic its topic
	 * @param group its name
	 */
	default void ended(String topic, ByteBuffer group) {
	}

}
