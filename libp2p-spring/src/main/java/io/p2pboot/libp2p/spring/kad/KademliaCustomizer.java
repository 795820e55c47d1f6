package io.p2pboot.libp2p.spring.kad;

import io.p2pboot.libp2p.kad.KademliaBuilder;

/**
 * Changes a Kademlia instance, after the properties. Beans of this type are called in
 * their order.
 */
@FunctionalInterface
public interface KademliaCustomizer {

	/**
	 * Customizes the instance.
	 * @param builder what it is built with
	 */
	void customize(KademliaBuilder builder);

	/**
	 * Tells which instances are customized. By default that of
	 * {@code libp2p.kad.protocol} alone is.
	 * @param instance the name of an instance below {@code libp2p.kad.instances}; empty
	 * for that of {@code libp2p.kad.protocol}
	 * @return whether {@link #customize} is called for it
	 */
	default boolean supports(String instance) {
		return instance.isEmpty();
	}

}
