package io.p2pboot.libp2p.spring;

import java.util.Map;
import java.util.concurrent.Callable;

import io.p2pboot.libp2p.Datagram;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.ProtocolPath;
import io.p2pboot.libp2p.Stream;

/**
 * Observes what handlers serve and what {@link Libp2pTemplate} calls, usually for meters
 * and traces. Thread-safe.
 */
public interface CallObserver {

	/** Observes nothing. */
	CallObserver NONE = new CallObserver() {
	};

	/**
	 * A handler begins to serve a stream. What follows on this thread, until the scope is
	 * closed, belongs to it: the log included.
	 * @param stream the stream
	 * @return what to tell of its end
	 */
	default Scope handling(Stream stream) {
		return Scope.NONE;
	}

	/**
	 * A handler begins to serve a datagram.
	 * @param path its protocol
	 * @param datagram the datagram
	 * @return what to tell of its end
	 */
	default Scope handling(ProtocolPath path, Datagram datagram) {
		return Scope.NONE;
	}

	/**
	 * The template begins to call a peer.
	 * @param operation what it does: {@code request}, {@code send}, {@code datagram} or
	 * {@code open}
	 * @param peer the peer
	 * @param path the protocol
	 * @return what to tell of its end
	 */
	default Scope calling(String operation, PeerId peer, String path) {
		return Scope.NONE;
	}

	/**
	 * Returns a call that belongs to what the current thread observes, whatever thread
	 * makes it.
	 * @param <T> what it results in
	 * @param call the call
	 * @return the call to make
	 */
	default <T> Callable<T> carried(Callable<T> call) {
		return call;
	}

	/**
	 * One call. Used by the thread that began it.
	 */
	interface Scope extends AutoCloseable {

		/** Of a call that is not observed. */
		Scope NONE = new Scope() {

			@Override
			public void failed(Throwable failure) {
			}

			@Override
			public void close() {
			}

		};

		/**
		 * Returns what tells the peer to which trace the call belongs.
		 * @return the fields, by their names; empty if there is no trace
		 */
		default Map<String, String> trace() {
			return Map.of();
		}

		/**
		 * The call failed; to be told before it ends.
		 * @param failure what went wrong
		 */
		void failed(Throwable failure);

		/**
		 * The call ends.
		 */
		@Override
		void close();

	}

}
