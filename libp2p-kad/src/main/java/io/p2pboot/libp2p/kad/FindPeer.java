package io.p2pboot.libp2p.kad;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.PeerId;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Looks for the addresses of a peer. It ends when several have named the peer, so that
 * one that lies cannot end it; what most of them named comes first. The instance's event
 * loop only.
 */
final class FindPeer extends LookupRun {

	/** How many peers have to name addresses before nobody else is asked. */
	static final int ENOUGH = 3;

	/** How many addresses are gathered. */
	static final int MAX_ADDRESSES = 64;

	private final KadEngine engine;

	private final PeerId target;

	private final KadKey targetKey;

	private final Promise<List<Multiaddr>> promise;

	private final Map<Multiaddr, Integer> votes = new HashMap<>();

	private int named;

	FindPeer(KadEngine engine, PeerId target, Promise<List<Multiaddr>> promise) {
		super(engine, "find_peer", KadMessage.of(KadMessage.Type.FIND_NODE, target.multihash().encoded()),
				engine.config().lookup().withoutFollowUp());
		this.engine = engine;
		this.target = target;
		this.targetKey = KadKey.of(target);
		this.promise = promise;
		promise.addListener((done) -> {
			if (done.isCancelled()) {
				stop();
			}
		});
	}

	/** The peer itself is what is looked for: it is not asked where it is. */
	@Override
	boolean mayAsk(KadPeer peer) {
		return !peer.key().equals(this.targetKey);
	}

	@Override
	void answered(KadPeer from, KadMessage answer) {
		boolean names = false;
		for (KadPeer peer : answer.closer()) {
			if (peer.id().equals(this.target)) {
				for (Multiaddr address : this.engine.config().filter().keep(peer.addresses())) {
					if (this.votes.containsKey(address) || this.votes.size() < MAX_ADDRESSES) {
						this.votes.merge(address, 1, Integer::sum);
						names = true;
					}
				}
			}
		}
		if (names && ++this.named >= ENOUGH) {
			this.engine.schedule(this::stop, 0);
		}
	}

	@Override
	void abandoned() {
		this.promise.tryFailure(this.engine.closedFailure());
	}

	@Override
	void ended(LookupResult result) {
		if (result.outcome() == LookupResult.Outcome.NO_PEERS) {
			this.promise.tryFailure(this.engine.noPeers());
			return;
		}
		Comparator<Map.Entry<Multiaddr, Integer>> byVotes = Map.Entry.comparingByValue();
		this.promise
			.trySuccess(this.votes.entrySet().stream().sorted(byVotes.reversed()).map(Map.Entry::getKey).toList());
	}

}
