package io.p2pboot.libp2p.spring.handler;

/**
 * What a handler serves.
 */
public enum HandlerKind {

	/** Streams. */
	STREAM,

	/** Datagrams. */
	DATAGRAM

}
