package io.p2pboot.libp2p.kad;

import java.time.Duration;
import java.util.List;

import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * What an instance asks of the world: other peers, and time. Everything is called, and
 * calls back, on the instance's own event loop.
 */
interface KadNetwork extends RequestHandler.Peers {

	/** Hears how a request ended, once; not from within {@link #request}. */
	interface Callback {

		/**
		 * The request was sent, before it is answered; once more if that was in vain.
		 * @param bytes its length
		 */
		default void sent(int bytes) {
		}

		/**
		 * The peer has answered.
		 * @param answer the answer; null for a request that has none
		 */
		void answered(@Nullable KadMessage answer);

		void failed(Throwable cause);

	}

	/** Something that can be given up; nobody hears of it then. Idempotent. */
	interface Pending {

		void cancel();

	}

	/**
	 * Sends a request, connecting first if needed, without asking a routing.
	 * @param to the peer
	 * @param message the request
	 * @param timeout how long all of that may take
	 * @param callback hears of the end
	 */
	Pending request(KadPeer to, KadMessage message, Duration timeout, Callback callback);

	/** Runs something later. */
	Pending schedule(Runnable task, long delayNanos);

	/** The time, by a monotonic clock. */
	long nanoTime();

	/** Our own addresses, as a peer may use them. */
	List<Multiaddr> ownAddresses(PeerId reader);

	/** The peers that are connected and serve the protocol. */
	List<PeerId> servers();

	/** The remote addresses of the connections with a peer. */
	List<Multiaddr> connectedAt(PeerId peer);

}
