package io.p2pboot.libp2p.spring.topic;

import io.p2pboot.libp2p.pubsub.PubSubConfig;

/**
 * Changes how the node publishes and subscribes, after the properties. Beans of this type
 * are called in their order.
 */
@FunctionalInterface
public interface PubSubCustomizer {

	/**
	 * Customizes publish and subscribe.
	 * @param builder what it is configured with
	 */
	void customize(PubSubConfig.Builder builder);

}
