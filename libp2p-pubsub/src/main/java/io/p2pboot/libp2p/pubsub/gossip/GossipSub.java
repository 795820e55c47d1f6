package io.p2pboot.libp2p.pubsub.gossip;

import io.p2pboot.libp2p.crypto.PrivateKey;
import io.p2pboot.libp2p.netty.NettyNode;
import io.p2pboot.libp2p.pubsub.PubSub;
import io.p2pboot.libp2p.pubsub.PubSubConfig;

/**
 * Puts publish and subscribe on a node. Stateless.
 */
public final class GossipSub {

	private GossipSub() {
	}

	/**
	 * Mounts publish and subscribe with signed messages. Close it before the node. Does
	 * not block.
	 * @param node the node, started or not
	 * @param identity the node's key, which signs its messages
	 * @param config how
	 * @return what publishes and subscribes
	 * @throws IllegalArgumentException if the key is not the node's
	 * @throws IllegalStateException if one of the protocols is mounted already, or the
	 * node is closed
	 */
	public static PubSub mount(NettyNode node, PrivateKey identity, PubSubConfig config) {
		if (!node.publicKey().equals(identity.publicKey())) {
			throw new IllegalArgumentException("The key is not that of " + node.peerId());
		}
		return PubSubService.create(node, MessageFactory.signing(node.peerId(), identity, config), config);
	}

	/**
	 * Mounts publish and subscribe with messages that are not signed. Close it before the
	 * node. Does not block.
	 * @param node the node, started or not
	 * @param config how; its policy must not sign
	 * @return what publishes and subscribes
	 * @throws IllegalArgumentException if the policy signs
	 * @throws IllegalStateException if one of the protocols is mounted already, or the
	 * node is closed
	 */
	public static PubSub mount(NettyNode node, PubSubConfig config) {
		if (config.signaturePolicy().signs()) {
			throw new IllegalArgumentException("The policy " + config.signaturePolicy() + " needs the node's key");
		}
		return PubSubService.create(node, MessageFactory.anonymous(node.peerId(), config), config);
	}

}
