package io.p2pboot.libp2p.node;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.PeerRouting;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import io.p2pboot.libp2p.netty.NettyPeerRouting;
import org.jspecify.annotations.Nullable;

/**
 * Asks a routing: one of the asynchronous tier where we are, another one on a thread of
 * its own, and cancelling the result interrupts that thread. Whatever the routing throws
 * becomes the failure.
 */
final class RoutingCall {

	/** The routing that this thread is asking, so that it is not asked by itself. */
	private static final ThreadLocal<PeerRouting> ASKED = new ThreadLocal<>();

	private RoutingCall() {
	}

	static Future<List<Multiaddr>> start(PeerRouting routing, PeerId peer, Executor executor,
			Promise<List<Multiaddr>> result) {
		if (routing instanceof NettyPeerRouting asynchronous) {
			return startHere(asynchronous, peer);
		}
		FutureTask<Void> task = new FutureTask<>(() -> ask(routing, peer, result), null);
		result.addListener((done) -> {
			if (done.isCancelled()) {
				task.cancel(true);
			}
		});
		executor.execute(task);
		return result;
	}

	/** Whether what this thread dials is dialled by a routing that was asked. */
	static boolean isAsking(PeerRouting routing) {
		return ASKED.get() == routing;
	}

	private static Future<List<Multiaddr>> startHere(NettyPeerRouting routing, PeerId peer) {
		PeerRouting before = ASKED.get();
		ASKED.set(routing);
		try {
			return routing.findPeerAsync(peer);
		}
		finally {
			restore(before);
		}
	}

	private static void ask(PeerRouting routing, PeerId peer, Promise<List<Multiaddr>> result) {
		ASKED.set(routing);
		try {
			result.trySuccess(List.copyOf(routing.findPeer(peer)));
		}
		catch (Throwable ex) {
			result.tryFailure(ex);
		}
		finally {
			ASKED.remove();
		}
	}

	private static void restore(@Nullable PeerRouting before) {
		if (before != null) {
			ASKED.set(before);
		}
		else {
			ASKED.remove();
		}
	}

}
