package io.p2pboot.libp2p.transport.quic;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.Optional;

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

	private static final String CHANNEL = "io.netty.handler.codec.quic.QuicheQuicChannel";

	private static final Optional<MethodHandle> REMOVE = find("streamClosed");

	private StreamTable() {
	}

	private static Optional<MethodHandle> find(String name) {
		try {
			Method method = Class.forName(CHANNEL).getDeclaredMethod(name, long.class);
			method.setAccessible(true);
			return Optional.of(MethodHandles.lookup().unreflect(method));
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			logger.debug("Streams that end with a reset stay in the codec's table: {}", ex.toString());
			return Optional.empty();
		}
	}

	/**
	 * Forgets a stream that is closed and will not be readable again. Event loop only.
	 * @param stream the stream
	 * @return {@code false} if the codec keeps it until the connection ends
	 */
	static boolean remove(QuicStreamChannel stream) {
		if (REMOVE.isEmpty()) {
			return false;
		}
		QuicChannel parent = stream.parent();
		try {
			REMOVE.get().invoke(parent, stream.streamId());
			return true;
		}
		catch (Throwable ex) {
			logger.debug("A stream stays in the codec's table: {}", ex.toString());
			return false;
		}
	}

}
