package io.p2pboot.libp2p.kad;

import java.util.Iterator;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * One of a lookup's disjoint paths: whom it has heard of, by distance. Plain state; not
 * thread-safe.
 */
final class LookupPath {

	/** Where a peer stands. */
	enum State {

		/** Heard of, not asked; to {@link #WAITING}. */
		HEARD,

		/** Asked; to {@link #QUERIED}, {@link #SLOW} or {@link #UNREACHABLE}. */
		WAITING,

		/** Silent for long; to {@link #QUERIED} or {@link #UNREACHABLE}. */
		SLOW,

		/** Has answered; final. */
		QUERIED,

		/** Cannot be asked or answered wrongly; final. */
		UNREACHABLE

	}

	/** A peer of this path. */
	static final class Candidate {

		private final KadPeer peer;

		private final int hops;

		private State state = State.HEARD;

		private long askedNanos;

		private Candidate(KadPeer peer, int hops) {
			this.peer = peer;
			this.hops = hops;
		}

		KadPeer peer() {
			return this.peer;
		}

		int hops() {
			return this.hops;
		}

		State state() {
			return this.state;
		}

		long askedNanos() {
			return this.askedNanos;
		}

	}

	private final TreeMap<KadKey, Candidate> candidates;

	private int heard;

	private int waiting;

	private int slow;

	private int queried;

	LookupPath(KadKey target) {
		this.candidates = new TreeMap<>(target.byDistance());
	}

	/** Takes a peer in, unless it is there; one that is far away makes room. */
	void hear(KadPeer peer, int hops) {
		if (this.candidates.putIfAbsent(peer.key(), new Candidate(peer, hops)) == null) {
			this.heard++;
			if (this.heard > KadLimits.MAX_LOOKUP_HEARD) {
				forgetFarthest();
			}
		}
	}

	private void forgetFarthest() {
		for (Iterator<Candidate> each = this.candidates.descendingMap().values().iterator(); each.hasNext();) {
			if (each.next().state == State.HEARD) {
				each.remove();
				this.heard--;
				return;
			}
		}
	}

	/**
	 * Takes the nearest peer that has not been asked and marks it as asked.
	 * @param asked whom any path has asked; they are left to it
	 * @param nowNanos the time
	 * @return the peer; null if there is none
	 */
	@Nullable Candidate ask(Set<KadKey> asked, long nowNanos) {
		for (Iterator<Candidate> each = this.candidates.values().iterator(); this.heard > 0 && each.hasNext();) {
			Candidate candidate = each.next();
			if (candidate.state != State.HEARD) {
				continue;
			}
			if (asked.add(candidate.peer.key())) {
				candidate.askedNanos = nowNanos;
				move(candidate, State.WAITING);
				return candidate;
			}
			each.remove();
			this.heard--;
		}
		return null;
	}

	/** Marks a peer as asked. */
	void ask(Candidate candidate, long nowNanos) {
		candidate.askedNanos = nowNanos;
		move(candidate, State.WAITING);
	}

	void move(Candidate candidate, State state) {
		count(candidate.state, -1);
		candidate.state = state;
		count(state, 1);
	}

	private void count(State state, int change) {
		switch (state) {
			case HEARD -> this.heard += change;
			case WAITING -> this.waiting += change;
			case SLOW -> this.slow += change;
			case QUERIED -> this.queried += change;
			case UNREACHABLE -> {
			}
		}
	}

	/**
	 * Whether the walk is over: the nearest {@code beta} have answered, those left out
	 * that are silent or cannot be reached; or nobody is left to ask or to wait for.
	 */
	boolean isConverged(int beta) {
		if (this.heard == 0 && this.waiting == 0) {
			return this.slow == 0 || this.queried >= beta;
		}
		int answered = 0;
		for (Candidate candidate : this.candidates.values()) {
			switch (candidate.state) {
				case HEARD, WAITING -> {
					return false;
				}
				case QUERIED -> answered++;
				case SLOW, UNREACHABLE -> {
				}
			}
			if (answered >= beta) {
				return true;
			}
		}
		return false;
	}

	@Nullable Candidate get(KadKey key) {
		return this.candidates.get(key);
	}

	Stream<Candidate> stream() {
		return this.candidates.values().stream();
	}

	int waiting() {
		return this.waiting;
	}

	int slow() {
		return this.slow;
	}

	int queried() {
		return this.queried;
	}

}
