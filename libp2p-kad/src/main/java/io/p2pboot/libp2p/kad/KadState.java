package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;

/**
 * What of an instance outlives its process: values, provider records, the keys that it
 * provides and when each is due, and who was in its table. Turns it into frames and back.
 * In frames times are those of the clock, here those of a monotonic one. The instance's
 * event loop only; until it runs, the thread that creates it.
 */
final class KadState {

	/** How often the table is written. */
	static final Duration TABLE_INTERVAL = Duration.ofMinutes(5);

	/** How many keys are described in one go. */
	private static final int SLICE_KEYS = 100;

	/** A time farther away than this is a mistake of some clock. */
	private static final long MAX_MILLIS = Duration.ofDays(1000).toMillis();

	/** A part of the state, small enough for one task of the event loop. */
	interface Slice {

		void writeTo(Consumer<byte[]> frames);

	}

	private final PeerId self;

	private final RoutingTable table;

	private final ProviderStore providers;

	private final RecordStore records;

	private final ProvideSchedule schedule;

	private final KadNetwork network;

	private final Clock clock;

	/**
	 * Who was in the table, by when that was written: the last two times that there was
	 * anybody, in this process or before.
	 */
	private final TreeMap<Long, Map<KadKey, AddrInfo>> tables = new TreeMap<>();

	KadState(PeerId self, RoutingTable table, ProviderStore providers, RecordStore records, ProvideSchedule schedule,
			KadNetwork network, Clock clock) {
		this.self = self;
		this.table = table;
		this.providers = providers;
		this.records = records;
		this.schedule = schedule;
		this.network = network;
		this.clock = clock;
	}

	/** Passes on what changes from now on. */
	void tell(Consumer<byte[]> frames) {
		KadChanges encoder = new Encoder(frames);
		this.providers.tell(encoder);
		this.records.tell(encoder);
		this.schedule.tell(encoder);
	}

	/**
	 * Who is in the table now. One that is empty, as at the start or while this node is
	 * cut off, tells nothing: those that were in it before are what leads back.
	 */
	void describeTable(Consumer<byte[]> frames) {
		Map<KadKey, AddrInfo> current = new LinkedHashMap<>();
		for (List<RoutingTable.Entry> bucket : this.table.buckets()) {
			bucket.forEach(
					(entry) -> current.put(entry.key(), new AddrInfo(entry.id(), this.network.addresses(entry.id()))));
		}
		if (!current.isEmpty()) {
			// Its place in their order is what counts, also where a clock was set back.
			long now = this.clock.millis();
			long at = this.tables.isEmpty() ? now : Math.max(now, this.tables.lastKey() + 1);
			this.tables.put(at, current);
			forgetOldTables();
			describe(at, current, frames);
		}
	}

	private void forgetOldTables() {
		while (this.tables.size() > 2) {
			this.tables.pollFirstEntry();
		}
	}

	private static void describe(long atMillis, Map<KadKey, AddrInfo> table, Consumer<byte[]> frames) {
		table.values().forEach((peer) -> frames.accept(StateFrames.inTable(peer, atMillis)));
	}

	/** The tables of which anything is remembered. */
	private void describeTables(Consumer<byte[]> frames) {
		describeTable((newest) -> {
			// It is among those that follow.
		});
		this.tables.forEach((at, table) -> describe(at, table, frames));
	}

	/**
	 * All of it, the least that is the most useful first. What changes until a slice is
	 * written may be in it or not; it is told in any case.
	 */
	List<Slice> slices() {
		List<Slice> slices = new ArrayList<>();
		slices.add((frames) -> {
			frames.accept(StateFrames.cycle(millis(this.schedule.startNanos())));
			describeTables(frames);
		});
		slices.add((frames) -> this.schedule.describe(new Encoder(frames)));
		addSlices(slices, this.records.keys(), (key, encoder) -> this.records.describe(key, encoder));
		addSlices(slices, this.providers.keys(), (key, encoder) -> this.providers.describe(key, encoder));
		return slices;
	}

	private interface Description {

