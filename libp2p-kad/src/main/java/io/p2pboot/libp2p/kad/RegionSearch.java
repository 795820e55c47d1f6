package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.netty.util.concurrent.Promise;
import org.jspecify.annotations.Nullable;

/**
 * Finds the servers of the region around a key in which its nearest would stand if they
 * were spread evenly: whoever has put peers of its own next to the key keeps nobody of
 * the others from being found. The instance's event loop only.
 */
final class RegionSearch {

	/** How many lookups look at the region. */
	static final int MAX_LOOKUPS = 8;

	/** After how many lookups in a row that bring nobody new it counts as known. */
	static final int MAX_FRUITLESS = 2;

	/** How many peers it may bring, as a multiple of the nearest. */
	static final int MAX_SHARE = 10;

	private final KadEngine engine;

	private final KadKey key;

	private final Consumer<List<KadPeer>> found;

	private final int k;

	private final double share;

	private final int bits;

	private final Map<KadKey, KadPeer> peers = new LinkedHashMap<>();

	private int lookups;

	private int fruitless;

	private @Nullable Promise<LookupResult> underWay;

	private boolean stopped;

	/**
	 * Creates a search.
	 * @param engine the instance, which knows the size of its network
	 * @param key the key
	 * @param found takes the peers
	 */
	RegionSearch(KadEngine engine, ByteBuffer key, Consumer<List<KadPeer>> found) {
		this.engine = engine;
		this.key = KadKey.of(key);
		this.found = found;
		this.k = engine.config().lookup().k();
		this.share = Math.min(1, this.k / engine.networkSize().orElse(this.k));
		this.bits = Math.min(RefreshSchedule.MAX_PREFIX, (int) (-Math.log(this.share) / Math.log(2)));
	}

	/** Begins with the peers that a lookup of the key has found. */
	void start(List<KadPeer> closest) {
		take(closest);
		next();
	}

	private boolean take(List<KadPeer> closest) {
		int before = this.peers.size();
		closest.stream()
			.filter((peer) -> this.key.share(peer.key()) <= this.share)
			.forEach((peer) -> this.peers.put(peer.key(), peer));
		return this.peers.size() > before;
	}

	/** Nobody wants the peers any more. */
	void stop() {
		this.stopped = true;
		if (this.underWay != null) {
			this.underWay.cancel(false);
		}
	}

	private void next() {
		if (this.stopped) {
			return;
		}
		if (this.lookups++ == MAX_LOOKUPS || this.fruitless == MAX_FRUITLESS || this.engine.isClosed()) {
			end();
			return;
		}
		ByteBuffer target = RefreshSchedule.preimageWithin(this.key, this.bits, this.engine.random());
		Promise<LookupResult> lookup = this.engine.lookup(target, this.engine.config().lookup());
		this.underWay = lookup;
		lookup.addListener((done) -> {
			boolean fresh = done.isSuccess() && take(lookup.getNow().closest());
			this.fruitless = fresh ? 0 : this.fruitless + 1;
			next();
		});
	}

	private void end() {
		List<KadPeer> all = new ArrayList<>(this.peers.values());
		if (all.size() > MAX_SHARE * this.k) {
			Collections.shuffle(all, this.engine.random());
			all = all.subList(0, MAX_SHARE * this.k);
		}
		this.found.accept(all);
	}

}
