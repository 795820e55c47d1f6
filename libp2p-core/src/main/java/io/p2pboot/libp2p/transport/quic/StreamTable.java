package io.p2pboot.libp2p.transport.quic;

import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicStreamChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes streams that ended without FIN out of the codec's own table, which forgets only
 * those whose FIN was read: a peer that resets streams would let it grow without bound.
 * The method is not public; where it cannot be reached, {@link QuicSession} bounds how
 * many such streams a connection may have. Thread-safe.
 */
final class StreamTable {

	private static final Logger logger = LoggerFactory.getLogger(StreamTable.class);

	private StreamTable() {
	}

	/**
	 * Forgets a stream that is closed and will not be readable again. Event loop only.
	 * @param stream the stream
	 * @return {@code false} if the codec keeps it until the connection ends
	 */
	static boolean remove(QuicStreamChannel stream) {
		QuicChannel parent = stream.parent();
		QuicheAccess access = QuicheAccess.of(parent);
		if (!access.offers(QuicheAccess.Use.STREAM_TABLE)) {
			return false;
		}
		try {
			access.forget(parent, stream.streamId());
			return true;
		}
		catch (Throwable ex) {
			logger.debug("A stream stays in the codec's table: {}", ex.toString());
			return false;
		}
	}

}
