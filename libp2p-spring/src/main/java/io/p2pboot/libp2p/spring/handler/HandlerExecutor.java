package io.p2pboot.libp2p.spring.handler;

import java.util.concurrent.Executor;

/**
 * The threads on which handlers run: at most a number of them at once, and one more is
 * rejected. Peers share the threads of a {@link io.p2pboot.libp2p.StreamExecutor}; of
 * another executor one peer can take all. Not an {@link Executor} bean, so that it does
 * not stand in for the application's. Closing it interrupts what still runs.
 *
 * @param executor rejects what it has no thread for
 * @param closing ends the threads
 */
public record HandlerExecutor(Executor executor, Runnable closing) implements AutoCloseable {

	@Override
	public void close() {
		this.closing.run();
	}

}
