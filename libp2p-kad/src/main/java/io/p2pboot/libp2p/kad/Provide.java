package io.p2pboot.libp2p.kad;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.OptionalDouble;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.multiformats.Multiaddr;

/**
 * Tells the peers nearest to a key that this node provides it. The instance's event loop
 * only.
 */
final class Provide {

	private final KadEngine engine;

	private final ByteBuffer key;

	private final Promise<Integer> promise;

	Provide(KadEngine engine, ByteBuffer key, Promise<Integer> promise) {
		this.engine = engine;
		this.key = key;
		this.promise = promise;
	}

	void start() {
		this.promise.addListener((done) -> {
			if (done.isSuccess()) {
				this.engine.counters().provided();
			}
		});
		this.engine.providers().addOwn(KadKey.of(this.key), this.engine.self(), this.engine.nanoTime());
		OptionalDouble size = this.engine.config().optimisticProvide() ? this.engine.networkSize()
				: OptionalDouble.empty();
		if (size.isPresent()) {
			new OptimisticProvide(this.engine, this.key, size.getAsDouble(), this.promise, this::walk).start();
		}
		else {
			walk();
		}
	}

	/** The usual way: finds the nearest, then tells them. */
	private void walk() {
		Promise<LookupResult> lookup = this.engine.lookup(this.key, this.engine.config().lookup());
		this.promise.addListener((done) -> {
			if (done.isCancelled()) {
				lookup.cancel(false);
			}
		});
		lookup.addListener((done) -> {
			if (done.isSuccess()) {
				widen(lookup.getNow().closest());
			}
			else {
				this.promise.tryFailure(done.cause());
			}
		});
	}

	/** Who cannot be trusted to be all of the nearest is not told alone. */
	private void widen(List<KadPeer> closest) {
		if (this.engine.isDense(KadKey.of(this.key), closest)) {
			RegionSearch region = new RegionSearch(this.engine, this.key, this::tell);
			this.promise.addListener((done) -> {
				if (done.isCancelled()) {
					region.stop();
				}
			});
			region.start(closest);
		}
		else {
			tell(closest);
		}
	}

	private void tell(List<KadPeer> closest) {
		new StoreRound(this.engine, "a provider record", this.promise).send(closest, (peer) -> {
			List<Multiaddr> own = this.engine.ownAddresses(peer.id());
			return own.isEmpty() ? null : KadMessage.addProvider(this.key, KadPeer.of(this.engine.self(), own));
		});
	}

}
