package io.p2pboot.libp2p.sample.telemetry;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import io.p2pboot.libp2p.PeerId;
import org.springframework.stereotype.Component;

/**
 * The last readings of each peer. Thread-safe.
 */
@Component
public class TelemetryBook {

	/** How many readings of a peer are kept. */
	public static final int MAX_READINGS = 120;

	/** How many peers are kept; the one longest silent makes room. */
	public static final int MAX_PEERS = 64;

	/**
	 * A reading and when it came.
	 *
	 * @param at when
	 * @param reading what it says
	 */
	public record Entry(Instant at, Reading reading) {

	}

	private final Clock clock;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<PeerId, Deque<Entry>> byPeer = new LinkedHashMap<>();

	TelemetryBook(Clock clock) {
		this.clock = clock;
	}

	void add(PeerId peer, Reading reading) {
		this.lock.lock();
		try {
			Deque<Entry> entries = this.byPeer.remove(peer);
			if (entries == null) {
				entries = new ArrayDeque<>();
				if (this.byPeer.size() >= MAX_PEERS) {
					this.byPeer.remove(this.byPeer.keySet().iterator().next());
				}
			}
			else if (entries.size() >= MAX_READINGS) {
				entries.removeFirst();
			}
			entries.addLast(new Entry(this.clock.instant(), reading));
			this.byPeer.put(peer, entries);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns what is known.
	 * @return the readings of each peer, oldest first
	 */
	public Map<String, List<Entry>> entries() {
		this.lock.lock();
		try {
			Map<String, List<Entry>> all = new LinkedHashMap<>();
			this.byPeer.forEach((peer, entries) -> all.put(peer.toString(), new ArrayList<>(entries)));
			return all;
		}
		finally {
			this.lock.unlock();
		}
	}

}
