package io.p2pboot.libp2p.pubsub.gossip;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Where threads of the application wait for the router. Stateless.
 */
final class Waiting {

	private Waiting() {
	}

	static <T> T await(CompletableFuture<T> future) throws IOException {
		try {
			return future.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while waiting");
		}
		catch (ExecutionException ex) {
			if (ex.getCause() instanceof IOException failure) {
				throw failure;
			}
			throw new IOException("Waiting failed", ex.getCause());
		}
	}

}
