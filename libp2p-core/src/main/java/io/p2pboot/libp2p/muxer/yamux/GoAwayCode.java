package io.p2pboot.libp2p.muxer.yamux;

/**
 * Why a session ends, in the order of the codes.
 */
enum GoAwayCode {

	/** Nothing is wrong. */
	NORMAL,

	/** The other side broke the protocol. */
	PROTOCOL_ERROR,

	/** This side failed. */
	INTERNAL_ERROR

}
