package io.p2pboot.libp2p;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * An executor that knows for which stream it works, so that it can share its threads
 * among the peers. Given to {@link StreamProtocol#serve}, it is asked with the stream of
 * each handler; all else comes as to any {@link Executor}. Implementations are
 * thread-safe.
 */
public interface StreamExecutor extends Executor {

	/**
	 * Runs the handler of a stream, on another thread. Does not block.
	 * @param stream the stream, negotiated and open
	 * @param task runs its handler
	 * @throws RejectedExecutionException if there is no thread for this peer now
	 */
	void execute(Stream stream, Runnable task);

}
