package io.p2pboot.libp2p.spring;

import io.p2pboot.libp2p.node.NodeBuilder;

/**
 * Changes how the node is built. Beans of this type are called in their order, after all
 * properties are applied.
 */
@FunctionalInterface
public interface NodeCustomizer {

	/**
	 * Changes the builder.
	 * @param builder the builder, with the properties applied
	 */
	void customize(NodeBuilder builder);

}
