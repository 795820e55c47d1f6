package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.NotStored;
import io.p2pboot.libp2p.multiformats.Multiaddr;
import org.jspecify.annotations.Nullable;

/**
 * Tells peers that this node provides a key while they are still being looked for: by the
 * size of the network it is seen who is near enough, and when those who are known are the
 * nearest. Returns when three quarters have stored it; the rest follows. The instance's
 * event loop only.
 */
final class OptimisticProvide extends LookupRun {

	/** How probable it is that a peer is none of the nearest to which a record goes. */
	static final double INDIVIDUAL_RISK = 0.1;

	/** How probable it is that nearer ones exist where the walk ends. */
	static final double SET_CERTAINTY = 0.9;

	private final KadEngine engine;

	private final ByteBuffer key;

	private final KadKey target;

	private final int k;

	private final double individualShare;

	private final double setShare;

	private final Promise<Integer> promise;

	private final Runnable usualWay;

	private final Set<KadKey> told = new HashSet<>();

	private int waiting;

	private int stored;

	private boolean arrived;

	private boolean leftToOther;

	/** Whether the stores that are under way count as going on in the background. */
	private boolean background;

	/**
	 * Creates a provide.
	 * @param engine the instance
	 * @param key the key
	 * @param networkSize how many servers there are
	 * @param promise takes how many peers have stored it
	 * @param usualWay goes on where the size of the network is no guide
	 */
	OptimisticProvide(KadEngine engine, ByteBuffer key, double networkSize, Promise<Integer> promise,
			Runnable usualWay) {
		super(engine, "provide", KadMessage.of(KadMessage.Type.FIND_NODE, key),
				engine.config().lookup().withoutFollowUp());
		this.engine = engine;
		this.key = key;
		this.target = KadKey.of(key);
		this.k = engine.config().lookup().k();
		this.individualShare = NetworkSize.inverseGamma(this.k, INDIVIDUAL_RISK) / networkSize;
		this.setShare = NetworkSize.inverseGamma(this.k / 2 + 1, SET_CERTAINTY) / networkSize;
		this.promise = promise;
		this.usualWay = usualWay;
		promise.addListener((done) -> {
			if (done.isCancelled()) {
				stop();
			}
		});
	}

	/** After how many stores the caller need not wait any more. */
	static int enough(int k) {
		return (3 * k + 3) / 4;
	}

	@Override
	void answered(KadPeer from, KadMessage answer) {
		// Whom it names is all that is asked for.
	}

	@Override
	void progressed() {
		List<KadPeer> nearest = known(this.k);
		nearest.stream().filter((peer) -> this.target.share(peer.key()) <= this.individualShare).forEach(this::tell);
		double mean = nearest.stream().mapToDouble((peer) -> this.target.share(peer.key())).average().orElse(1);
		if (nearest.size() == this.k && mean < this.setShare || this.told.size() > enough(this.k)) {
			stop();
		}
	}

	@Override
	void ended(LookupResult result) {
		this.arrived = true;
		if (this.promise.isCancelled()) {
			return;
		}
		if (result.outcome() == LookupResult.Outcome.NO_PEERS && this.told.isEmpty()) {
			this.promise.tryFailure(this.engine.noPeers());
			return;
		}
		List<KadPeer> nearest = known(this.k);
		if (this.engine.isDense(this.target, nearest)) {
			this.leftToOther = true;
			this.usualWay.run();
			return;
		}
		nearest.forEach(this::tell);
		lookAtEnd();
	}

	@Override
	void abandoned() {
		this.promise.tryFailure(this.engine.closedFailure());
	}

	private void tell(KadPeer peer) {
		List<Multiaddr> own = this.engine.ownAddresses(peer.id());
		if (own.isEmpty() || this.told.size() >= 2 * this.k || !this.told.add(peer.key())) {
			return;
		}
		this.waiting++;
		KadMessage message = KadMessage.addProvider(this.key, KadPeer.of(this.engine.self(), own));
		this.engine.ask(peer, message, new KadNetwork.Callback() {

			@Override
			public void answered(@Nullable KadMessage answer) {
				OptimisticProvide.this.stored++;
				over();
			}

			@Override
			public void failed(Throwable cause) {
				over();
			}

		});
	}

	private void over() {
		this.waiting--;
		if (this.background) {
			this.engine.inBackground(-1);
		}
		lookAtEnd();
	}

	private void lookAtEnd() {
		if (!this.arrived || this.leftToOther || this.promise.isDone()) {
			return;
		}
		if (this.stored >= enough(this.k) && this.engine.inBackground(this.waiting)) {
			this.background = true;
			this.promise.trySuccess(this.stored);
		}
		else if (this.waiting == 0 && this.stored > 0) {
			this.promise.trySuccess(this.stored);
		}
		else if (this.waiting == 0) {
			this.promise
				.tryFailure(new NotStored("None of " + this.told.size() + " peers has stored a provider record"));
		}
	}

}