		void describe(KadKey key, KadChanges encoder);

	}

	private void addSlices(List<Slice> slices, List<KadKey> keys, Description description) {
		for (int from = 0; from < keys.size(); from += SLICE_KEYS) {
			List<KadKey> part = keys.subList(from, Math.min(keys.size(), from + SLICE_KEYS));
			slices.add((frames) -> {
				KadChanges encoder = new Encoder(frames);
				part.forEach((key) -> description.describe(key, encoder));
			});
		}
	}

	private long millis(long nanos) {
		return this.clock.millis() + (nanos - this.network.nanoTime()) / 1_000_000;
	}

	private long nanos(long millis) {
		long from = Math.max(-MAX_MILLIS, Math.min(MAX_MILLIS, millis - this.clock.millis()));
		return this.network.nanoTime() + from * 1_000_000;
	}

	private boolean isOver(long millis) {
		return millis <= this.clock.millis();
	}

	/** Takes what was written before; no frame spoils another. */
	StateFrames.Taker restorer() {
		return new Restorer();
	}

	/** Who was in the table when that was last written. */
	Collection<AddrInfo> remembered() {
		Map<KadKey, AddrInfo> all = new LinkedHashMap<>();
		this.tables.descendingMap().values().forEach((written) -> written.forEach(all::putIfAbsent));
		return all.values();
	}

	/** Makes frames of changes. */
	private final class Encoder implements KadChanges {

		private final Consumer<byte[]> frames;

		private Encoder(Consumer<byte[]> frames) {
			this.frames = frames;
		}

		@Override
		public void value(KadRecord record, long endNanos) {
			byte[] frame = StateFrames.value(record, millis(endNanos));
			// Longer ones come from this node's user alone, and no peer takes them.
			if (frame.length <= StateFrames.MAX_BYTES) {
				this.frames.accept(frame);
			}
		}

		@Override
		public void provider(KadKey key, PeerId provider, long endNanos) {
			this.frames.accept(StateFrames.provider(key, provider, millis(endNanos)));
		}

		@Override
		public void providerRemoved(KadKey key, PeerId provider) {
			this.frames.accept(StateFrames.providerRemoved(key, provider));
		}

		@Override
		public void provided(ByteBuffer preimage, long dueNanos) {
			this.frames.accept(StateFrames.provided(preimage, millis(dueNanos)));
		}

		@Override
		public void providedNoMore(ByteBuffer preimage) {
			this.frames.accept(StateFrames.providedNoMore(preimage));
		}

	}

	/** Takes frames back in. */
	private final class Restorer implements StateFrames.Taker {

		@Override
		public void value(KadRecord record, long endMillis) {
			if (!isOver(endMillis)) {
				KadState.this.records.restore(record, nanos(endMillis), KadState.this.network.nanoTime());
			}
		}

		@Override
		public void provider(KadKey key, PeerId provider, long endMillis) {
			if (!isOver(endMillis)) {
				KadState.this.providers.restore(key, provider, nanos(endMillis), KadState.this.network.nanoTime());
			}
		}

		@Override
		public void providerRemoved(KadKey key, PeerId provider) {
			KadState.this.providers.remove(key, provider);
		}

		@Override
		public void provided(ByteBuffer preimage, long dueMillis) {
			KadState.this.schedule.restore(preimage, nanos(dueMillis), KadState.this.network.nanoTime());
		}

		@Override
		public void providedNoMore(ByteBuffer preimage) {
			KadState.this.schedule.remove(preimage);
		}

		@Override
		public void cycle(long beginMillis) {
			KadState.this.schedule.goOn(nanos(beginMillis), KadState.this.network.nanoTime());
		}

		@Override
		public void inTable(AddrInfo peer, long atMillis) {
			Map<Long, Map<KadKey, AddrInfo>> written = KadState.this.tables;
			if (!peer.id().equals(KadState.this.self)) {
				written.computeIfAbsent(atMillis, (at) -> new LinkedHashMap<>()).put(KadKey.of(peer.id()), peer);
			}
			forgetOldTables();
		}

	}

}
