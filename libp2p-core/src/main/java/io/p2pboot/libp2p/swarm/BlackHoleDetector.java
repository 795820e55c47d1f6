package io.p2pboot.libp2p.swarm;

import java.util.ArrayDeque;
import java.util.Deque;

import io.p2pboot.libp2p.NodeObserver.BlackHoleState;

/**
 * Whether dials of one kind vanish on this network: whether UDP is dropped, or IPv6 leads
 * nowhere. Of the last {@value #WINDOW} dials fewer than {@value #MIN_SUCCESSES}
 * succeeded: then the kind comes last, but for one dial in {@value #WINDOW}, by which the
 * end of the state is noticed. The numbers are go-libp2p's. One thread, or guarded by its
 * owner.
 */
final class BlackHoleDetector {

	/** How many dials are remembered, and one in how many probes. */
	static final int WINDOW = 100;

	/** How many successes among them show that the network carries the kind. */
	static final int MIN_SUCCESSES = 5;

	private final Deque<Boolean> results = new ArrayDeque<>();

	private int successes;

	private int asked;

	private BlackHoleState state = BlackHoleState.PROBING;

	/**
	 * Returns whether a dial is to come after all others. Each call counts as one that is
	 * about to be made.
	 * @return whether it is
	 */
	boolean comesLast() {
		if (this.state != BlackHoleState.BLOCKED) {
			return false;
		}
		this.asked++;
		return this.asked % WINDOW != 0;
	}

	/**
	 * Records how a dial ended.
	 * @param success whether the peer answered
	 */
	void ended(boolean success) {
		if (this.state == BlackHoleState.BLOCKED && success) {
			this.results.clear();
			this.successes = 0;
		}
		this.results.add(success);
		this.successes += success ? 1 : 0;
		if (this.results.size() > WINDOW && this.results.remove()) {
			this.successes--;
		}
		BlackHoleState next = judged();
		if (next == BlackHoleState.BLOCKED && this.state != BlackHoleState.BLOCKED) {
			this.asked = 0;
		}
		this.state = next;
	}

	private BlackHoleState judged() {
		if (this.results.size() < WINDOW) {
			return BlackHoleState.PROBING;
		}
		return (this.successes < MIN_SUCCESSES) ? BlackHoleState.BLOCKED : BlackHoleState.ALLOWED;
	}

	BlackHoleState state() {
		return this.state;
	}

	/** The share of the remembered dials that succeeded, 0 to 1; 0 if there are none. */
	double successFraction() {
		return this.results.isEmpty() ? 0 : (double) this.successes / this.results.size();
	}

	/** How many dials come last until one probes; 0 unless blocked. */
	int nextProbeAfter() {
		return (this.state == BlackHoleState.BLOCKED) ? WINDOW - this.asked % WINDOW : 0;
	}

}
