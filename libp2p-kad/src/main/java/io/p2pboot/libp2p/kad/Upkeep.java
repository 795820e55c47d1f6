package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * What an instance does by itself: keeps its table full, announces what is provided,
 * forgets what has expired. The instance's event loop only.
 */
final class Upkeep {

	/** How often expired records are looked for. */
	static final Duration SWEEP_INTERVAL = Duration.ofHours(1);

	/** How long the schedules sleep at most, so that a new key is seen. */
	private static final long MAX_SLEEP_NANOS = Duration.ofSeconds(30).toNanos();

	/** How long addresses of peers that were in the table before a restart are kept. */
	static final Duration REMEMBERED_ADDRESS_TIME_TO_LIVE = Duration.ofMinutes(10);

	private final KadEngine engine;

	private final KadConfig config;

	private final RefreshSchedule refreshes;

	/** Those of the table before a restart that were not tried yet. */
	private final Map<KadKey, KadPeer> remembered = new LinkedHashMap<>();

	/** Those that lost their places last, the oldest first. */
	private final Map<KadKey, KadPeer> lost = new LinkedHashMap<>();

	private KadNetwork.@Nullable Pending timer;

	private long nextSweepNanos;

	private long nextTableNanos;

	private boolean begun;

	private boolean running;

	Upkeep(KadEngine engine, long nowNanos) {
		this.engine = engine;
		this.config = engine.config();
		this.refreshes = new RefreshSchedule(this.config.refreshInterval(), nowNanos);
		this.nextSweepNanos = nowNanos + SWEEP_INTERVAL.toNanos();
		this.nextTableNanos = nowNanos + KadState.TABLE_INTERVAL.toNanos();
	}

	/**
	 * Tells whether the node can dial now. While it can, the table is kept full: each
	 * time from the beginning.
	 */
	void running(boolean able) {
		boolean begins = able && !this.running && !this.engine.isClosed();
		this.running = able;
		if (begins) {
			tryRemembered();
			this.refreshes.begin(this.engine.nanoTime());
			wakeNow();
		}
	}

	/** Once: who was in the table before a restart gets a place again if it answers. */
	private void tryRemembered() {
		if (this.begun) {
			return;
		}
		this.begun = true;
		for (AddrInfo peer : this.engine.state().remembered()) {
			List<Multiaddr> addresses = this.config.filter().keep(peer.addresses());
			this.engine.network().keepAddresses(peer.id(), addresses, REMEMBERED_ADDRESS_TIME_TO_LIVE);
			KadPeer asked = KadPeer.of(peer.id(), addresses);
			this.remembered.put(asked.key(), asked);
			if (this.engine.checkSoon(asked)) {
				this.remembered.remove(asked.key());
			}
		}
	}

	/** Those of the table before a restart of which nothing is known yet. */
	Collection<KadPeer> remembered() {
		return List.copyOf(this.remembered.values());
	}

	/** A peer has answered or failed: when the last one was in vain, others are asked. */
	void tried(KadKey peer) {
		boolean last = this.remembered.remove(peer) != null && this.remembered.isEmpty();
		if (last && this.engine.table().size() == 0 && this.running) {
			this.refreshes.begin(this.engine.nanoTime());
			wakeNow();
		}
	}

	/**
	 * A peer lost its place because it did not answer. Perhaps it was this node that was
	 * cut off: once the table is empty, those that were lost last are tried again.
	 */
	void lost(KadPeer peer) {
		List<Multiaddr> addresses = this.config.filter().keep(this.engine.network().addresses(peer.id()));
		if (!addresses.isEmpty()) {
			this.lost.remove(peer.key());
			this.lost.put(peer.key(), peer.with(addresses));
			if (this.lost.size() > this.config.lookup().k()) {
				this.lost.remove(this.lost.keySet().iterator().next());
			}
		}
	}

	private void tryLost() {
		List.copyOf(this.lost.values()).forEach((peer) -> {
			this.engine.network().keepAddresses(peer.id(), peer.addresses(), REMEMBERED_ADDRESS_TIME_TO_LIVE);
			this.engine.checkSoon(peer);
		});
	}

