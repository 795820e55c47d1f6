package io.p2pboot.libp2p.pubsub;

/**
 * Whether parts of messages are exchanged on a topic.
 */
public enum PartialMode {

	/** Messages are sent and wanted whole. */
	NONE,

	/**
	 * Parts are sent to peers that ask for them instead of whole messages; this node
	 * itself wants whole ones.
	 */
	SUPPORTS,

	/** The same, and this node wants parts of those peers that have them. */
	REQUESTS

}
