package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Announces the keys of one region of the key space. Lookups find all servers of the
 * region, so many that each key's nearest are among them; then each server is told of its
 * keys, one after the other. However many keys there are, the lookups are as many as the
 * network has regions. The instance's event loop only.
 */
final class RegionSweep {

	/** How many lookups explore one region. */
	static final int MAX_LOOKUPS = 64;

	/** After how many lookups in a row that bring nobody new a region counts as known. */
	static final int MAX_FRUITLESS = 2;

	/** Up to how many keys a region is not worth exploring. */
	static final int FEW_KEYS = 2;

	/** How many servers are told at once. */
	static final int MAX_SERVERS_AT_ONCE = 20;

	/** How many keys are assigned to servers at once. */
	static final int MAX_BATCH = 1000;

	/** How many failures in a row end the telling of a server. */
	static final int MAX_FAILURES = 2;

	/** Of how many servers one at least has to have stored a key. */
	static final int LEAST_SHARE = 5;

	private final KadEngine engine;

	private final Reprovider owner;

	private final ByteBuffer first;

	private final KadKey firstKey;

	private final int k;

	private final TreeMap<KadKey, KadPeer> servers = new TreeMap<>();

	/** Parts of the region of which not all servers are known. */
	private final Queue<Part> unknown = new ArrayDeque<>();

	private int bits;

	private int lookups;

	private int fruitless;

	/** Keys that were not assigned yet. */
	private final Deque<ByteBuffer> keys = new ArrayDeque<>();

	private final Map<ByteBuffer, Progress> batch = new HashMap<>();

	/** Servers that wait to be told, each with its keys. */
	private final Queue<Visit> waiting = new ArrayDeque<>();

	private int visiting;

	/** Whether servers are being told; until then, and after it, a batch has no end. */
	private boolean telling;

	private record Part(KadKey of, int bits) {
	}

	private static final class Progress {

		private int targets;

		private int stored;

	}

	private static final class Visit {

		private final KadPeer server;

		private final Deque<ByteBuffer> keys = new ArrayDeque<>();

		private int failures;

		private Visit(KadPeer server) {
			this.server = server;
		}

	}

	RegionSweep(KadEngine engine, Reprovider owner, ByteBuffer first) {
		this.engine = engine;
		this.owner = owner;
		this.first = first;
		this.firstKey = KadKey.of(first);
		this.k = engine.config().lookup().k();
	}

	void start() {
		lookup(this.first, (closest) -> {
			this.bits = (closest.size() < this.k) ? 0 : shared(this.firstKey, closest);
			List<ByteBuffer> inRegion = this.owner.schedule().within(this.firstKey, this.bits);
			if (inRegion.size() <= FEW_KEYS) {
				this.bits = KadKey.BITS;
			}
			else if (closest.size() >= this.k) {
				this.unknown.add(new Part(this.firstKey.flip(this.bits), this.bits + 1));
			}
			explore();
		});
	}

	/**
	 * All of the nearest share so many bits with the key: nobody who shares more is
	 * missing.
	 */
	private static int shared(KadKey key, List<KadPeer> closest) {
		return closest.stream().mapToInt((peer) -> key.commonPrefix(peer.key())).min().orElse(0);
	}

	private interface Found {

		void found(List<KadPeer> closest);

	}

	private void lookup(ByteBuffer target, Found then) {
		this.lookups++;
		Promise<LookupResult> lookup = this.engine.lookup(target, this.engine.config().lookup());
		lookup.addListener((done) -> {
			if (!done.isSuccess()) {
				// Nobody answers: the keys are due again after a while.
				this.owner.explored();
				this.owner.ended();
				return;
			}
			List<KadPeer> closest = lookup.getNow().closest();
			int before = this.servers.size();
			closest.forEach((peer) -> this.servers.put(peer.key(), peer));
			this.fruitless = (this.servers.size() > before) ? 0 : this.fruitless + 1;
			then.found(closest);
		});
	}