	boolean isRunning() {
		return this.running;
	}

	/** Whether the table is being filled for the first time. */
	boolean isFilling() {
		return this.refreshes.isFilling(this.engine.nanoTime());
	}

	/** A peer got a place: with the first one there is somebody to ask for others. */
	void added() {
		if (this.engine.table().size() == 1) {
			this.refreshes.soon(this.engine.nanoTime());
			wakeNow();
		}
	}

	void close() {
		if (this.timer != null) {
			this.timer.cancel();
		}
	}

	private void wakeNow() {
		close();
		this.timer = this.engine.schedule(this::wake, 0);
	}

	private void wake() {
		if (this.engine.isClosed()) {
			return;
		}
		long now = this.engine.nanoTime();
		if (this.running) {
			keepFull(now);
		}
		if (now - this.nextSweepNanos >= 0) {
			this.nextSweepNanos = now + SWEEP_INTERVAL.toNanos();
			this.engine.providers().sweep(now);
			this.engine.records().sweep(now);
		}
		if (now - this.nextTableNanos >= 0) {
			this.nextTableNanos = now + KadState.TABLE_INTERVAL.toNanos();
			this.engine.writeTable();
		}
		this.engine.reprovider().run();
		if (!this.refreshes.isFilling(now)) {
			this.engine.table().filled();
		}
		long sleep = Math.min(MAX_SLEEP_NANOS, Math.max(0, this.refreshes.nextNanos() - now));
		this.timer = this.engine.schedule(this::wake, this.running ? sleep : MAX_SLEEP_NANOS);
	}

	private void keepFull(long now) {
		if (this.refreshes.isBootstrapDue(now, this.engine.table().size())) {
			this.engine.network().servers().forEach(this.engine::serves);
			if (this.engine.table().size() == 0) {
				tryLost();
			}
			if (this.remembered.isEmpty()) {
				bootstrap();
			}
		}
		if (this.refreshes.isRefreshDue(now)) {
			refresh();
		}
	}

	/** Asks two bootstrap peers, chosen at random, and with their answers begins anew. */
	private void bootstrap() {
		List<AddrInfo> peers = new ArrayList<>(this.config.bootstrap());
		Collections.shuffle(peers, this.engine.random());
		for (AddrInfo peer : peers.subList(0, Math.min(peers.size(), 2))) {
			KadPeer asked = KadPeer.of(peer.id(), peer.addresses());
			if (!peer.id().equals(this.engine.self())) {
				this.engine.check(asked, (good) -> {
					if (this.engine.table().contains(asked.key())) {
						this.engine.lookup(this.engine.self().multihash().encoded(), this.config.lookup());
					}
				});
			}
		}
	}

	/** Looks for peers near this node and in every bucket, and checks silent ones. */
	Promise<Void> refresh() {
		long now = this.engine.nanoTime();
		long grace = this.refreshes.graceNanos(this.config.lookup().k(), this.config.lookup().alpha());
		this.engine.table()
			.silentSince(now - grace)
			.forEach((entry) -> this.engine
				.checkSoon(new KadPeer(entry.id(), entry.key(), List.of(), KadPeer.Link.NOT_CONNECTED)));
		Promise<Void> done = this.engine.promise();
		List<ByteBuffer> targets = new ArrayList<>();
		targets.add(this.engine.self().multihash().encoded());
		for (int prefix = 0; prefix <= Math.min(this.engine.table().depth(), RefreshSchedule.MAX_PREFIX); prefix++) {
			targets.add(RefreshSchedule.preimage(this.engine.selfKey(), prefix, this.engine.random()));
		}
		refresh(targets, 0, done);
		return done;
	}

	/** One after the other, so that a refresh never takes all of the node. */
	private void refresh(List<ByteBuffer> targets, int index, Promise<Void> done) {
		if (index == targets.size() || this.engine.isClosed()) {
			done.trySuccess(null);
			return;
		}
		this.engine.lookup(targets.get(index), this.config.lookup()).addListener((ended) -> {
			if (index == 0 && !ended.isSuccess()) {
				done.tryFailure(ended.cause());
			}
			else {
				refresh(targets, index + 1, done);
			}
		});
	}

}
