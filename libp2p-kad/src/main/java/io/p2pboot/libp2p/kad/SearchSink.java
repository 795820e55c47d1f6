package io.p2pboot.libp2p.kad;

/**
 * Takes the results of a search one by one. The instance's event loop only.
 *
 * @param <T> the kind of result
 */
interface SearchSink<T> {

	/**
	 * Takes a result.
	 * @return whether further ones are wanted now; if not, {@link Source#resume} comes
	 */
	boolean result(T result);

	/** There are no further ones. */
	void ended();

	void failed(Throwable cause);

	/** Where results come from. */
	interface Source {

		void resume();

		/** Nobody waits for results any more. */
		void cancel();

	}

}
