package io.p2pboot.libp2p.pubsub.gossip;

/**
 * A set of digests in one array of longs: 16 bytes an entry and no objects. Not
 * thread-safe.
 */
final class DigestSet {

	private static final int INITIAL = 8;

	/** Two longs an entry; both 0 where there is none. */
	private long[] table = new long[2 * INITIAL];

	private int size;

	int size() {
		return this.size;
	}

	boolean contains(Digest digest) {
		return find(digest.high(), low(digest)) >= 0;
	}

	/** Adds a digest; false if it was there. */
	boolean add(Digest digest) {
		if (contains(digest)) {
			return false;
		}
		if (4 * (this.size + 1) > 3 * slots()) {
			grow();
		}
		put(digest.high(), low(digest));
		this.size++;
		return true;
	}

	/** Removes a digest; false if it was not there. */
	boolean remove(Digest digest) {
		int slot = find(digest.high(), low(digest));
		if (slot < 0) {
			return false;
		}
		close(slot);
		this.size--;
		return true;
	}

	/** Moves back what was put further on because of the slot, so that no gap is left. */
	private void close(int slot) {
		int mask = slots() - 1;
		int gap = slot;
		int next = (slot + 1) & mask;
		while (this.table[2 * next] != 0 || this.table[2 * next + 1] != 0) {
			int home = (int) this.table[2 * next + 1] & mask;
			if (((next - home) & mask) >= ((next - gap) & mask)) {
				this.table[2 * gap] = this.table[2 * next];
				this.table[2 * gap + 1] = this.table[2 * next + 1];
				gap = next;
			}
			next = (next + 1) & mask;
		}
		this.table[2 * gap] = 0;
		this.table[2 * gap + 1] = 0;
	}

	private int find(long high, long low) {
		int mask = slots() - 1;
		int slot = (int) low & mask;
		while (this.table[2 * slot] != 0 || this.table[2 * slot + 1] != 0) {
			if (this.table[2 * slot] == high && this.table[2 * slot + 1] == low) {
				return slot;
			}
			slot = (slot + 1) & mask;
		}
		return -1;
	}

	private void put(long high, long low) {
		int mask = slots() - 1;
		int slot = (int) low & mask;
		while (this.table[2 * slot] != 0 || this.table[2 * slot + 1] != 0) {
			slot = (slot + 1) & mask;
		}
		this.table[2 * slot] = high;
		this.table[2 * slot + 1] = low;
	}

	private void grow() {
		long[] before = this.table;
		this.table = new long[2 * before.length];
		for (int index = 0; index < before.length; index += 2) {
			if (before[index] != 0 || before[index + 1] != 0) {
				put(before[index], before[index + 1]);
			}
		}
	}

	private int slots() {
		return this.table.length / 2;
	}

	/** The one value that means an empty slot is taken for its neighbour. */
	private static long low(Digest digest) {
		return (digest.high() == 0 && digest.low() == 0) ? 1 : digest.low();
	}

}
