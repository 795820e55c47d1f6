package io.p2pboot.libp2p.pubsub.gossip;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.PeerId;

/**
 * Work that peers cause: each peer in turn, so that one that causes much keeps none of
 * the others waiting. Who offers bounds it. Any thread; guarded by {@code lock}.
 */
final class FairQueue {

	private final Executor executor;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<PeerId, Deque<Runnable>> waiting = new HashMap<>();

	/** Those for whom something waits, in the order in which it is their turn. */
	private final Deque<PeerId> turns = new ArrayDeque<>();

	FairQueue(Executor executor) {
		this.executor = executor;
	}

	/** Has something done for a peer. */
	void offer(PeerId peer, Runnable work) {
		this.lock.lock();
		try {
			Deque<Runnable> own = this.waiting.get(peer);
			if (own == null) {
				own = new ArrayDeque<>();
				this.waiting.put(peer, own);
				this.turns.addLast(peer);
			}
			own.addLast(work);
		}
		finally {
			this.lock.unlock();
		}
		this.executor.execute(this::runNext);
	}

	private void runNext() {
		Runnable next;
		this.lock.lock();
		try {
			PeerId peer = this.turns.removeFirst();
			Deque<Runnable> own = this.waiting.get(peer);
			if (own == null) {
				throw new IllegalStateException("A turn of " + peer + ", for whom nothing waits");
			}
			next = own.removeFirst();
			if (own.isEmpty()) {
				this.waiting.remove(peer);
			}
			else {
				this.turns.addLast(peer);
			}
		}
		finally {
			this.lock.unlock();
		}
		next.run();
	}

}
