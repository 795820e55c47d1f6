package io.p2pboot.libp2p;

/**
 * Who speaks first in the handshakes of a connection. Usually whoever dials; where both
 * ends dial at once (libp2p/specs relay/DCUtR.md), they agree on it beforehand.
 */
public enum Role {

	/** This end proposes, and its streams have the odd numbers. */
	INITIATOR,

	/** This end answers. */
	RESPONDER

}
