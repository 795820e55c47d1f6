package io.p2pboot.libp2p.pubsub;

/**
 * What happens to a message when a subscription's queue is full. The router never waits
 * for a subscriber.
 */
public enum Overflow {

	/** The oldest messages in the queue make room. */
	DROP_OLDEST,

	/** The new message is dropped. */
	DROP_NEWEST,

	/** The subscription is closed; what is in the queue can still be read. */
	CLOSE

}
