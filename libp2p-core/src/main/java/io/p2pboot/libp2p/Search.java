package io.p2pboot.libp2p;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Results that come one by one while a routing searches. The search goes on only as far
 * as results are taken. One thread at a time.
 *
 * @param <T> the kind of result
 */
public interface Search<T> extends AutoCloseable {

	/**
	 * Takes the next result. Blocks until there is one or the search has ended.
	 * @return the result; empty if there is no further one
	 * @throws NoPeers if there was nobody to ask
	 * @throws IOException if the search failed or the thread was interrupted
	 * @throws IllegalStateException on an event loop
	 */
	Optional<T> next() throws IOException;

	/**
	 * Takes the next result, if it comes in time. Blocks as {@link #next()} does.
	 * @param timeout how long to wait at most; not negative
	 * @return the result; empty if there is no further one
	 * @throws RoutingTimeout if the time is over; the search goes on
	 * @throws NoPeers if there was nobody to ask
	 * @throws IOException if the search failed or the thread was interrupted
	 * @throws IllegalStateException on an event loop
	 */
	Optional<T> next(Duration timeout) throws IOException;

	/**
	 * Ends the search; results that were not taken are lost. Does not block; idempotent.
	 */
	@Override
	void close();

}
