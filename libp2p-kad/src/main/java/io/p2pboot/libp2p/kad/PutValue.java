package io.p2pboot.libp2p.kad;

import io.netty.util.concurrent.Promise;
import io.p2pboot.libp2p.InvalidRecord;
import io.p2pboot.libp2p.OlderRecord;

/**
 * Stores a value here and at the peers nearest to its key. The instance's event loop
 * only.
 */
final class PutValue {

	private final KadEngine engine;

	private final KadRecord record;

	private final Promise<Integer> promise;

	PutValue(KadEngine engine, KadRecord record, Promise<Integer> promise) {
		this.engine = engine;
		this.record = record;
		this.promise = promise;
	}

	void start() {
		try {
			this.engine.config().validators().validate(this.record.key(), this.record.value());
			if (!this.engine.requests().store(this.record, this.engine.nanoTime())) {
				this.promise.tryFailure(new OlderRecord("A better value is known for the key"));
				return;
			}
		}
		catch (InvalidRecord ex) {
			this.promise.tryFailure(ex);
			return;
		}
		catch (RequestRefused ex) {
			this.promise.tryFailure(new InvalidRecord(String.valueOf(ex.getMessage()), ex));
			return;
		}
		Promise<LookupResult> lookup = this.engine.lookup(this.record.key(), this.engine.config().lookup());
		this.promise.addListener((done) -> {
			if (done.isCancelled()) {
				lookup.cancel(false);
			}
		});
		lookup.addListener((done) -> {
			if (done.isSuccess()) {
				new StoreRound(this.engine, "the value", this.promise).send(lookup.getNow().closest(),
						(peer) -> KadMessage.put(this.record));
			}
			else {
				this.promise.tryFailure(done.cause());
			}
		});
	}

}
