package io.p2pboot.libp2p.spring.kad;

import io.p2pboot.libp2p.kad.KademliaBuilder;

/**
 * Changes the Kademlia instance, after the properties. Beans of this type are called in
 * their order.
 */
@FunctionalInterface
public interface KademliaCustomizer {

	/**
	 * Customizes the instance.
	 * @param builder what it is built with
	 */
	void customize(KademliaBuilder builder);

}
