package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/**
 * Announces keys again and again: the schedule says which is due, and with it its whole
 * region is announced. One region is explored at a time, so that the keys of one are not
 * explored twice; a few are told at once. The instance's event loop only.
 */
final class Reprovider {

	/** How many regions are under way at once. */
	static final int MAX_SWEEPS = 4;

	private final KadEngine engine;

	private final ProvideSchedule schedule;

	private final Random random;

	private int sweeps;

	private boolean exploring;

	Reprovider(KadEngine engine, ProvideSchedule schedule, Random random) {
		this.engine = engine;
		this.schedule = schedule;
		this.random = random;
	}

	/** Adds a key, due at once; returns whether there is room for it. */
	boolean add(ByteBuffer key) {
		return this.schedule.add(key, this.engine.nanoTime());
	}

	void remove(ByteBuffer key) {
		this.schedule.remove(key);
		this.engine.providers().remove(KadKey.of(key), this.engine.self());
	}

	/** Begins what is due, if there is anybody who could be told. */
	void run() {
		if (this.exploring || this.sweeps >= MAX_SWEEPS || !this.engine.hasPeers()) {
			return;
		}
		List<ByteBuffer> due = this.schedule.take(this.engine.nanoTime(), 1);
		if (!due.isEmpty()) {
			this.exploring = true;
			this.sweeps++;
			new RegionSweep(this.engine, this, due.get(0)).start();
		}
	}

	/** A sweep knows its region and whom to tell: the next may begin. */
	void explored() {
		this.exploring = false;
		this.engine.schedule(this::run, 0);
	}

	void ended() {
		this.sweeps--;
		this.engine.schedule(this::run, 0);
	}

	/** How many regions are under way. */
	int sweeps() {
		return this.sweeps;
	}

	ProvideSchedule schedule() {
		return this.schedule;
	}

	Random random() {
		return this.random;
	}

}
