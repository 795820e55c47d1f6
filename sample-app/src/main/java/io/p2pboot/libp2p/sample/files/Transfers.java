package io.p2pboot.libp2p.sample.files;

import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The last transfers, for whoever wants to watch them. Thread-safe.
 */
public final class Transfers {

	/** How many are remembered; the oldest make room. */
	static final int MAX_TRANSFERS = 200;

	private final Clock clock;

	private final ReentrantLock lock = new ReentrantLock();

	private final Deque<Transfer> recent = new ArrayDeque<>();

	private long lastId;

	/**
	 * Creates an empty list.
	 * @param clock tells when a transfer began
	 */
	public Transfers(Clock clock) {
		this.clock = clock;
	}

	Transfer add(Transfer.Kind kind, String peer, String name) {
		this.lock.lock();
		try {
			if (this.recent.size() >= MAX_TRANSFERS) {
				this.recent.removeFirst();
			}
			Transfer transfer = new Transfer(++this.lastId, kind, peer, name, this.clock.instant());
			this.recent.addLast(transfer);
			return transfer;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Lists them.
	 * @return snapshots, the newest first
	 */
	public List<Transfer.View> list() {
		this.lock.lock();
		try {
			List<Transfer.View> views = new ArrayList<>(this.recent.stream().map(Transfer::view).toList());
			Collections.reverse(views);
			return List.copyOf(views);
		}
		finally {
			this.lock.unlock();
		}
	}

}
