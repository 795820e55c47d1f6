package io.p2pboot.libp2p.muxer.yamux;

/**
 * What a {@link YamuxSession} asks for. Event loop only.
 */
interface YamuxSink {

	/** Send a frame without a body. */
	void send(FrameType type, int flags, int streamId, long length);

	/** The peer opened a stream. */
	void opened(YamuxStream stream);

	/** The peer allowed more to be sent. */
	void writable(YamuxStream stream);

	/** The peer finished its side. */
	void finished(YamuxStream stream);

	/** The peer reset the stream. */
	void reset(YamuxStream stream, long code);

	/** A stream that was closed here has waited too long for the peer. */
	void expired(YamuxStream stream);

	/** The peer acknowledged a stream, so that another may be opened. */
	void acknowledged();

	/** The peer answered our ping. */
	void pong(long value);

	/** The peer ends the session. */
	void goAway(long code);

}