	private void explore() {
		Part part = this.unknown.poll();
		if (part == null || this.lookups >= MAX_LOOKUPS || this.fruitless >= MAX_FRUITLESS) {
			this.owner.explored();
			begin();
			return;
		}
		ByteBuffer target = target(part);
		lookup(target, (closest) -> {
			KadKey key = KadKey.of(target);
			int known = (closest.size() < this.k) ? 0 : shared(key, closest) + 1;
			for (int bit = part.bits(); bit < known && bit <= RefreshSchedule.MAX_PREFIX; bit++) {
				this.unknown.add(new Part(key.flip(bit), bit + 1));
			}
			explore();
		});
	}

	/** Bytes whose key is in a part: a key of ours, or some that are found by trying. */
	private ByteBuffer target(Part part) {
		List<ByteBuffer> own = this.owner.schedule().within(part.of(), part.bits());
		return own.isEmpty() ? RefreshSchedule.preimageWithin(part.of(), part.bits(), this.owner.random()) : own.get(0);
	}

	// Telling.

	private void begin() {
		List<ByteBuffer> all = (this.bits == KadKey.BITS) ? List.of(this.first)
				: this.owner.schedule().within(this.firstKey, this.bits);
		this.keys.addAll(all);
		long now = this.engine.nanoTime();
		all.forEach((key) -> this.owner.schedule().begun(key, now));
		nextBatch();
	}

	private void nextBatch() {
		this.batch.clear();
		if (this.keys.isEmpty() || this.engine.isClosed()) {
			this.owner.ended();
			return;
		}
		Map<KadKey, Visit> visits = new HashMap<>();
		while (this.batch.size() < MAX_BATCH && !this.keys.isEmpty()) {
			ByteBuffer key = this.keys.remove();
			if (!this.owner.schedule().contains(key)) {
				// It was taken back while its region was explored or others were told.
				continue;
			}
			this.engine.providers().addOwn(KadKey.of(key), this.engine.self(), this.engine.nanoTime());
			Progress progress = new Progress();
			this.batch.put(key, progress);
			for (KadPeer server : nearest(KadKey.of(key))) {
				progress.targets++;
				visits.computeIfAbsent(server.key(), (same) -> new Visit(server)).keys.add(key);
			}
		}
		this.waiting.addAll(visits.values());
		this.telling = true;
		visit();
	}

	/** The servers nearest to a key, of all that were found. */
	private List<KadPeer> nearest(KadKey key) {
		List<KadPeer> candidates = new ArrayList<>(this.servers.values());
		candidates.sort(Comparator.comparing(KadPeer::key, key.byDistance()));
		return candidates.subList(0, Math.min(this.k, candidates.size()));
	}

	private void visit() {
		while (this.visiting < MAX_SERVERS_AT_ONCE && !this.waiting.isEmpty()) {
			this.visiting++;
			tell(this.waiting.remove());
		}
		if (this.visiting == 0 && this.telling) {
			this.telling = false;
			finishBatch();
		}
	}

	private void tell(Visit visit) {
		ByteBuffer key = nextKey(visit);
		List<Multiaddr> own = this.engine.ownAddresses(visit.server.id());
		if (key == null || own.isEmpty() || visit.failures >= MAX_FAILURES || this.engine.isClosed()) {
			this.visiting--;
			this.engine.schedule(this::visit, 0);
			return;
		}
		KadMessage message = KadMessage.addProvider(key, KadPeer.of(this.engine.self(), own));
		this.engine.ask(visit.server, message, new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				visit.failures = 0;
				Progress progress = RegionSweep.this.batch.get(key);
				if (progress != null) {
					progress.stored++;
				}
				tell(visit);
			}

			@Override
			public void failed(Throwable cause) {
				visit.failures++;
				tell(visit);
			}

		});
	}

	/** The next that was not taken back meanwhile; null if there is none. */
	private @Nullable ByteBuffer nextKey(Visit visit) {
		ByteBuffer key = visit.keys.poll();
		while (key != null && !this.owner.schedule().contains(key)) {
			key = visit.keys.poll();
		}
		return key;
	}

	/** Keys that too few have stored are due again before their moment. */
	private void finishBatch() {
		long now = this.engine.nanoTime();
		this.batch.forEach((key, progress) -> {
			if (progress.stored > 0 && progress.stored * LEAST_SHARE >= progress.targets) {
				this.owner.schedule().announced(key, this.bits, now);
				this.engine.counters().provided();
			}
		});
		nextBatch();
	}

}
