package io.p2pboot.libp2p.eventlog;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.ConnectionLost;
import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.HandlerFailures;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;
import io.p2pboot.libp2p.StreamProtocol;
import io.p2pboot.libp2p.StreamReset;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/**
 * Writes what handlers could not do to a log: the type, the text and the trace of the
 * failure, the path and the peer. What a peer has caused, and what a handler refuses on
 * purpose, is told at debug level only. Bounded as {@link EventLog} is, for each path.
 * Thread-safe.
 */
public final class FailureLog implements HandlerFailures {

	private static final int FIRST_PEER_CODE = 400;

	private static final int LAST_PEER_CODE = 499;

	private final EventLog log;

	private final @Nullable Level level;

	/**
	 * Creates a log that tells of failures as warnings.
	 * @param logger where the lines go
	 */
	public FailureLog(Logger logger) {
		this(logger, Level.WARN);
	}

	/**
	 * Creates a log.
	 * @param logger where the lines go
	 * @param level the level of failures; null to tell of none
	 */
	public FailureLog(Logger logger, @Nullable Level level) {
		this.log = new EventLog(logger);
		this.level = level;
	}

	@Override
	public void streamFailed(Stream stream, Throwable failure) {
		streamFailed("The handler", stream, failure);
	}

	/**
	 * A stream's handler threw.
	 * @param handler what to call the handler
	 * @param stream the stream it served, not reset yet
	 * @param failure what it threw
	 */
	public void streamFailed(String handler, Stream stream, Throwable failure) {
		if (isPeers(stream, failure)) {
			refused(handler, stream.protocol(), stream.remotePeer(), failure);
		}
		else {
			failed(handler, stream.protocol(), stream.remotePeer(), failure);
		}
	}

	@Override
	public void streamRefused(Stream stream) {
		streamRefused(stream, "its executor has no thread for it");
	}

	/**
	 * A stream is refused before its handler saw it.
	 * @param stream the stream
	 * @param reason why
	 */
	public void streamRefused(Stream stream, String reason) {
		if (this.level != null) {
			this.log.log(this.level, "refused " + stream.protocol(), "A stream of {} from {} is refused: {}",
					stream.protocol(), peer(stream.remotePeer()), reason);
		}
	}

	@Override
	public void datagramFailed(ProtocolPath path, Datagram datagram, Throwable failure) {
		failed("The datagram handler", path, datagram.peer(), failure);
	}

	@Override
	public void executorFailed(ProtocolPath path, Throwable failure) {
		if (this.level != null) {
			this.log.failure(this.level, "executor " + path, failure, "The executor of the handler of {} failed: {}",
					path, LoggedFailure.text(failure));
		}
	}

	/**
	 * A handler failed.
	 * @param handler what to call the handler
	 * @param path the protocol
	 * @param peer the peer it served
	 * @param failure what it threw
	 */
	public void failed(String handler, ProtocolPath path, AddrInfo peer, Throwable failure) {
		if (this.level != null) {
			this.log.failure(this.level, "failed " + path, failure, "{} failed to serve {} for {}: {}", handler, path,
					peer(peer), LoggedFailure.text(failure));
		}
	}

	/**
	 * A handler gave up what it should not or cannot do for a peer; told at debug level.
	 * @param handler what to call the handler
	 * @param path the protocol
	 * @param peer the peer it served
	 * @param failure why
	 */
	public void refused(String handler, ProtocolPath path, AddrInfo peer, Throwable failure) {
		this.log.failure(Level.DEBUG, "refused " + path, failure, "{} refused to serve {} for {}: {}", handler, path,
				peer(peer), LoggedFailure.text(failure));
	}

	/**
	 * Returns whether a failure is the peer's doing, or wanted.
	 * @param stream the stream, not reset yet by this node
	 * @param failure what the handler threw
	 * @return whether the peer ended the stream, or the handler reset it with one of the
	 * codes 400 to 499, or with any code that answers no failure
	 */
	public static boolean isPeers(Stream stream, Throwable failure) {
		// One that came from another peer, whom the handler called, leaves this stream
		// open.
		return isRefusal(failure)
				|| (failure instanceof StreamReset || failure instanceof ConnectionLost) && !stream.isOpen();
	}

	/**
	 * Returns whether a handler refused on purpose.
	 * @param failure what the handler threw
	 * @return whether it is a reset of this node with one of the codes 400 to 499, or
	 * with any code that answers no failure
	 */
	public static boolean isRefusal(Throwable failure) {
		if (!(failure instanceof StreamReset reset) || reset.isRemote()) {
			return false;
		}
		long code = reset.code().orElse(StreamProtocol.HANDLER_FAILED);
		return reset.answered().isPresent() ? code >= FIRST_PEER_CODE && code <= LAST_PEER_CODE
				: code != StreamProtocol.HANDLER_FAILED;
	}

	private static String peer(AddrInfo peer) {
		return peer.id() + " at " + peer.addresses();
	}

}
