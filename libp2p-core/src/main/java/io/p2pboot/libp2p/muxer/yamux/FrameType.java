package io.p2pboot.libp2p.muxer.yamux;

/**
 * The kinds of frames, in the order of their codes, and the flags they carry.
 */
enum FrameType {

	/** Payload; the length is that of the body. */
	DATA,

	/** Credit; the length is what is added to the window. */
	WINDOW_UPDATE,

	/** A ping or its answer; the length is the opaque value. */
	PING,

	/** The end of the session; the length is the reason. */
	GO_AWAY;

	/** Every header has this many bytes. */
	static final int HEADER_BYTES = 12;

	/** Opens a stream, or marks a ping. */
	static final int SYN = 1;

	/** Acknowledges a stream, or answers a ping. */
	static final int ACK = 2;

	/** The sender sends nothing more on the stream. */
	static final int FIN = 4;

	/** The stream ends at once. */
	static final int RST = 8;

	/** All flags that are defined. */
	static final int ALL_FLAGS = SYN | ACK | FIN | RST;

	private static final FrameType[] BY_CODE = values();

	static FrameType of(int code) throws YamuxViolation {
		if (code < 0 || code >= BY_CODE.length) {
			throw new YamuxViolation("frame type " + code + " is unknown");
		}
		return BY_CODE[code];
	}

}
