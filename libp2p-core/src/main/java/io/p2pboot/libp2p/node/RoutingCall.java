package io.p2pboot.libp2p.node;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Asks a routing on a thread of its own; cancelling the result interrupts that thread.
 * Whatever the routing throws becomes the failure.
 */
final class RoutingCall {

	private RoutingCall() {
	}

	static Future<List<Multiaddr>> start(PeerRouting routing, PeerId peer, Executor executor,
			Promise<List<Multiaddr>> result) {
		FutureTask<Void> task = new FutureTask<>(() -> ask(routing, peer, result), null);
		result.addListener((done) -> {
			if (done.isCancelled()) {
				task.cancel(true);
			}
		});
		executor.execute(task);
		return result;
	}

	private static void ask(PeerRouting routing, PeerId peer, Promise<List<Multiaddr>> result) {
		try {
			result.trySuccess(List.copyOf(routing.findPeer(peer)));
		}
		catch (Throwable ex) {
			result.tryFailure(ex);
		}
	}

}
