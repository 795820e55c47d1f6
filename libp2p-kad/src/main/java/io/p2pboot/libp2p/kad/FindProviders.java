package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import io.p2pboot.libp2p.AddrInfo;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Looks for providers of a key: those that this node knows, then those that the peers
 * near the key name. The instance's event loop only.
 */
final class FindProviders extends LookupRun implements SearchSink.Source {

	private final KadEngine engine;

	private final KadKey key;

	private final int limit;

	private final SearchSink<AddrInfo> sink;

	private final Random random;

	private final Set<PeerId> delivered = new HashSet<>();

	/** Named without addresses so far; somebody else may know some. */
	private final Map<PeerId, KadPeer> bare = new HashMap<>();

	private final ByteBuffer encodedKey;

	/** Peers around the key that are asked after the lookup. */
	private final Deque<KadPeer> region = new ArrayDeque<>();

	private @Nullable RegionSearch regionSearch;

	private final Set<KadNetwork.Pending> regionRequests = new HashSet<>();

	private boolean closed;

	private boolean paused;

	FindProviders(KadEngine engine, ByteBuffer key, int limit, SearchSink<AddrInfo> sink, Random random) {
		super(engine, "find_providers", KadMessage.of(KadMessage.Type.GET_PROVIDERS, key),
				engine.config().lookup().withoutFollowUp());
		this.engine = engine;
		this.encodedKey = key;
		this.key = KadKey.of(key);
		this.limit = (limit == 0) ? KadLimits.MAX_SEARCH_RESULTS : Math.min(limit, KadLimits.MAX_SEARCH_RESULTS);
		this.sink = sink;
		this.random = random;
	}

	void search() {
		for (PeerId id : this.engine.providers().providers(this.key, this.engine.nanoTime())) {
			deliver(id, this.engine.config().filter().keep(this.engine.network().addresses(id)));
		}
		if (!this.closed) {
			start();
		}
		if (this.paused) {
			on(new Lookup.Event.Pause());
		}
	}

	@Override
	void answered(KadPeer from, KadMessage answer) {
		List<KadPeer> providers = new ArrayList<>(answer.providers());
		Collections.shuffle(providers, this.random);
		for (KadPeer provider : providers) {
			List<Multiaddr> kept = this.engine.config().filter().keep(provider.addresses());
			if (kept.isEmpty()) {
				holdBack(provider);
			}
			else {
				deliver(provider.id(), kept);
			}
		}
	}

	private void holdBack(KadPeer provider) {
		if (!this.delivered.contains(provider.id()) && this.bare.size() < KadLimits.MAX_SEARCH_RESULTS) {
			this.bare.putIfAbsent(provider.id(), provider);
		}
	}

	private void deliver(PeerId id, List<Multiaddr> addresses) {
		if (this.closed || !this.delivered.add(id)) {
			return;
		}
		this.bare.remove(id);
		if (!addresses.isEmpty() && !id.equals(this.engine.self())) {
			this.engine.network().keepAddresses(id, addresses, KadEngine.HEARD_ADDRESS_TIME_TO_LIVE);
		}
		if (!this.sink.result(new AddrInfo(id, addresses)) && !this.paused) {
			this.paused = true;
			on(new Lookup.Event.Pause());
		}
		if (this.delivered.size() >= this.limit) {
			close();
			this.sink.ended();
		}
	}

	/** The lookup must not end within its own event. */
	private void close() {
		this.closed = true;
		this.engine.schedule(this::end, 0);
	}

	@Override
	void ended(LookupResult result) {
		if (this.closed) {
			return;
		}
		if (result.outcome() == LookupResult.Outcome.CONVERGED && isSurrounded()) {
			this.engine.dense(this.encodedKey);
			searchRegion();
			return;
		}
		finish(result.outcome() == LookupResult.Outcome.NO_PEERS);
	}

	/**
	 * Whether those next to the key have been put there, who may hide what others know.
	 */
	private boolean isSurrounded() {
		return this.engine.isDense(this.key, known(this.engine.config().lookup().k()));
	}

	/** The search goes on without its lookup, and ends with the instance as before. */
	private void searchRegion() {
		if (!this.engine.begins(this)) {
			abandoned();
			return;
		}
		this.regionSearch = new RegionSearch(this.engine, this.encodedKey, this::askRegion);
		this.regionSearch.start(known(this.engine.config().lookup().k()));
	}

	private void askRegion(List<KadPeer> peers) {
		this.region.addAll(peers);
		askMore();
	}

	private void askMore() {
		if (this.engine.isClosed()) {
			abandoned();
			return;
		}
		while (!this.closed && !this.paused && !this.region.isEmpty()
				&& this.regionRequests.size() < this.engine.config().lookup().alpha()) {
			askOne(this.region.remove());
		}
		if (!this.closed && this.region.isEmpty() && this.regionRequests.isEmpty()) {
			finish(false);
		}
	}

	private void askOne(KadPeer peer) {
		KadNetwork.Pending[] request = new KadNetwork.Pending[1];
		request[0] = this.engine.ask(peer, KadMessage.of(KadMessage.Type.GET_PROVIDERS, this.encodedKey),
				new KadNetwork.Callback() {

					@Override
					public void answered(@Nullable KadMessage answer) {
						FindProviders.this.regionRequests.remove(request[0]);
						if (answer != null) {
							FindProviders.this.answered(peer, answer);
						}
						askMore();
					}

					@Override
					public void failed(Throwable cause) {
						FindProviders.this.regionRequests.remove(request[0]);
						askMore();
					}

				});
		this.regionRequests.add(request[0]);
	}

	private void finish(boolean nobody) {
		List.copyOf(this.bare.values())
			.forEach((provider) -> deliver(provider.id(),
					this.engine.config().filter().keep(this.engine.network().addresses(provider.id()))));
		if (this.closed) {
			return;
		}
		this.closed = true;
		endRegion();
		if (this.engine.isClosed()) {
			this.sink.failed(this.engine.closedFailure());
		}
		else if (nobody && this.delivered.isEmpty()) {
			this.sink.failed(this.engine.noPeers());
		}
		else {
			this.sink.ended();
		}
	}

	@Override
	void abandoned() {
		if (!this.closed) {
			this.closed = true;
			endRegion();
			this.sink.failed(this.engine.closedFailure());
		}
	}

	@Override
	public void resume() {
		if (this.paused) {
			this.paused = false;
			on(new Lookup.Event.Resume());
			if (!this.region.isEmpty()) {
				askMore();
			}
		}
	}

	@Override
	public void cancel() {
		this.closed = true;
		end();
	}

	private void end() {
		stop();
		endRegion();
	}

	private void endRegion() {
		this.engine.ended(this);
		if (this.regionSearch != null) {
			this.regionSearch.stop();
		}
		this.regionRequests.forEach(KadNetwork.Pending::cancel);
		this.regionRequests.clear();
		this.region.clear();
	}

}
