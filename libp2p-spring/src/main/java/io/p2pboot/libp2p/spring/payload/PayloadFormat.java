package io.p2pboot.libp2p.spring.payload;

/**
 * How objects are written that are neither bytes, text nor protobuf messages.
 */
public enum PayloadFormat {

	/** JSON, RFC 8259. */
	JSON,

	/** CBOR, RFC 8949. */
	CBOR

}
